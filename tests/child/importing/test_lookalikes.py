"""Files written for Nautobot find what they import, and hear a sentence about the rest."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

IMPORTS = [
    "from nautobot.apps.jobs import Job, StringVar, register_jobs, ObjectVar, IPNetworkVar",
    "from nautobot.apps import jobs; jobs.Job, jobs.DryRunVar, jobs.register_jobs",
    "import nautobot.apps.jobs; nautobot.apps.jobs.Job",
    "from nautobot.extras.jobs import Job, BaseJob, get_task_logger, RunJobTaskFailed, is_job",
    "from nautobot.core.celery import register_jobs",
    "from nautobot.extras.choices import JobResultStatusChoices, LogLevelChoices",
    "from nautobot.apps.exceptions import AbortTransaction",
    "from celery.exceptions import SoftTimeLimitExceeded, Ignore, Reject",
    "from celery.utils.log import get_task_logger",
    "from celery import states; assert states.SUCCESS == 'SUCCESS'",
    "from billiard.einfo import ExceptionInfo",
    "from nautobot.apps.jobs import *; Job, register_jobs, StringVar",
]
REFUSED = {
    "from nautobot.dcim.models import Device": "nautobot.dcim needs Nautobot with its database",
    "from nautobot.apps.jobs import JobHookReceiver": "nautobot.apps.jobs.JobHookReceiver needs Na",
    "from nautobot.extras.models import Job": "nautobot.extras.models needs Nautobot with its",
    "import nautobot.apps.models": "nautobot.apps.models needs Nautobot with its database",
    "from celery import shared_task": "celery.shared_task is no part of jobnb, and celery is not",
}
PRELUDE = """
import sys
from jobnb.child.importing.lookalikes import Lookalikes
sys.meta_path.append(Lookalikes())
"""


def execute(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(text)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_every_name_that_job_files_import_is_there() -> None:
    done = execute("\n".join(IMPORTS))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", REFUSED)
def test_what_needs_nautobot_itself_is_refused_with_a_sentence(line: str) -> None:
    done = execute(line)

    error = done.stderr.splitlines()[-1]
    assert REFUSED[line] in error
    assert error.startswith(("ModuleNotFoundError", "ImportError"))


def test_the_statuses_are_the_objects_that_hooks_get() -> None:
    done = execute("""
        from jobnb.protocol import Status
        from nautobot.extras.choices import JobResultStatusChoices
        assert JobResultStatusChoices.STATUS_SUCCESS is Status.SUCCESS
        assert JobResultStatusChoices.STATUS_FAILURE == "FAILURE"
    """)

    assert done.returncode == 0, done.stderr


def test_a_real_package_goes_before_its_look_alike(tmp_path: Path) -> None:
    (tmp_path / "celery").mkdir()
    (tmp_path / "celery" / "__init__.py").write_text("shared_task = 'the real one'")

    done = execute("from celery import shared_task; print(shared_task)", PYTHONPATH=str(tmp_path))

    assert done.stdout == "the real one\n"


def test_nothing_of_it_is_loaded_before_it_is_wanted() -> None:
    done = execute("""
        before = set(sys.modules)
        import nautobot.apps.jobs
        print(sorted(set(sys.modules) - before))
    """)

    assert done.stdout == "['nautobot', 'nautobot.apps', 'nautobot.apps.jobs']\n"
