from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
import warnings
from datetime import date
from pathlib import Path

import pytest

from jobnb import jobs
from jobnb.errors import DeclarationError, InvalidInput, JobnbError, ValueNotKept
from jobnb.protocol import EntryKind, Reason, Status
from jobnb.testing import assert_logged, run_job, try_job
from tests.processes import SECONDS


class Greet(jobs.Job):
    who = jobs.StringVar(default="world")
    how = jobs.StringVar(default="well")

    def run(self, *, who, how):
        self.logger.info("Hello, %s!", who)
        print("printed")
        if how == "raise":
            raise ValueError("broken")
        if how == "fail":
            self.fail("not good enough")
        if how == "object":
            return object()
        self.create_file("greeting.txt", who)
        return {"who": who}


class Untidy(jobs.Job):
    def run(self):
        os.chdir("/")
        sys.stdout = sys.stderr
        logging.basicConfig(force=True, level=logging.DEBUG)
        warnings.showwarning = None


class Shadows(jobs.Job):
    who = jobs.StringVar()

    def run(self):
        pass


def test_a_run_gives_status_value_log_and_files():
    done = run_job(Greet, who="Ada")

    assert (done.status, done.value, done.reason) == (Status.SUCCESS, {"who": "Ada"}, None)
    assert done.inputs == {"who": "Ada", "how": "well"}
    assert done.files == {"greeting.txt": b"Ada"}
    assert done.messages()[:3] == ["Running job", "Hello, Ada!", "printed"]
    assert [entry.number for entry in done.log] == [1, 2, 3, 4, 5]


def test_the_exception_of_the_author_comes_out_with_the_authors_frame():
    with pytest.raises(ValueError, match="broken") as caught:
        run_job(Greet, how="raise")

    innermost = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert innermost.filename == __file__
    assert innermost.line == 'raise ValueError("broken")'


def test_a_job_that_is_meant_to_fail_is_looked_at():
    done = try_job(Greet, how="raise")

    assert (done.status, done.reason) == (Status.FAILURE, Reason.EXCEPTION)
    assert str(done.exception) == "broken"
    assert done.log[-1].kind is EntryKind.TRACEBACK
    assert done.log[-1].message == done.traceback


def test_fail_is_no_exception():
    done = run_job(Greet, how="fail")

    assert (done.status, done.detail) == (Status.FAILURE, "not good enough")


def test_a_value_that_is_no_json_is_told_as_in_a_real_run():
    with pytest.raises(ValueNotKept, match="object"):
        run_job(Greet, how="object").value  # noqa: B018 - to read it is the point


def test_inputs_are_checked_as_everywhere():
    with pytest.raises(InvalidInput, match="whom"):
        run_job(Greet, whom="x")


def test_a_class_that_does_not_fit_together_is_refused():
    with pytest.raises(DeclarationError, match="no argument 'who'"):
        run_job(Shadows, who="x")


def test_everything_is_as_before_afterwards():
    before = (sys.stdout, sys.stderr, Path.cwd(), warnings.showwarning)
    root = logging.getLogger()
    level, handlers = root.level, {*root.handlers}
    run_job(Untidy)

    assert (sys.stdout, sys.stderr, Path.cwd(), warnings.showwarning) == before
    assert (root.level, {*root.handlers}) == (level, handlers)


def test_it_works_in_a_folder_of_its_own_that_goes_away():
    class Writes(jobs.Job):
        def run(self):
            Path("here.txt").write_text("x")
            return str(Path.cwd())

    assert not Path(run_job(Writes).value).exists()


def test_what_other_threads_print_is_not_of_the_run(capsys):
    begin, said = threading.Event(), threading.Event()

    def stranger():
        begin.wait(SECONDS)
        print("stranger")
        said.set()

    class Waits(jobs.Job):
        def run(self):
            begin.set()
            said.wait(SECONDS)
            helper = threading.Thread(target=print, args=("helper",))
            helper.start()
            helper.join()

    thread = threading.Thread(target=stranger)
    thread.start()
    done = run_job(Waits)
    thread.join()

    assert done.messages() == ["Running job", "helper", "Job completed"]
    assert capsys.readouterr().out == "stranger\nhelper\n"


def test_an_entry_is_found_by_text_level_and_grouping():
    done = run_job(Greet, who="Ada")

    assert assert_logged(done, "Ada", level="INFO", grouping="run").number == 2
    assert assert_logged(done, "print").kind is EntryKind.CONSOLE


@pytest.mark.parametrize("wrong", [{"level": "ERROR"}, {"grouping": "other"}])
def test_an_entry_that_is_missing_is_told_with_the_log(wrong):
    with pytest.raises(AssertionError, match="Hello, Ada!"):
        assert_logged(run_job(Greet, who="Ada"), "Hello", **wrong)


class Takes(jobs.Job):
    upload = jobs.FileVar(required=False)
    password = jobs.SecretVar(required=False)
    since = jobs.DateVar(required=False)

    def run(self, *, upload, password, since):
        content = None if upload is None else upload.read().decode()
        return [content, password, None if since is None else since.year]


def test_files_references_and_live_values_arrive_as_in_a_real_run(tmp_path, monkeypatch):
    (tmp_path / "devices.csv").write_text("a,b")
    monkeypatch.setenv("TOKEN", "hunter2")
    done = run_job(
        Takes,
        upload=tmp_path / "devices.csv",
        password="env:TOKEN",
        since=date(2026, 11, 24),
    )

    assert done.value == ["a,b", "hunter2", 2026]
    assert run_job(Takes, upload=b"").value[0] == ""


def test_a_file_or_a_value_that_cannot_be_had_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(InvalidInput) as refused:
        run_job(Takes, upload=tmp_path / "none", since=object())

    assert list(refused.value.problems) == ["upload", "since"]


def test_a_reference_that_leads_nowhere_is_said():
    with pytest.raises(JobnbError, match="has no environment variable 'NOWHERE'"):
        run_job(Takes, password="env:NOWHERE")
