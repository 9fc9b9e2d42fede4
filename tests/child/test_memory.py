from __future__ import annotations

import os
import subprocess
import sys

from jobnb.child.memory import resident_memory

FAMILY = """
import subprocess, sys
leaf = "import sys; kept = b'x' * 60_000_000; print('ready', flush=True); sys.stdin.read()"
middle = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {leaf!r}])"
subprocess.run([sys.executable, "-c", middle], check=True)
sys.stdin.read()
"""


def test_the_memory_of_a_process_counts():
    assert resident_memory(os.getpid()) > 10_000_000


def test_a_grandchild_whose_parent_has_gone_is_counted_by_its_session():
    process = subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    process.stdout.readline()

    assert resident_memory(process.pid) > 60_000_000
    process.communicate()


def test_a_process_that_has_gone_has_no_memory():
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()

    assert resident_memory(process.pid) == 0
