from __future__ import annotations

import pytest

from jobnb.store.tables.text import storable


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("text", ["", "plain", "Grüße 🚀", "a\nb\tc\x1b[31m", "x" * 1_000_000])
def test_ordinary_text_stays_as_it_is(text, dialect):
    assert storable(text, dialect) == text


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_lone_surrogate_becomes_its_escape(dialect):
    assert storable("caf\udce9 ü", dialect) == "caf\\udce9 ü"


@pytest.mark.parametrize(("dialect", "stored"), [("sqlite", "a\0b"), ("postgresql", "a\u2400b")])
def test_nul_becomes_its_picture_where_the_database_cannot_hold_it(dialect, stored):
    assert storable("a\0b", dialect) == stored
