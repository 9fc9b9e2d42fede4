from __future__ import annotations

from types import SimpleNamespace

from jobnb.authoring import job as own
from jobnb.authoring import nautobot
from jobnb.authoring.meta import read_meta
from jobnb.authoring.registration import declaration_warnings, register_jobs
from jobnb.authoring.variables import StringVar
from jobnb.protocol import READY_STATES, Status


class Backup(nautobot.Job):
    soft_time_limit = 30

    class Meta:
        name = "Back Up"
        description = "Saves everything.\nAnd more."
        time_limit = "soon"
        of_tomorrow = True

    path = StringVar()

    def run(self, path: str) -> str:
        return path


def test_a_class_that_follows_nautobot_goes_without_the_options_that_do_not_fit() -> None:
    meta = read_meta(Backup)

    assert (meta.name, meta.soft_time_limit, meta.time_limit) == ("Back Up", 30, 0)
    assert meta.has_sensitive_variables


def test_a_job_knows_itself_by_nautobots_names() -> None:
    assert Backup.registered_name == Backup.class_path_dotted == Backup.class_path
    assert Backup.description_first_line == "Saves everything."
    assert Backup.file_path == __file__
    assert Backup().celery_kwargs == {}


def test_the_record_of_a_job_has_its_name() -> None:
    job = Backup()
    job.request = SimpleNamespace(job_result=SimpleNamespace(name="Back Up"))

    assert str(job.job_model) == "Back Up"
    assert job.job_model.class_path == Backup.class_path


def test_jobs_and_variables_are_told_from_other_things() -> None:
    told = [nautobot.is_job(item) for item in (Backup, nautobot.Job, own.Job, Backup(), None)]

    assert told == [True, False, False, False, False]
    assert nautobot.is_variable(Backup.path)
    assert not nautobot.is_variable(StringVar)


def test_registered_jobs_are_found_by_their_class_path() -> None:
    register_jobs(Backup)

    assert nautobot.get_job(Backup.class_path) is nautobot.get_jobs()[Backup.class_path] is Backup
    assert nautobot.get_job("no.such.Job") is None


def test_a_declaration_that_does_not_fit_is_registered_with_a_warning() -> None:
    register_jobs(Backup)

    assert "of_tomorrow" in declaration_warnings()[Backup.class_path]


def test_the_statuses_are_those_of_results() -> None:
    choices = nautobot.JobResultStatusChoices

    assert choices.STATUS_SUCCESS is Status.SUCCESS
    assert choices.READY_STATES is READY_STATES
    assert {"SUCCESS", "FAILURE", "PENDING"} < set(choices.values())
