"""What a job record sets acts wherever the value in the code would."""

from __future__ import annotations

import pytest

from jobnb.errors import JobNotFound, JobNotInstalled, RunRefused
from jobnb.handles.records.known import KnownJobs
from jobnb.protocol import Reason, Status

pytestmark = pytest.mark.cluster

JOB = """
import time
from jobnb import jobs

class Sync(jobs.Job):
    '''Brings both sides together.'''

    class Meta:
        name = "Sync devices"
        task_queues = ("default",)

    who = jobs.StringVar(default="world")
    where = jobs.StringVar(default="here")
    dryrun = jobs.DryRunVar()
    seconds = jobs.IntegerVar(default=0)

    def run(self, *, who, where, dryrun, seconds):
        self.logger.info("the key-%s", 1234)
        time.sleep(seconds)
        return [who, dryrun]

jobs.register_jobs(Sync)
"""


@pytest.fixture
def sync(project, bench):
    project.write("sync.py", JOB)
    return bench


def test_a_run_has_the_name_the_limits_and_the_defaults_of_the_record(sync):
    sync.edit("Sync devices", {"name": "Synchronise", "grouping": "Mine", "dryrun_default": True})
    sync.edit("Synchronise", {"has_sensitive_variables": True, "time_limit": "0.3"})
    job = sync.get_job("Synchronise")
    result = job.options(check=False).run(seconds=60)
    record = result.record

    assert (record.job_name, record.grouping) == ("Synchronise", "Mine")
    assert (record.status, record.reason) == (Status.FAILURE, Reason.TIME_LIMIT)
    assert set(record.withheld) >= {"who", "dryrun", "seconds"}
    assert job.description.variable("dryrun").default is True


def test_a_run_by_name_is_looked_for_once_and_the_next_one_anew(sync, monkeypatch):
    look, looks = KnownJobs.find_to_run, []
    monkeypatch.setattr(
        KnownJobs, "find_to_run", lambda known, job: looks.append(job) or look(known, job)
    )
    handle = sync.get_job("Sync devices", at_once=True)
    assert handle.run().record.job_name == "Sync devices"
    assert looks == ["Sync devices"]

    sync.edit("Sync devices", {"name": "Synchronise"})
    assert handle.run().record.job_name == "Synchronise"
    assert len(looks) == 2


def test_a_reset_lets_the_code_speak_again(sync):
    sync.edit("Sync devices", {"dryrun_default": True, "name": "Synchronise"})
    dry = sync.get_job("Synchronise").run().value
    sync.edit("Synchronise", {"dryrun_default": None, "name": None})

    assert dry == ["world", True]
    assert sync.get_job("Sync devices").run().value == ["world", False]
    with pytest.raises(JobNotFound):
        sync.get_job("Synchronise")


def test_queues_and_locks_are_those_of_the_record(sync):
    sync.edit("Sync devices", {"task_queues": "gpu, default", "is_singleton": True})
    choices = {item.name: item.choices for item in sync.get_job("Sync devices").choosable}

    assert choices["queue"] == ("gpu", "default")
    assert "ignore_singleton_lock" in choices
    assert sync.queues() == ["gpu"]
    first = sync.get_job("Sync devices").options(queue="default").submit(seconds=60)
    with pytest.raises(RunRefused, match="is a singleton and already running"):
        sync.get_job("Sync devices").options(queue="default").submit()
    first.cancel().wait()


def test_a_record_adds_to_what_is_hidden_and_tells_runs_apart(sync):
    sync.edit("Sync devices", {"sanitizer_patterns": r"key-\d+ -> {replacement}"})
    sync.edit("Sync devices", {"concurrency_key": "who", "when_busy": "refuse"})
    job = sync.get_job("Sync devices")
    first = job.submit(who="ada", seconds=60)
    job.run(who="bob")
    with pytest.raises(RunRefused, match="already running"):
        job.submit(who="ada")
    first.cancel().wait()

    assert "the (redacted)" in str(job.run(who="ada").log)


def test_a_record_says_whether_runs_are_forked(sync):
    sync.edit("Sync devices", {"fork": False})
    cold = sync.get_job("Sync devices").run()
    sync.edit("Sync devices", {"fork": None})
    forked = sync.get_job("Sync devices").run()

    assert "Not forked from a template: Meta.fork is False." in str(cold.log)
    assert "Not forked" not in str(forked.log)


def test_the_form_has_the_order_and_the_headings_of_the_record(sync):
    sync.edit("Sync devices", {"field_order": "seconds, who"})
    sync.edit("Sync devices", {"fieldsets": "Which: who, where"})
    job = sync.get_job("Sync devices").description

    assert [item.name for item in job.variables] == ["seconds", "who", "where", "dryrun"]
    assert job.fieldsets == (("Which", ("who", "where")),)


def test_an_edited_job_runs_before_the_others_are_described_as_its_record_says(
    project, sync, monkeypatch, tmp_path
):
    monkeypatch.setattr("jobnb.catalogs.describing.ahead.PAUSE", 600.0)
    imported = tmp_path / "imported"
    project.write("other.py", JOB.replace("Sync devices", "Other"))
    sync.edit("Sync devices", {"name": "Synchronise", "dryrun_default": True})
    project.write("sync.py", JOB.replace("return [who", "return [where"))
    project.write("other.py", f"open({str(imported)!r}, 'w')\n{JOB}")
    result = sync.get_job("Synchronise").run()
    record, text = result.record, result.source.text

    assert result.value == ["here", True]
    assert (record.job_name, "return [where" in text) == ("Synchronise", True)
    assert not imported.exists()


def test_what_one_workbench_sets_another_sees_at_once(project, sync):
    sync.catalog()
    with project.open(user="bob") as other:
        other.edit("Sync devices", {"hidden": True})

        assert sync.catalog()["Sync devices"].meta["hidden"] is True
        assert "Sync devices" not in sync.catalog_table()["text/plain"]
        assert "Sync devices" in sync.catalog_table(everything=True)["text/plain"]


def test_a_job_whose_code_is_gone_stays_with_its_history_and_comes_back(project, sync):
    result = sync.get_job("Sync devices").run()
    path = project.root / "jobs" / "sync.py"
    text = path.read_text()
    path.write_text("from jobnb import jobs\nclass Sync(jobs.Job:\n")

    with pytest.raises(JobNotInstalled, match=r"is not installed here: sync\.py: line 2"):
        sync.get_job("Sync devices")
    with pytest.raises(JobNotInstalled):
        result.rerun()
    assert [found.id for found in sync.results(job="Sync devices")] == [result.id]
    sync.enable("Sync devices", enabled=False)
    path.write_text(text)
    with pytest.raises(RunRefused, match="not enabled"):
        sync.get_job("Sync devices").run()


def test_two_jobs_folders_on_one_database_leave_each_others_jobs_installed(project, sync, tmp_path):
    sync.catalog()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "his.py").write_text(JOB.replace("Sync devices", "His"))
    with project.open(user="bob", jobs_root=tmp_path / "other") as other:
        other.catalog()

        assert "not installed" not in other.catalog_table(everything=True)["text/plain"]
        assert "not installed" not in sync.catalog_table(everything=True)["text/plain"]
        with pytest.raises(JobNotInstalled, match="other people's folders have it"):
            sync.get_job("His")
