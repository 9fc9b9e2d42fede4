from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from jobnb.engine.hosts.processes import Process, boot_id


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_a_process_is_alive_until_it_ends(sleeper):
    found = Process.of(sleeper.pid)
    assert found.is_alive
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has taken note
    assert not found.is_alive
    sleeper.wait()

    assert not found.is_alive


def test_another_process_of_the_same_id_is_another_one(sleeper):
    assert not Process(pid=sleeper.pid, birth="another").is_alive


def test_a_clock_that_is_set_makes_no_other_process_of_it(sleeper, monkeypatch):
    found = Process.of(sleeper.pid)
    boot = psutil.boot_time()
    for name in ("psutil.boot_time", "psutil._psplatform.boot_time"):
        monkeypatch.setattr(name, lambda: boot + 3600)

    assert found.is_alive


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells it")
def test_every_boot_has_an_id():
    assert len(boot_id()) == 36
