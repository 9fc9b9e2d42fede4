"""Finding: the objects that a value stands for; whatever goes wrong is a complaint about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.variables.variable import Complaint
from jobnb.objects.source import LookupSource, ObjectSource, SourceError

MOST_COMPLAINTS: Final = 20
"""About one input; those beyond are counted."""

_LONGEST_KEY: Final = 100
"""Characters of a key that a message quotes."""

_log = logging.getLogger(__name__)


class Finder:
    """Asks a source of objects.

    Args:
        make_source: Gives the source; called for each question.
        noun: What one of its objects is called in messages.
    """

    def __init__(self, make_source: Callable[[], ObjectSource], noun: str) -> None:
        self._make_source = make_source
        self.noun = noun

    def keys(self, raws: Sequence[Any]) -> list[Any]:
        """The keys, as the source writes them, of what somebody gave.

        Args:
            raws: Of each object the key, something that only it has, or the object itself.

        Raises:
            Complaint: One of them does not exist.
        """
        with self._asking() as source:
            given = [self._key(source, raw) for raw in raws]
        found = self.objects(given)
        with self._asking() as source:
            return [source.key(item) for item in found]

    def objects(self, keys: Sequence[Any]) -> list[Any]:
        """The object for each key.

        Raises:
            Complaint: One of them does not exist.
        """
        with self._asking() as source:
            found = list(source.get(keys)) if keys else []
        missing = [key for key, item in zip(keys, found, strict=True) if item is None]
        if missing:
            raise Complaint(in_bounds([self._vanished(key) for key in missing]))
        return found

    def labelled(self, keys: Sequence[Any]) -> list[list[Any]]:
        """``[key, label]`` of each object.

        Raises:
            Complaint: One of them does not exist.
        """
        found = self.objects(keys)
        with self._asking() as source:
            return [[source.key(item), source.label(item)] for item in found]

    def search(
        self, text: str, filters: Mapping[str, Any], offset: int, limit: int
    ) -> list[list[Any]]:
        """``[key, label]`` of each object on offer that fits.

        Raises:
            Complaint: They cannot be had.
        """
        with self._asking() as source:
            found = source.search(text, filters, offset, limit)
            return [[key, label] for key, label in found]

    def _key(self, source: ObjectSource, raw: Any) -> Any:
        if isinstance(raw, str | int | float | list | tuple):
            return list(raw) if isinstance(raw, tuple) else raw
        if is_uuid(raw):
            return str(raw)
        if isinstance(raw, Mapping) and isinstance(source, LookupSource):
            return source.key(self._only(source, raw))
        try:
            return source.key(raw)
        except TypeError as error:
            raise Complaint([f"{error}."]) from error

    def _only(self, source: LookupSource, lookup: Mapping[str, Any]) -> Any:
        words = " and ".join(f"{name} {value!r:.100}" for name, value in lookup.items())
        try:
            found = source.find(lookup, 2) if lookup else []
        except LookupError as error:
            raise Complaint([f"{error}."]) from error
        if not found:
            raise Complaint([f"There is no {self.noun} with {words or 'nothing'}."])
        if len(found) > 1:
            raise Complaint([f"More than one {self.noun} has {words}; give the key of one."])
        return found[0]

    def _vanished(self, key: Any) -> str:
        shown = repr(key)
        if len(shown) > _LONGEST_KEY:
            shown = f"{shown[:_LONGEST_KEY]}..."
        return f"{self.noun} with key {shown} does not exist (any more)."

    @contextmanager
    def _asking(self) -> Iterator[ObjectSource]:
        try:
            yield self._make_source()
        except Complaint:
            raise
        except SourceError as error:
            raise Complaint([f"Its objects cannot be had: {error}."]) from error
        except Exception as error:
            # The complaint is for who fills in a form, the traceback for who wrote the source.
            _log.warning("A source of objects failed", exc_info=True)
            sentence = ExceptionInfo.of(error, hidden=__file__).sentence
            raise Complaint([f"Its objects cannot be had: {sentence}."]) from error


def is_uuid(value: Any) -> bool:
    """Whether it is a ``uuid.UUID``; asked in this way, as importing that module takes 3 ms."""
    return (type(value).__module__, type(value).__name__) == ("uuid", "UUID")


def in_bounds(messages: list[str]) -> list[str]:
    """The first ones, and how many there are more."""
    more = len(messages) - MOST_COMPLAINTS
    return [*messages[:MOST_COMPLAINTS], f"And {more} more."] if more > 0 else messages
