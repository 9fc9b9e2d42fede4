"""Completion of job names and of their inputs, in calls and in ``%job``."""

from __future__ import annotations

import re
from typing import Any, Final

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from jobnb.catalogs.registry import Catalog
from jobnb.errors import JobnbError
from jobnb.notebook.viewers import viewer_for
from jobnb.workbench import current

_NAME: Final = re.compile(
    r"""(?:\bjobnb\.(?:(?:run|submit|form|get_job|enable|disable|edit)\(|catalog\(\)\[)\s*"""
    r"""|^\s*%job\s+(?:show|run|form|results|enable|disable|edit)\s+)(?P<quote>["'])(?P<name>[^"']*)$"""
)
"""The cursor is inside the quotes around the name of a job."""

_INPUT: Final = re.compile(
    r"""(?:\bjobnb\.(?:run|submit|form)\(\s*|^\s*%job\s+(?:run|form)\s+)(?P<quote>["'])(?P<name>[^"']+)(?P=quote)"""
    r"""[\s,](?:.*[\s,])?(?P<input>\w*)$"""
)
"""The cursor is after it, where an input begins."""


@context_matcher()  # type: ignore[untyped-decorator]
def match_jobs(context: CompletionContext) -> dict[str, Any]:
    """Job names inside the quotes, and ``input=`` after them; never raises, starts no cluster."""
    line = context.text_until_cursor.rpartition("\n")[2]
    name, input_ = _NAME.search(line), _INPUT.search(line)
    if name is None and input_ is None:
        return _nothing()
    try:
        catalog = current.workbench(viewer_for).catalog()
    except JobnbError:
        return _nothing()
    if name is not None:
        found = _names(catalog, name["name"], context.token)
    else:
        assert input_ is not None, "one of the two has matched"
        found = _inputs(catalog, input_["name"], input_["input"])
    return {"completions": found, "suppress": bool(found), "ordered": True}


def _names(catalog: Catalog, begun: str, token: str) -> list[SimpleCompletion]:
    """The names that go on like that; only the token is replaced, which IPython cuts short."""
    cut = len(begun) - len(token) if begun.endswith(token) else 0
    return [
        SimpleCompletion(text=name[cut:], type="job")
        for name in catalog
        if name.casefold().startswith(begun.casefold())
    ]


def _inputs(catalog: Catalog, job: str, begun: str) -> list[SimpleCompletion]:
    if job not in catalog:
        return []
    return [
        SimpleCompletion(text=f"{variable.name}=", type="param")
        for variable in catalog[job].variables
        if variable.name.startswith(begun)
    ]


def _nothing() -> dict[str, Any]:
    return {"completions": [], "suppress": False}
