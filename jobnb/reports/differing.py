"""Where two texts of a report part: the first line that is different, in a few words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, Final

from jobnb.rendering.text import visible

_TAG: Final = re.compile(r"<[^>]*>")
_AROUND: Final = 30
"""Characters of a line that are shown before the first one that is different."""
_MOST: Final = 80
"""Characters of a line that are shown."""


def first_difference(found: str, wanted: str) -> str:
    """How the first lines that differ do so, after a colon; empty if no line does.

    Args:
        found: What stands there.
        wanted: What should.
    """
    theirs, ours = found.splitlines(), wanted.splitlines()
    same = _common(zip(theirs, ours, strict=False))
    theirs, ours = theirs[same:], ours[same:]
    end = _common(zip(reversed(theirs), reversed(ours), strict=False))
    theirs, ours = theirs[: len(theirs) - end], ours[: len(ours) - end]
    if theirs and ours:
        at = max(_common(zip(theirs[0], ours[0], strict=False)) - _AROUND, 0)
        return f": {_quoted(theirs[0], at)} instead of {_quoted(ours[0], at)}"
    if theirs:
        return f": {_quoted(theirs[0])} was added"
    return f": {_quoted(ours[0])} is missing" if ours else ""


def texts_of(outputs: Any) -> Iterator[str]:
    """The texts of a cell's outputs, the plain ones first."""
    found = [output for output in outputs or () if isinstance(output, Mapping)]
    bundles = [output.get("data") or {} for output in found]
    yield "\n".join(str(bundle.get("text/plain", "")) for bundle in bundles)
    yield "\n".join(str(output.get("text", "")) for output in found)
    yield "\n".join("\n".join(map(str, output.get("traceback") or ())) for output in found)
    yield "\n".join(_TAG.sub("", str(bundle.get("text/html", ""))) for bundle in bundles)
    yield "\n".join(str(sorted(bundle.items())) for bundle in bundles)


def page_text(page: bytes) -> str:
    """What a reader reads of a page."""
    return html.unescape(_TAG.sub("", page.decode("utf-8", "replace")))


def _common(pairs: Iterator[tuple[str, str]]) -> int:
    """How many of them, from the first one on, are pairs of equals."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _quoted(line: str, at: int = 0) -> str:
    before, after = "…" if at else "", "…" if len(line) > at + _MOST else ""
    return f"'{before}{visible(line[at : at + _MOST])}{after}'"
