from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobnb.reports.contents import RunReader
from jobnb.store.database import Database, open_database
from tests.runs import finished_run, log_line, store_source

SOURCE = 'from jobnb import jobs\n\nclass Hello(jobs.Job):\n    """Greets."""\n'
CSV = b"host,used\nsrv-01,93 %\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'history.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Database) -> RunReader:
    return RunReader(store)


@pytest.fixture
def run(store: Database) -> Callable[..., str]:
    """Writes down a run that has left a bit of everything; gives its id."""

    def make(*entries, **changes: Any) -> str:
        lines = entries or (
            log_line("looking at 2 hosts"),
            log_line("srv-01 is nearly full", level="WARNING"),
        )
        values = {
            "inputs": {"who": "Ada", "count": 3},
            "snapshot": store_source(store, {"hello.py": SOURCE, "more.py": "x = 1\n"}),
            "files": {"disks.csv": CSV},
            **changes,
        }
        return finished_run(store, *lines, **values)

    return make
