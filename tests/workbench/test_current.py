from __future__ import annotations

import pytest

import jobnb
from jobnb.errors import ConfigurationError
from jobnb.terminal import PlainViewer
from jobnb.workbench import current


def plain_viewer(settings):
    return PlainViewer(colour=False)


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """No workbench before and after; the project is an empty folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobnb.toml").touch()
    current.close()
    yield
    current.close()


def test_settings_are_refused_at_once(tmp_path):
    with pytest.raises(ConfigurationError, match="Did you mean 'workers'"):
        jobnb.configure(worker=3)


def test_settings_can_be_given_before_the_first_use():
    jobnb.configure(user="ada", display="plain")

    assert current.workbench(plain_viewer).settings.user == "ada"


def test_settings_that_come_too_late_are_refused_with_the_way_out():
    current.workbench(plain_viewer)

    with pytest.raises(ConfigurationError, match="restart the kernel"):
        jobnb.configure(user="ada")


def test_there_is_one_workbench_until_it_is_closed():
    first = current.workbench(plain_viewer)

    assert current.workbench(plain_viewer) is first
    jobnb.close()
    assert current.workbench(plain_viewer) is not first
