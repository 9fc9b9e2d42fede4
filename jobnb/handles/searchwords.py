"""A search for runs in words, as the magic and the command line take them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from jobnb.errors import InvalidSearch


class _FilterWords(argparse.ArgumentParser):
    """Takes the filters out of words, and refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        names = [action.option_strings[-1] for action in self._actions if action.option_strings]
        raise InvalidSearch(f"Results: {message}. There are: {', '.join(names)}.")


def split_filters(words: Sequence[str]) -> dict[str, Any]:
    """The filters of ``jobnb.results()`` in ``words``: a job, ``--failed``, ``--since 2h`` ...

    Raises:
        InvalidSearch: There is no such filter, or it has no value.
    """
    parser = _FilterWords(add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--job")
    parser.add_argument("--status", action="append")
    parser.add_argument("--failed", action="store_true")
    for name in ("user", "since", "until", "text", "run", "before"):
        parser.add_argument(f"--{name}")
    parser.add_argument("-i", "--input", action="append", dest="inputs", default=[])
    parser.add_argument("--limit", type=int)
    given = vars(parser.parse_intermixed_args(words))
    given["inputs"] = parse_inputs_wanted(given["inputs"])
    given["job"] = given.pop("name") or given["job"]
    return {name: value for name, value in given.items() if value is not None}


def parse_inputs_wanted(words: Sequence[str]) -> dict[str, str]:
    """The inputs that runs should have had, written as ``name=value``.

    Raises:
        InvalidSearch: A word is something else.
    """
    wanted = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InvalidSearch(f"--input {word!r}: write it as NAME=VALUE.")
        wanted[name] = value
    return wanted
