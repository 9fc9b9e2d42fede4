"""Runs found again by another kernel, or by one that was restarted; and what is left behind."""

from __future__ import annotations

import pytest

from jobnb.engine.detached import start_cluster, stop_cluster
from jobnb.settings import load_settings, worker_environment
from tests.kernel.conftest import bundles, texts

pytestmark = pytest.mark.kernel

WAITS = """
import time
from pathlib import Path
from jobnb import jobs

class Waits(jobs.Job):
    folder = jobs.StringVar()

    def run(self, *, folder):
        self.logger.info("it waits")
        while not Path(folder, "go on").exists():
            time.sleep(0.02)
        self.logger.success("it was let go on")

class Talks(jobs.Job):
    def run(self):
        while True:
            self.logger.info("a line of many")

jobs.register_jobs(Waits, Talks)
"""
START = """
import jobnb, os, threading
def start():
    return jobnb.get_job("Waits").options(key="one").submit(folder=os.getcwd())
run = start()
while not len(run.log):
    time.sleep(0.02)
print(run.id)
"""


@pytest.fixture
def project(notebook):
    (notebook.root / "jobs" / "waits.py").write_text(WAITS)
    return notebook


@pytest.fixture
def cluster(project):
    """A cluster that outlives the kernel."""
    settings = load_settings(folder=project.root)
    start_cluster(settings, worker_environment(settings))
    yield
    stop_cluster(settings)


@pytest.mark.usefixtures("cluster")
def test_after_a_restart_of_the_kernel_a_run_is_found_by_its_id_and_by_its_key(project):
    with project.open() as kernel:
        run_id = texts(kernel.run(f"import time{START}")).strip()
        kernel.restart()
        kernel.run(START.partition("run = ")[0])
        found = kernel.run("again = start(); print(again.id, again.status)")
        kernel.run("open('go on', 'w').close()")
        watched = kernel.run(f"result = jobnb.result({run_id!r}[:8]).watch()")
        ended = kernel.run("print(start().id, result.status, len(jobnb.results()))")

    assert texts(found) == f"{run_id} STARTED\n"
    [bundle] = bundles(watched)
    for text in bundle.values():
        assert "it waits" in text
        assert "it was let go on" in text
    assert texts(ended) == f"{run_id} SUCCESS 1\n"


def test_a_run_of_the_kernel_itself_ends_with_it_and_says_why(project):
    with project.open() as kernel:
        run_id = texts(kernel.run(f"import time{START}")).strip()
        kernel.restart()
        shown = kernel.run(f"import jobnb\njobnb.result({run_id!r})")

    [bundle] = bundles(shown)
    assert "REVOKED" in bundle["text/html"]
    assert "it waits" in bundle["text/html"]


def test_while_a_flood_is_shown_cells_run_and_unloading_leaves_no_thread(project):
    cells = project.run(
        "%load_ext jobnb\nimport jobnb, threading, time\nrun = jobnb.submit('Talks')",
        """
        while len(run.log) < 2000:
            time.sleep(0.02)
        print([thread.name for thread in threading.enumerate() if "pump" in thread.name])
        def longest():
            moments = []
            while len(moments) < 300:
                moments.append(time.monotonic())
                time.sleep(0.005)
            return max(b - a for a, b in zip(moments, moments[1:]))
        for attempt in range(15):  # a busy machine holds up one or another
            if longest() < 1:
                break
        print(attempt < 14)
        """,
        "%unload_ext jobnb",
        "print([thread.name for thread in threading.enumerate() if 'pump' in thread.name])",
        "print(run.cancel().wait().status)",
    ).cells

    assert texts(cells[1]) == "['jobnb-pump']\nTrue\n"
    assert texts(cells[3]) == "[]\n"
    assert "Not watched any more" in bundles(cells[0])[0]["text/html"]
    assert texts(cells[4]) == "REVOKED\n"
