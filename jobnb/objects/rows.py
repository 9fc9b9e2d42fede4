"""Rows of SQLAlchemy models as objects: searched, and fetched by their keys, in SQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Select, inspect, or_, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Mapper, Session

from jobnb.objects.keys import Keys
from jobnb.objects.labels import Label
from jobnb.objects.paths import condition, display_fault, filter_fault
from jobnb.objects.scope import borrowed_session
from jobnb.objects.source import SourceError

SessionFactory = Callable[[], Session]

LONGEST_TEXT: Final = 1000
"""Characters of a search; databases refuse patterns that are much longer."""


def model_faults(model: Any, display_field: str, filters: Sequence[str]) -> Iterator[str]:
    """What is wrong with a model, or with what is said of its attributes; nothing connects."""
    mapper = inspect(model, raiseerr=False)
    if not isinstance(mapper, Mapper):
        yield f"model must be a class that SQLAlchemy maps, not {model!r:.100}"
        return
    try:
        mapper.registry.configure()  # forward references are looked up now
    except SQLAlchemyError as error:
        yield f"SQLAlchemy cannot map {model.__name__}: {error}"
        return
    if display_field != Label.UNSAID and (fault := display_fault(model, display_field)):
        yield f"display_field {display_field!r}: {fault}"
    for name in filters:
        if fault := filter_fault(model, name):
            yield f"query_params {name!r}: {fault}"


class SqlAlchemySource:
    """The rows of one mapped class; an ``ObjectSource`` and a ``LookupSource``.

    Args:
        model: A class without ``model_faults()``.
        session_factory: Gives a new session; called when the first question comes.
        display_field: Attribute, dotted through relationships, that people know a row by.
    """

    def __init__(
        self, model: type, session_factory: SessionFactory, display_field: str = "display"
    ) -> None:
        mapper: Mapper[Any] = inspect(model)
        self._model: Final = model
        self._session_factory: Final = session_factory
        self._keys: Final = Keys(mapper)
        self._label: Final = Label(model, display_field)

    def search(
        self, text: str, filters: Mapping[str, Any], offset: int, limit: int
    ) -> list[tuple[Any, str]]:
        """One page of the rows whose label, or else whose text, has ``text`` in it."""
        if len(text) > LONGEST_TEXT:
            return []
        statement = self._found_by(text.strip(), filters).offset(offset).limit(limit)
        with self._session() as session:
            if self._label.column is None:
                rows = session.scalars(statement).unique()
                return [(self.key(row), self.label(row)) for row in rows]
            pairs = [(parts, label) for *parts, label in session.execute(statement)]
        return [
            (key := self._keys.to_json(parts), self._label.text(label, key))
            for parts, label in pairs
        ]

    def get(self, keys: Sequence[Any]) -> list[Any]:
        """The instance for each key, None where there is no row."""
        parsed = [self._keys.parse(key) for key in keys]
        wanted = {self._token(parts): parts for parts in parsed if parts is not None}
        found: dict[str, Any] = {}
        with self._session() as session:
            for batch in self._keys.batches(list(wanted.values())):
                statement = self._rows().where(self._keys.condition(batch))
                rows = session.scalars(statement).unique()
                found.update((json.dumps(self.key(row)), row) for row in rows)
        return [parts and found.get(self._token(parts)) for parts in parsed]

    def find(self, lookup: Mapping[str, Any], limit: int) -> list[Any]:
        """The rows that have exactly these values.

        Raises:
            LookupError: There is no attribute of such a name.
        """
        for path in lookup:
            if fault := filter_fault(self._model, path):
                raise LookupError(fault)
        conditions = [condition(self._model, path, [value]) for path, value in lookup.items()]
        with self._session() as session:
            return list(session.scalars(self._rows().where(*conditions).limit(limit)).unique())

    def key(self, found: Any) -> Any:
        """The primary key of an instance.

        Raises:
            TypeError: It is of another class, or was never stored.
        """
        if not isinstance(found, self._model):
            raise TypeError(f"{type(found).__name__} object is no {self._model.__name__}")
        return self._keys.of(found)

    def label(self, found: Any) -> str:
        """How people know the instance."""
        return self._label.of(found, self.key(found))

    def _rows(self) -> Select[Any]:
        return select(self._model)

    def _found_by(self, text: str, filters: Mapping[str, Any]) -> Select[Any]:
        statement, searched = self._label.selected(self._keys.attributes)
        for path, values in filters.items():
            statement = statement.where(condition(self._model, path, values))
        if text:
            fits = [
                column.icontains(spelling, autoescape=True)
                for column in searched
                for spelling in _spellings(_storable(text))
            ]
            if (parts := self._keys.parse(text)) is not None:
                fits.append(self._keys.condition([parts]))
            statement = statement.where(or_(*fits))
        return statement

    def _token(self, parts: Sequence[Any]) -> str:
        return json.dumps(self._keys.to_json(parts))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """A session that works; what the database complains of comes out as a ``SourceError``."""
        with borrowed_session(self._session_factory) as session:
            if not callable(getattr(session, "scalars", None)):
                raise SourceError(
                    "session_factory must give a sqlalchemy.orm.Session, not an object of type "
                    f"{type(session).__qualname__}"
                )
            try:
                yield session
            except SQLAlchemyError as error:
                # PostgreSQL answers nothing more in a transaction in which something failed.
                session.rollback()
                raise SourceError(self._in_words(error)) from error

    def _in_words(self, error: SQLAlchemyError) -> str:
        """Without the statement and its values, which say nothing to who fills in a form."""
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        return f"the database of {self._model.__name__} objects says: {' '.join(said.split())}"


def _spellings(text: str) -> list[str]:
    """The text, and how it may be written: SQLite takes no letter but ASCII for its capital."""
    if text.isascii():
        return [text]
    return list(dict.fromkeys([text, text.lower(), text.upper(), text.title()]))


def _storable(text: str) -> str:
    """Text that every driver takes: NUL and lone surrogates become a sign that nothing has."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
