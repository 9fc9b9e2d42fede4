"""The job on docs/watching.md does what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd

from jobnb.authoring.registration import forget_jobs, registered_jobs
from jobnb.protocol import EntryKind
from jobnb.settings import DISPLAYS
from jobnb.testing import run_job

PAGE = (Path(__file__).parents[2] / "docs" / "watching.md").read_text("utf-8")


def test_the_job_shows_a_table_says_how_far_it_is_and_returns_it(monkeypatch):
    forget_jobs()
    [code] = re.findall(r'^```python title="[^"]*"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
    module = ModuleType("audit_disks")
    monkeypatch.setitem(sys.modules, "audit_disks", module)
    exec(compile(code, "watching.md", "exec"), vars(module))
    (job_class,) = registered_jobs().values()
    forget_jobs()

    done = run_job(job_class, hosts="alpha\nbeta")

    assert isinstance(done.value, pd.DataFrame)
    assert list(done.value["host"]) == ["alpha", "alpha", "beta", "beta"]
    assert [entry.kind for entry in done.log].count(EntryKind.DISPLAY) == 2
    assert done.progress == [[2, 2, "hosts"]]


def test_every_way_to_show_runs_is_on_the_page():
    assert [name for name in DISPLAYS if f"| `{name}` |" not in PAGE] == []
