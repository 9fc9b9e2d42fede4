"""Column types: what a value looks like in the database, and what it is again outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

from jobnb.store.tables.text import storable

# Ids are looked up by their first characters, which needs an order by character code; SQLite has
# it anyway, PostgreSQL sorts by the rules of its language unless told otherwise.
ID: Final = String().with_variant(String(collation="C"), "postgresql")


class SafeText(TypeDecorator[str]):
    """Text of any length and any content."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text with what the database cannot hold replaced."""
        return None if value is None else storable(value, dialect.name)


class JsonText(TypeDecorator[dict[str, Any]]):
    """A JSON object; written in ASCII, so that any string in it comes back as it was."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        """The object as JSON text."""
        del dialect
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        """The object in the JSON text."""
        del dialect
        return None if value is None else json.loads(value)


class Word(TypeDecorator[StrEnum]):
    """One word of a closed enumeration."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._members = {word.value: word for word in words}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """The word as plain text."""
        del dialect
        return None if value is None else self._member(value)._value_  # quicker than ``value``

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """The member with that word."""
        del dialect
        return None if value is None else self._member(value)

    def _member(self, value: str) -> StrEnum:
        """That of a word; to ask the enumeration takes ten times as long."""
        return self._members.get(value) or self.words(value)


class Moment(TypeDecorator[datetime]):
    """A moment; aware UTC on the outside, whatever the database makes of time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; without its zone for SQLite, which has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; use aware times")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware and in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
