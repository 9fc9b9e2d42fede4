from __future__ import annotations

import subprocess
import sys

HELLO = """
from jobnb import jobs

class Hello(jobs.Job):
    def run(self):
        pass

jobs.register_jobs(Hello)
"""
LOOK = """
import sys, threading
from jobnb.terminal import PlainViewer
from jobnb.workbench import current

class Viewer(PlainViewer):
    def form(self, job, inputs):
        print(job.name, "jobnb-ahead" in [thread.name for thread in threading.enumerate()])

current.workbench(lambda settings: Viewer(colour=False)).form("Hello", {})
print("jobnb-ahead" in [thread.name for thread in threading.enumerate()])
"""


def test_a_form_is_there_before_dask_is_loaded_for_its_run(tmp_path):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "hello.py").write_text(HELLO)
    (tmp_path / "jobnb.toml").touch()
    looked = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert looked.stdout.split() == ["Hello", "False", "True"]
