from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.errors import StoreUnreachable, StoreVanished
from jobnb.store.database import open_database, opened_database
from jobnb.store.opening.opened import LOOKS, SURE, OpenedFile


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "jobnb.sqlite3"
    made.touch()
    return made


@pytest.fixture
def clock():
    return SimpleNamespace(now=100.0)


@pytest.fixture
def file(path, clock):
    return OpenedFile(str(path), "sqlite:///x", lambda: clock.now)


def look(file, times=LOOKS):
    for _ in range(times):
        with pytest.raises(StoreUnreachable):
            file.check()


def test_a_file_that_stays_away_is_taken_for_deleted(path, clock, file):
    path.unlink()
    look(file)
    clock.now += SURE

    with pytest.raises(StoreVanished, match="deleted or replaced"):
        file.check()


def test_a_file_with_another_one_in_its_place_is_taken_for_replaced(path, clock, file):
    path.rename(path.with_suffix(".old"))
    path.touch()
    look(file)
    clock.now += SURE

    assert file.has_vanished


def test_a_file_that_comes_back_was_never_away(path, clock, file):
    for _ in range(LOOKS):
        aside = path.rename(path.with_suffix(".aside"))
        look(file, 1)
        aside.rename(path)
        clock.now += SURE
        file.check()

    assert not file.has_vanished


def test_who_slept_between_two_looks_is_not_sure(path, clock, file):
    path.unlink()
    look(file, 1)
    clock.now += 1000 * SURE

    look(file, 1)


def test_a_disk_that_does_not_answer_has_lost_nothing(tmp_path, path, clock, file):
    path.unlink()
    tmp_path.rename(tmp_path.with_suffix(".aside"))
    tmp_path.touch()  # so that the path leads through a file
    for _ in range(LOOKS):
        clock.now += SURE
        with pytest.raises(StoreUnreachable, match="cannot be looked at"):
            file.check()


def test_who_opens_a_replaced_database_gets_the_one_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr("jobnb.store.opening.opened.SURE", 0.0)
    path = tmp_path / "jobnb.sqlite3"
    before = open_database(f"sqlite:///{path}")
    for part in tmp_path.glob("jobnb.sqlite3*"):
        part.unlink()
    look(before._file, LOOKS - 1)
    after = open_database(f"sqlite:///{path}")

    assert (before.uuid == after.uuid, opened_database(before.uuid)) == (False, None)
    assert opened_database(after.uuid) is after
    after.close()
