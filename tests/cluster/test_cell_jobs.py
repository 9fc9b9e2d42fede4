"""Jobs of a program's own ``__main__``, which are carried as those of cells are."""

from __future__ import annotations

import base64
import json
import sqlite3

import pytest

from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

PICKLE = base64.b64encode(b"\x80\x05\x95").decode()
"""How a pickle begins, as text."""
PROGRAM = """
import sys, jobnb
from jobnb import jobs

SECRET = "carried-" + "along"

def helper(number):
    return [number + 1, len(SECRET)]

class Carry(jobs.Job):
    number = jobs.IntegerVar(default=1)

    def run(self, *, number):
        return helper(number)

jobnb.configure(scheduler=sys.argv[1] if len(sys.argv) > 1 else None)
result = jobnb.run(Carry, number=4)
print("RESULT", result.value, result.record.origin, result.record.source_file)
"""


def test_workers_that_share_no_folder_run_it_and_its_code_is_stored_nowhere(project, cluster):
    cluster.add_worker()
    (project.root / "program.py").write_text(PROGRAM)
    code = (
        f"import sys, runpy; sys.argv = ['program.py', {cluster.address!r}]; "
        "runpy.run_path('program.py', run_name='__main__')"
    )
    # Nobody has enabled it: it is of this program alone.
    process = project.python(code, JOBNB_ENABLE_NEW_JOBS="no")
    said, _ = process.communicate(timeout=SECONDS)

    assert "RESULT [5, 13] notebook cell program.py" in said.replace(f"{project.root}/", "")
    if project.database_url.startswith("sqlite"):
        content = json.dumps(
            list(sqlite3.connect(project.database_url.removeprefix("sqlite:///")).iterdump())
        )
        assert "carried-along" not in content
        assert PICKLE not in content
