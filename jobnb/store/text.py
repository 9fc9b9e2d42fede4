"""Text as a database can hold it."""

from __future__ import annotations


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
