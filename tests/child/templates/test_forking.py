from __future__ import annotations

import subprocess
import sys

from tests.processes import SECONDS

PROGRAM = """
import os, socket
from jobnb.child.templates.forking import wait_for_forks

ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

def want(job):
    socket.send_fds(ours, [b"job\\n\\n" + job], [0])

def refuses(job):
    return {"unknown": True} if job == "jobs.Unknown" else None

def rehearse():
    print("rehearsed", flush=True)

for job in (b"", b"jobs.Unknown", b"jobs.Hello", b"jobs.Hello"):
    want(job)
ours.shutdown(socket.SHUT_WR)
if wait_for_forks(theirs, refuses, os.fork, rehearse) is not None:
    os._exit(0)
for _ in range(4):
    answer = ours.recv(100).decode()
    print("fork" if answer.isdigit() else answer, flush=True)
"""


def test_a_template_rehearses_once_and_when_there_is_a_fork_for_a_job():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )

    assert done.stdout.splitlines() == ["rehearsed", "fork", '{"unknown": true}', "fork", "fork"]
