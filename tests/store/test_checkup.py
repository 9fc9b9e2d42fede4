"""The checkup names what could go wrong with a database."""

from __future__ import annotations

import pytest

from jobnb.store.checkup import _examine_sqlite
from jobnb.store.findings import Level


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 8), (3, 51, 3), (3, 60, 0)])
def test_a_cured_sqlite_has_nothing_to_say(version):
    assert "race" not in _examine_sqlite(version).text


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2)])
def test_a_sqlite_with_the_wal_reset_race_is_named(version):
    finding = _examine_sqlite(version)

    assert (finding.level, finding.subject) == (Level.OK, "SQLite")
    assert ".".join(map(str, version)) in finding.text
    assert "WAL-reset race" in finding.text
