"""Redaction: patterns applied to text, in bounded time. The one door to ``regex``.

Python's own ``re`` holds its lock while it looks, and never gives up: one bad pattern would stop
every run of a worker. ``regex`` has a time limit, lets other threads work, and can tell whether
the end of a text may be the beginning of a match.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

import regex

from jobnb.errors import ConfigurationError
from jobnb.protocol.patterns import AFTER_WORD, BEFORE_AT, MOST, REPLACEMENT, Pattern

WITHHELD: Final = "(withheld: the search for what must not be seen took too long)"
PATIENCE: Final = 0.05
"""Seconds of the processor that one text may take ..."""
PER_CHARACTER: Final = 5e-7
"""... and again for each of its characters; a pattern in good order needs a tenth of that."""
CREDIT: Final = 0.2
"""Seconds that the texts of one attempt which took too long may take together: a run goes on, and
hears of its cancel, whatever its patterns are."""
SHARE: Final = 0.1
"""Of the time after that, what such texts may take; each of them a short time only."""
SHORT_PATIENCE: Final = 0.001
SHORT_PER_CHARACTER: Final = 1e-7
HASTE: Final = 1e-4
"""Seconds where that is used up as well: enough for most texts that have nothing to hide."""
PER_CHARACTER_IN_HASTE: Final = 2e-8
SHORT: Final = 4096
"""Characters of a text that is looked through without giving Python's lock away: to get it back
from a busy thread may take 5 ms, a thousand times as long."""
_SHOWN: Final = 60
"""Characters of a pattern that a complaint about it quotes."""

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class _Hint:
    """What is known of a pattern that its text does not tell."""

    needs: tuple[str, ...] = ("",)
    """What must be in a text, in small letters, for a match: most texts have none of it."""
    tail: str | None = None
    """What is held back at the end of an unfinished line; None: whatever may begin a match.

    With that a word that is printed while the job goes on would wait for its line to end.
    """


_HINTS: Final = {
    BEFORE_AT: _Hint(needs=("@",), tail=r"(?<!\S)\S*:\S+\Z"),
    # What is hidden comes last, and so can be hidden after the rest has been shown.
    AFTER_WORD: _Hint(needs=("username", "pass", "pwd", "secret"), tail=r"(?!)"),
}


class Redactor:
    """Hides what patterns find. One thread at a time."""

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        """Compiles the patterns.

        Raises:
            ConfigurationError: One cannot be used.
        """
        self._rules = [_ready(pattern) for pattern in patterns]
        self._budget = _Budget()
        self.slow: str | None = None
        """The first pattern that took too long; None if none did."""

    def may_find(self, text: str) -> bool:
        """False if nothing in the text is hidden, which costs next to nothing to know."""
        small = text.lower()
        return any(rule.may_find(small) for rule in self._rules)

    def __call__(self, text: str, start: int = 0) -> str:
        """The text from ``start`` on without what is hidden, or ``WITHHELD`` instead of it.

        Args:
            text: What stands before ``start`` has been shown; patterns that look behind see it.
            start: Where to begin.
        """
        began = time.monotonic()
        deadline = time.thread_time() + self._budget.patience(len(text))
        small = text.lower()
        for rule in self._rules:
            if not rule.may_find(small):
                continue
            try:
                text = rule.replace(text, start, deadline)
            except TimeoutError:
                self._complain(rule, began)
                return WITHHELD
        return text[start:]

    def held_back(self, text: str, start: int = 0) -> int:
        """How many characters of an unfinished line must wait for its end.

        Where a match begins that more text could complete; everything if there is a complete one,
        as more text could make it another one.

        Args:
            text: The line so far.
            start: What stands before that has been shown.
        """
        began = time.monotonic()
        deadline = time.thread_time() + self._budget.patience(len(text))
        first = len(text)
        for rule in self._rules:
            try:
                first = min(first, rule.find_beginning(text, start, deadline))
            except TimeoutError:
                self._complain(rule, began)
                return len(text) - start
        return len(text) - first

    def _complain(self, rule: _Rule, began: float) -> None:
        self._budget.spend(time.monotonic() - began)
        self.slow = self.slow or rule.text[:_SHOWN]


class _Budget:
    """How long the texts of one attempt may take to be looked through."""

    def __init__(self) -> None:
        self._credit = CREDIT
        self._is_used_up = False
        self._seen = 0.0

    def patience(self, length: int) -> float:
        """Seconds for a text of so many characters."""
        if not self._is_used_up:
            return PATIENCE + length * PER_CHARACTER
        now = time.monotonic()
        self._credit = min(CREDIT, self._credit + (now - self._seen) * SHARE)
        self._seen = now
        if self._credit > 0:
            return SHORT_PATIENCE + length * SHORT_PER_CHARACTER
        return HASTE + length * PER_CHARACTER_IN_HASTE

    def spend(self, seconds: float) -> None:
        """A text took too long: so many seconds of the clock, however little of the processor.

        On a busy machine the share would else be all that the processor gives to this process.
        """
        self._credit = max(self._credit - seconds, -CREDIT)
        if self._credit <= 0 and not self._is_used_up:
            self._is_used_up, self._seen = True, time.monotonic()


class _Rule:
    """A pattern that is ready for use."""

    def __init__(self, pattern: Pattern) -> None:
        self.text, template = pattern
        self._template = template.replace("{replacement}", REPLACEMENT)
        hint = _HINTS.get(pattern, _Hint())
        self._needs = hint.needs
        self._tail = None if hint.tail is None else regex.compile(hint.tail)
        try:
            self._regex = regex.compile(self.text)
        except Exception as error:  # whatever a foreign parser stumbles over
            raise ConfigurationError(
                f"The pattern {self.text[:_SHOWN]!r} cannot be used: {error}"
            ) from error

    def may_find(self, small: str) -> bool:
        """Whether there can be a match in a text with these small letters."""
        return any(map(small.__contains__, self._needs))

    def replace(self, text: str, start: int, deadline: float) -> str:
        """The text with the template for each match, and as it was before ``start``.

        Of a match that begins before ``start`` the rest is replaced.

        Raises:
            TimeoutError: It took too long.
        """

        def hide(match: regex.Match[str]) -> str:
            if match.end() <= start:
                return match[0]
            if match.start() < start:
                return text[match.start() : start] + REPLACEMENT
            return match.expand(self._template)

        template = hide if start else self._template
        return _in_time(lambda **terms: self._regex.sub(template, text, **terms), text, deadline)

    def find_beginning(self, text: str, start: int, deadline: float) -> int:
        """Where what must be held back of an unfinished line begins, ``start`` or later.

        Raises:
            TimeoutError: It took too long.
        """
        search = (self._tail or self._regex).search
        is_known = self._tail is not None

        def work(**terms: Any) -> regex.Match[str] | None:
            return search(text, pos=start, partial=not is_known, **terms)

        match = _in_time(work, text, deadline)
        if match is None:
            return len(text)
        return match.start() if is_known or match.partial else start


@lru_cache(MOST)
def _ready(pattern: Pattern) -> _Rule:
    """All runs have the same few; some take long to compile."""
    return _Rule(pattern)


def _in_time(work: Callable[..., _T], text: str, deadline: float) -> _T:
    """What ``work`` gives, which takes the terms of ``regex``; TimeoutError."""
    left = deadline - time.thread_time()
    if len(text) <= SHORT and left > 0:
        with suppress(TimeoutError):
            # The clock of ``regex`` counts what other threads do as well: a second try is fair.
            return work(timeout=min(SHORT_PATIENCE, left / 2), concurrent=False)
        left = deadline - time.thread_time()
    if left <= 0:
        raise TimeoutError
    return work(timeout=left, concurrent=left > SHORT_PATIENCE)
