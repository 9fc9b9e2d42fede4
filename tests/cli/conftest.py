from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobnb.cli import main
from jobnb.store.database import Database, open_database
from jobnb.workbench import current


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project without jobs in which nothing is open yet, as the current folder."""
    root = tmp_path / "project"
    (root / "jobs").mkdir(parents=True)
    (root / ".jobnb").mkdir()
    (root / "jobnb.toml").touch()
    monkeypatch.chdir(root)
    current.close()
    yield root
    current.close()


@pytest.fixture
def database(folder: Path) -> Database:
    """The one of the project."""
    return open_database(f"sqlite:///{folder / '.jobnb' / 'jobnb.sqlite3'}")


@pytest.fixture
def jobnb(folder: Path) -> Callable:
    """The command in this process; what it opened is closed again."""

    def call(*words: str):
        try:
            return CliRunner().invoke(main, words)
        finally:
            current.close()

    return call
