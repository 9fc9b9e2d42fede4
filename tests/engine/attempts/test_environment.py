from __future__ import annotations

from importlib.metadata import distributions

import pytest

from jobnb.engine.attempts import environment
from jobnb.engine.attempts.environment import installed


@pytest.fixture
def looks(monkeypatch):
    """The real looks at what is installed, counted."""
    found, look = [], environment._look
    monkeypatch.setattr(environment, "_look", lambda: found.append(look()) or found[-1])
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(folder, name, version):
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_what_is_installed_is_looked_for_once(looks, folder):
    first = installed()
    count = len(looks)

    assert installed() is first
    assert len(looks) == count


def test_a_file_on_the_path_that_is_no_package_makes_no_difference(looks, folder):
    first = installed()
    count = len(looks)
    (folder / "results.csv").write_text("1")

    assert installed() is first
    assert len(looks) == count


def test_a_package_that_was_just_installed_is_seen(folder):
    before = installed()
    install(folder, "jobnb-novelty", "1.0")
    after = installed()

    assert "jobnb-novelty" not in before.facts["packages"]
    assert after.facts["packages"]["jobnb-novelty"] == "1.0"
    assert after.digest != before.digest


def test_each_package_has_the_name_and_version_that_its_metadata_says():
    said = {item.metadata["Name"]: item.version for item in reversed(list(distributions()))}

    assert installed().facts["packages"] == said
