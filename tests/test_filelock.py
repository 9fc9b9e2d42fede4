from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from jobnb import filelock
from jobnb.errors import ClusterError
from jobnb.filelock import alone
from tests.processes import eventually, read_until

HOLD = """
import sys
from pathlib import Path
from jobnb.errors import ClusterError
from jobnb.filelock import alone

with alone(Path(sys.argv[1]), 60, ClusterError):
    print("locked", flush=True)
    input()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cluster.lock"


@pytest.fixture
def holder(path):
    """Another process that has it locked until it is told to let go."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        read_until(process, "locked")
        yield process
        process.kill()


def test_who_keeps_it_for_too_long_is_named(path, holder):
    with (
        pytest.raises(
            ClusterError, match=rf"Process {holder.pid} has kept .* Wait for it"
        ) as caught,
        alone(path, 0.2, ClusterError),
    ):
        pass

    assert str(path) in str(caught.value)


def test_who_is_stopped_is_not_waited_for_as_long_as_who_works(path, holder, monkeypatch):
    monkeypatch.setattr(filelock, "STANDING", 0.2)
    os.kill(holder.pid, signal.SIGSTOP)
    eventually(lambda: psutil.Process(holder.pid).status() == psutil.STATUS_STOPPED)

    with (
        pytest.raises(ClusterError, match=f"which is stopped.*kill -CONT {holder.pid}"),
        alone(path, 600, ClusterError),
    ):
        pass


def test_who_dies_lets_go_of_it_at_once(path, holder):
    holder.kill()

    with alone(path, 40, ClusterError):
        assert path.read_text() == str(os.getpid())


def test_who_comes_next_has_it_when_it_is_free(path, holder):
    print(file=holder.stdin, flush=True)

    with alone(path, 40, ClusterError):
        assert path.read_text() == str(os.getpid())
    assert holder.wait() == 0
