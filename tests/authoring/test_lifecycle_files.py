"""What a run gets of the files and secrets among its inputs."""

from __future__ import annotations

from jobnb.authoring.job import Job
from jobnb.authoring.variables import FileVar, SecretVar
from jobnb.protocol import Reason, Status, file_value

VALUE = file_value("devices.csv", "ab" * 32, 3)


class Import(Job):
    upload = FileVar(required=False)
    password = SecretVar(min_length=4, required=False)
    seen = None

    def before_start(self, task_id, args, kwargs):
        Import.seen = dict(kwargs)
        if kwargs["upload"] == "drop":
            kwargs["upload"] = None

    def run(self, *, upload, password):
        Import.file = upload
        return [upload and upload.name, upload and upload.read().decode(), password]


def test_run_gets_its_file_open_and_hooks_what_stands_for_it(run_job, tmp_path):
    (tmp_path / "0").write_bytes(b"a,b")
    inputs = {"upload": VALUE, "password": ""}
    outcome = run_job(Import, inputs, files={"upload": str(tmp_path / "0")})

    assert outcome.finished.value == '["devices.csv","a,b",""]'
    assert Import.seen["upload"] == VALUE
    assert Import.file.closed


def test_a_file_that_a_hook_has_taken_away_is_not_opened(run_job):
    inputs = {"upload": "drop", "password": ""}
    outcome = run_job(Import, inputs, files={"upload": "/no/such/file"})

    assert outcome.finished.value == '[null,null,""]'


def test_a_file_that_is_gone_ends_the_run(run_job):
    inputs = {"upload": VALUE, "password": ""}
    outcome = run_job(Import, inputs, files={"upload": "/no/such/file"})

    assert outcome.finished.status == Status.FAILURE
    assert outcome.finished.exc_type == "FileNotFoundError"


def test_what_a_reference_led_to_is_checked_first(run_job):
    inputs = {"upload": None, "password": "abc"}
    outcome = run_job(Import, inputs, resolved=("password",))

    assert outcome.finished.reason == Reason.EXCEPTION
    assert "password: Ensure this value has at least 4 characters." in outcome.finished.exc_message


def test_what_a_reference_led_to_may_look_like_another_one(run_job):
    inputs = {"upload": None, "password": "env:HOME"}
    outcome = run_job(Import, inputs, resolved=("password",))

    assert outcome.finished.value == '[null,null,"env:HOME"]'
