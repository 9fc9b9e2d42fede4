"""Text as a database can hold it."""

from __future__ import annotations

from collections.abc import Sequence


def storable(text: str, dialect: str) -> str:
    r"""``text`` with the few characters replaced that the database would refuse.

    Lone surrogates, which no database can encode, become their escape (``\udc80``); NUL, which
    PostgreSQL cannot hold, becomes its picture there (U+2400).
    """
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if dialect == "postgresql" and "\0" in text:
        text = text.replace("\0", "\N{SYMBOL FOR NULL}")
    return text


def all_storable(texts: Sequence[str | None], dialect: str) -> Sequence[str | None]:
    """The same for many texts, which are looked through as one: most are fine."""
    whole = "".join(filter(None, texts))
    if storable(whole, dialect) == whole:
        return texts
    return [text and storable(text, dialect) for text in texts]
