"""Patterns of what is hidden in the log of a run, wherever it comes from: read and checked here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from math import prod
from typing import Any, Final

Pattern = tuple[str, str]
"""A regular expression, and the template of what replaces what it finds."""

REPLACEMENT: Final = "(redacted)"
"""What ``{replacement}`` in a template stands for."""
BEFORE_AT: Final = (
    r"(?i)(?<!\S)(https?://)?\S+[^\S\n]*@",
    r"\1{replacement}@",
)
"""What stands before an ``@``, as in a URL; Nautobot's, but for that it ends with its line."""
AFTER_WORD: Final = (
    r"""(?i)(username|password|passwd|pwd|secrets?)(["']?(?:[^\S\n]+is.?|:)?[^\S\n]+)\S+["']?""",
    r"\1\2{replacement}",
)
"""The word after ``password`` and the like; also Nautobot's, up to the end of the line."""
DEFAULT_PATTERNS: Final = (BEFORE_AT, AFTER_WORD)

LONGEST: Final = 1000
"""Characters of one pattern, and of one template."""
MOST: Final = 100
"""Patterns of one setting, or of one job."""
LARGEST: Final = 400_000
"""Length of a pattern times its counts (``{40}``): it is what the engine makes of it; some 0.4 s.
"""
_FLAGS: Final = {
    "i": re.IGNORECASE,
    "m": re.MULTILINE,
    "s": re.DOTALL,
    "x": re.VERBOSE,
    "a": re.ASCII,
}
_COUNT: Final = re.compile(r"\{(\d+)")


def read_patterns(value: Any) -> tuple[Pattern, ...]:
    """Patterns as they are kept, from pairs of text (or compiled) and template, or JSON of that.

    Raises:
        ValueError: Something cannot be used; the message is one sentence about the first such.
    """
    pairs = json.loads(value) if isinstance(value, str) else value
    if not isinstance(pairs, list | tuple) or len(pairs) > MOST:
        raise ValueError(f"a list of up to {MOST} pairs of a regular expression and a template")
    return tuple(map(_read, pairs))


def joined(*lists: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """All patterns of several lists, each once."""
    return tuple(dict.fromkeys(chain(*lists)))


def _read(pair: Any) -> Pattern:
    if not isinstance(pair, list | tuple) or len(pair) != 2:  # noqa: PLR2004 - a pair
        raise ValueError(f"{pair!r} is no pair of a regular expression and a template")
    pattern, template = pair
    text = _with_flags(pattern) if isinstance(pattern, re.Pattern) else pattern
    if not isinstance(text, str) or not isinstance(template, str):
        raise ValueError(f"{pair!r} is no pair of a regular expression and a template")  # noqa: TRY004
    if fault := next(_faults(text, template), None):
        raise ValueError(f"the pattern {text[:60]!r} {fault}")
    return text, template


def _faults(text: str, template: str) -> Iterator[str]:
    if max(len(text), len(template)) > LONGEST:
        yield f"is longer than {LONGEST} characters"
    if not text:
        yield "is empty"
    if "\n" in text:
        yield "has a line break; write it on one line"
    if len(text) * prod(max(1, int(count)) for count in _COUNT.findall("".join(text.split()))) > (
        LARGEST
    ):
        yield "repeats too much in its {counts}; make them smaller, or two patterns of it"
    try:
        found = re.compile(text)
        found.sub(template, "")
    except (re.error, IndexError, RecursionError) as error:
        yield f"with {template!r} is no regular expression: {error}"
    else:
        if found.search(""):
            yield "finds nothing at all, everywhere"


def _with_flags(pattern: re.Pattern[Any]) -> Any:
    """Flags travel in the text."""
    letters = "".join(letter for letter, flag in _FLAGS.items() if pattern.flags & flag)
    is_said = not letters or not isinstance(pattern.pattern, str)
    return pattern.pattern if is_said else f"(?{letters}){pattern.pattern}"
