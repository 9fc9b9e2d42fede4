from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing

import pytest

from jobnb.child.pipes import open_pipes
from jobnb.child.process import ChildProcess, _StartedLeader
from tests.processes import SECONDS, eventually, is_alive, kill

PARENT = """
import os, signal, sys, time
from pathlib import Path
from jobnb.child.process import ChildProcess
from jobnb.protocol import ChildOrder

order = ChildOrder(verb="describe", folder=sys.argv[1], root=sys.argv[1])
child = ChildProcess.start(order, environment=os.environ, cwd=Path(sys.argv[1]))
os.kill(child.pid, signal.SIGSTOP)
print(child.pid, flush=True)
time.sleep(60)
"""

WIDOWED = """
import os, signal, subprocess, sys
from jobnb.child.pipes import open_pipes, tie

helped = "import subprocess; helper = subprocess.Popen(['sleep', '60']); "
helped += "print(helper.pid, flush=True); helper.wait()"
ours, theirs = open_pipes()
child = subprocess.Popen(
    [sys.executable, "-c", helped], stdout=subprocess.PIPE, text=True, start_new_session=True
)
tie(theirs.lifeline, child.pid)
theirs.close()
helper = int(child.stdout.readline())
child.kill()
child.wait()
print(helper, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_child_that_is_stopped_before_it_has_begun_dies_with_its_parent(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        kill(parent.pid)

        eventually(lambda: not is_alive(pid), 10)


@pytest.mark.skipif(sys.platform != "linux", reason="a lifeline is tied on Linux only")
def test_what_a_child_that_was_killed_has_started_dies_with_its_parent():
    command = [sys.executable, "-c", WIDOWED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        helper = int(parent.stdout.readline())
        parent.wait()

        eventually(lambda: not is_alive(helper), 10)


def test_an_order_of_any_usual_size_waits_for_no_child_that_is_stopped():
    ours, theirs = open_pipes()
    idle = subprocess.Popen(["sleep", "60"], start_new_session=True)
    with closing(ChildProcess(_StartedLeader(idle), ours)) as child:
        sending = threading.Thread(target=child.send, args=[b"x" * 500_000], daemon=True)
        sending.start()
        sending.join(SECONDS)

        assert not sending.is_alive()
    theirs.close()
