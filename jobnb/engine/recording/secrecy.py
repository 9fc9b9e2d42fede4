"""Secrecy: hides in what one attempt says the values that are sensitive, and what patterns find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Final

from jobnb.engine.recording.redaction import Redactor
from jobnb.errors import InvalidInput
from jobnb.protocol import Reason, is_binary
from jobnb.protocol.masking import Masker
from jobnb.store.values import EndOfRun, NewEntry

LONGEST_HELD: Final = 64 * 1024
"""Characters of a line that is too long to wait for its end that are kept back at most."""

_OUR_WORDS: Final = (Reason.CANCELLED, Reason.INPUT_MISSING)
_OUR_COMPLAINT: Final = f"{InvalidInput.__module__}.{InvalidInput.__qualname__}"


class Secrecy:
    """What nobody may see of one attempt; it knows nothing at first. One thread at a time."""

    def __init__(self) -> None:
        self._masker = Masker()
        self._redactor = Redactor()
        self._has_complained = False

    def mask(self, masker: Masker) -> None:
        """From now on, hides the secrets of ``masker``."""
        self._masker = masker

    def mask_also(self, secrets: Sequence[str]) -> None:
        """The same for more secrets."""
        if secrets:
            self._masker = self._masker.and_also(secrets)

    def redact(self, redactor: Redactor) -> None:
        """From now on, hides what its patterns find."""
        self._redactor = redactor

    def text(self, text: str) -> str:
        """The text as it may be seen."""
        # First what is known: half of it could be what a pattern finds.
        return self._redactor(self._masker(text))

    def name(self, text: str) -> str:
        """A name: only what is known is hidden in it."""
        return self._masker(text)

    def entries(self, batch: list[NewEntry]) -> list[NewEntry]:
        """The entries as they may be seen. They are looked through as one text: most are fine."""
        whole = _all_text(batch)
        if self._masker and self._masker.finds(whole):
            batch = [self._masked(entry) for entry in batch]
        if self._redactor.may_find(whole):
            batch = [self._redacted(entry) for entry in batch]
        return [*batch, *self._complaint()]

    def end(self, end: EndOfRun) -> EndOfRun:
        """The end of a run as it may be seen; patterns say nothing about its value.

        Nor about a sentence of our own that quotes no secret: ``password: Ensure this value ...``.
        """
        is_ours = end.reason in _OUR_WORDS or end.exc_type == _OUR_COMPLAINT
        seen = {
            "detail": (self.name if is_ours else self.text)(end.detail),
            "value": None if end.value is None else self._masker.json(end.value),
            "value_problem": end.value_problem and self.text(end.value_problem),
            "exc_type": end.exc_type and self.name(end.exc_type),
            "exc_message": end.exc_message and self.text(end.exc_message),
            "traceback": end.traceback and self.text(end.traceback),
        }
        return EndOfRun(**{**vars(end), **seen})

    def held_back(self, text: str, start: int = 0) -> int:
        """How many characters of an unfinished line must be seen together with what follows.

        Args:
            text: The line so far.
            start: What stands before that has been shown.
        """
        held = max(self._masker.held_back(text[start:]), self._redactor.held_back(text, start))
        if held <= LONGEST_HELD:
            # The end of a secret may be the beginning of another one, or of what a pattern finds.
            return len(text) - start - self._masker.next_cut(text[start:], len(text) - start - held)
        # Nobody waits for ever for the end of a line: now only its very end is looked at.
        held = self.held_back(text[-LONGEST_HELD:])
        return held if held < LONGEST_HELD else 0

    def piece(self, text: str, start: int) -> str:
        """A part of a line, from ``start`` on, as it may be seen; the rest has been shown."""
        before = text[:start]
        return self._redactor(before + self._masker(text[start:]), start)

    def _masked(self, entry: NewEntry) -> NewEntry:
        return entry._replace(
            message=self._masker(entry.message),
            grouping=self._masker.optional(entry.grouping),
            object=self._masker.optional(entry.object),
            source=self._masker(entry.source),
            bundle=_changed(entry.bundle, self._masker),
        )

    def _redacted(self, entry: NewEntry) -> NewEntry:
        message, about = self._redactor(entry.message), entry.object
        bundle = _changed(entry.bundle, self._redactor)
        return entry._replace(
            message=message, object=about and self._redactor(about), bundle=bundle
        )

    def _complaint(self) -> list[NewEntry]:
        """That a pattern took too long, once."""
        slow = self._redactor.slow
        if slow is None or self._has_complained:
            return []
        self._has_complained = True
        text = (
            f"The redaction pattern {slow!r} takes too long. What could not be searched in time is "
            "withheld; change the pattern (sanitizer_patterns) so that it needs no trying back."
        )
        return [NewEntry.by_supervisor("WARNING", text)]


def _all_text(batch: list[NewEntry]) -> str:
    """All that stands in the entries, by columns: what many have in common is there once."""
    if not batch:
        return ""
    _, _, messages, _, groupings, objects, sources, _, bundles = zip(*batch, strict=True)
    shown = chain.from_iterable(bundle.values() for bundle in bundles if bundle)
    labels = {*groupings, *objects, *sources} - {None}
    return "\0".join(chain(messages, labels, shown))


def _changed(
    bundle: Mapping[str, str] | None, change: Callable[[str], str]
) -> dict[str, str] | None:
    """A rich output as it may be seen; in the pixels of an image nobody can look."""
    if bundle is None:
        return None
    return {
        media_type: content if is_binary(media_type) else change(content)
        for media_type, content in bundle.items()
    }
