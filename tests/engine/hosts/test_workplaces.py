from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.engine.hosts import workplaces as module
from jobnb.engine.hosts.workplaces import Workplaces
from tests.processes import eventually


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "places"


@pytest.fixture
def places(folder):
    return Workplaces(folder)


@pytest.fixture
def calm(monkeypatch):
    """Whatever was left was left long ago."""
    monkeypatch.setattr(module, "CALM", 0.0)


def make(places):
    return Path(places.make("run-"))


def test_each_place_is_new_and_empty_and_for_its_owner_alone(places):
    first, second = make(places), make(places)

    assert first != second
    assert [*first.iterdir(), *second.iterdir()] == []
    assert first.stat().st_mode & 0o777 == 0o700


def test_a_place_is_made_although_somebody_has_tidied_up(places, folder):
    make(places).rmdir()
    folder.rmdir()

    assert make(places).is_dir()


def test_an_empty_place_is_away_at_once_and_removed_later(places, folder, calm):
    place = make(places)
    places.leave(str(place))
    assert not place.exists()
    [left] = folder.iterdir()
    (left / "written").touch()  # by what the run has left running

    places.sweep()

    eventually(lambda: not any(folder.iterdir()))


def test_what_a_run_has_left_is_removed_at_once(places, folder):
    place = make(places)
    (place / "deep").mkdir()
    (place / "deep" / "secret").write_text("hunter2")

    places.leave(str(place))

    assert [*folder.iterdir()] == []


def test_a_place_that_the_run_has_removed_is_no_matter(places, folder):
    place = make(places)
    place.rmdir()

    places.leave(str(place))
    places.sweep()

    assert [*folder.iterdir()] == []


def test_no_more_places_wait_than_are_many(places, folder, monkeypatch):
    monkeypatch.setattr(module, "MANY", 2)
    for _ in range(5):
        places.leave(make(places))

    assert len([*folder.iterdir()]) == 2


def test_every_sweep_removes_what_came_since(places, folder, calm):
    for _ in range(2):
        places.leave(make(places))
        eventually(lambda: places.sweep() or not any(folder.iterdir()))


def test_nothing_is_removed_as_long_as_run_follows_run(places, folder, monkeypatch):
    monkeypatch.setattr(module, "MANY", 6)
    for _ in range(3):
        places.leave(make(places))
    places.sweep()
    assert len([*folder.iterdir()]) == 3

    places.leave(make(places))  # more than half of those that may wait
    places.sweep()

    eventually(lambda: not any(folder.iterdir()))


def test_nothing_is_left_after_the_end(places, folder):
    places.leave(make(places))
    (make(places) / "written").touch()

    places.close()

    assert not folder.exists()
