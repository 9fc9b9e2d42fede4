"""The pytest plugin: ``pytest_plugins = ["jobnb.testing.plugin"]`` in a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.settings import load_settings
from jobnb.terminal import plain_viewer
from jobnb.workbench import Workbench


@pytest.fixture
def jobnb_bench(tmp_path: Path) -> Iterator[Workbench]:
    """A workbench with the jobs folder of the project and an empty database of this test's own.

    ``jobnb_bench.get_job("Hello World").run(who="x")`` runs the job as users do: in a process of
    its own, on a cluster inside of this one. Both end with the test.
    """
    folder = tmp_path / "jobnb"
    folder.mkdir()
    settings = load_settings(
        {
            "database_url": f"sqlite:///{folder / 'test.sqlite3'}",
            "state_dir": folder / "state",
            "cache_dir": folder / "cache",
            "enable_new_jobs": True,
        }
    )
    bench = Workbench(settings, plain_viewer(settings))
    try:
        yield bench
    finally:
        bench.close()
