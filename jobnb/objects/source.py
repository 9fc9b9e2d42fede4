"""What a source of objects is. SQLAlchemy is not known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

Key = Any
"""A JSON value that stands for one object: a number, text, or a list of these."""


class SourceError(Exception):
    """A source cannot be asked; the message says what it answered."""


@runtime_checkable
class ObjectSource(Protocol):
    """Where the objects of an ``ObjectVar`` come from.

    It is asked in the process that describes the jobs, and again in the one that runs a job, each
    time from the main thread. Whatever it raises is shown beside the input.
    """

    def search(
        self, text: str, filters: Mapping[str, Any], offset: int, limit: int
    ) -> Sequence[tuple[Key, str]]:
        """The keys and labels of the objects that fit, always in the same order.

        Args:
            text: What somebody typed; empty for all.
            filters: The ``query_params`` with the values that they have now, each a list of JSON
                values of which an object must have one.
            offset: How many to leave out.
            limit: How many to give at most.
        """

    def get(self, keys: Sequence[Key]) -> Sequence[Any]:
        """The object for each key, in order, with None for one that does not exist."""

    def key(self, found: Any) -> Key:
        """The key of an object.

        Raises:
            TypeError: It is none of this source.
        """

    def label(self, found: Any) -> str:
        """How people know the object."""


@runtime_checkable
class LookupSource(Protocol):
    """A source that can also find an object by what it has: ``{"name": "fra01"}``."""

    def find(self, lookup: Mapping[str, Any], limit: int) -> Sequence[Any]:
        """The objects, so many at most, that have exactly these values.

        Raises:
            LookupError: They have no attribute of such a name.
        """
