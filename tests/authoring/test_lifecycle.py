"""A run from inside: the order of the author's code, and every way in which it can end."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from typing import Any, NoReturn

import pytest

from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.job import Job
from jobnb.authoring.lifecycle import _exit_code
from jobnb.authoring.variables import IntegerVar, StringVar
from jobnb.errors import RunCancelled, SoftTimeLimitExceeded
from jobnb.protocol import LogEvent, Reason, Status


class Recorded(Job):
    """Notes which of its methods are called, and with what; may break in any of them."""

    calls: list[tuple[str, tuple[Any, ...]]]
    breaks: dict[str, BaseException]
    fails: tuple[str, ...]

    def _note(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, arguments))
        if name in self.fails:
            self.fail("%s is not content", name)
        if name in self.breaks:
            raise self.breaks[name]

    def before_start(self, *arguments: Any) -> str:
        self._note("before_start", *arguments)
        return "early"

    def run(self, **inputs: Any) -> str:
        self._note("run", inputs)
        return "value"

    def on_success(self, *arguments: Any) -> None:
        self._note("on_success", *arguments)

    def on_failure(self, *arguments: Any) -> None:
        self._note("on_failure", *arguments)

    def after_return(self, *arguments: Any) -> None:
        self._note("after_return", *arguments)


def recorded(*, fails: tuple[str, ...] = (), **breaks: BaseException) -> type[Recorded]:
    """A job that calls ``fail()`` in some of its methods, and raises in others."""
    attributes = {"calls": [], "fails": fails, "breaks": breaks, "__module__": __name__}
    return type("Recording", (Recorded,), attributes)


def names(job_class: type[Recorded]) -> list[str]:
    return [name for name, _ in job_class.calls]


def working(work: Any, **attributes: Any) -> type[Job]:
    return type("Working", (Job,), {"run": work, "__module__": __name__, **attributes})


def raising(error: BaseException) -> type[Job]:
    def work(_job: Job) -> NoReturn:
        raise error

    return working(work)


class TestSuccess:
    def test_the_hooks_come_in_nautobots_order_with_its_arguments(self, run_job: Any) -> None:
        job_class = recorded()

        outcome = run_job(job_class, {"x": 1}, run_id="r-1")

        task = ("r-1", (), {"x": 1})
        assert job_class.calls == [
            ("before_start", task),
            ("run", ({},)),
            ("on_success", ("value", *task)),
            ("after_return", ("SUCCESS", "value", *task, None)),
        ]
        assert outcome.finished.status == Status.SUCCESS

    def test_the_log_begins_and_ends_with_nautobots_lines(self, run_job: Any) -> None:
        outcome = run_job(recorded(), job_name="The job")

        assert outcome.lines == [
            ("INFO", "initialization", "Running job"),
            ("SUCCESS", "post_run", "Job completed"),
        ]
        first = next(event for event in outcome.events if isinstance(event, LogEvent))
        assert (first.object, first.source) == ("The job", __name__)
        assert first.thread == threading.get_ident()

    def test_the_end_says_nothing_but_the_value(self, run_job: Any) -> None:
        end = run_job(recorded()).finished

        assert (end.reason, end.detail, end.value) == (None, "", '"value"')
        assert (end.value_problem, end.exc_type, end.traceback) == (None, None, None)

    def test_run_gets_live_values_and_hooks_the_stored_ones(self, run_job: Any) -> None:
        class Doubled(IntegerVar):
            def restore(self, stored: Any) -> Any:
                return stored * 2

        job_class = recorded()
        job_class.count = Doubled()  # type: ignore[attr-defined]
        job_class.who = StringVar(default="x")  # type: ignore[attr-defined]

        run_job(job_class, {"count": 2})

        assert job_class.calls[0][1][2] == {"count": 2}
        assert job_class.calls[1] == ("run", ({"count": 4, "who": "x"},))

    def test_what_before_start_changes_in_the_inputs_arrives_in_run(self, run_job: Any) -> None:
        def before_start(_job: Job, _task_id: str, _args: Any, kwargs: dict[str, Any]) -> None:
            kwargs["who"] = "y"

        job_class = working(lambda job, who: who, who=StringVar(), before_start=before_start)

        inputs = {"who": "x"}
        outcome = run_job(job_class, inputs)

        assert outcome.finished.value == '"y"'
        assert inputs == {"who": "x"}

    def test_nothing_returned_is_a_value_too(self, run_job: Any) -> None:
        assert run_job(working(lambda job: None)).finished.value == "null"


class TestFail:
    def test_run_goes_on_and_the_value_is_kept(self, run_job: Any) -> None:
        job_class = recorded(fails=("run",))

        end = run_job(job_class).finished

        assert names(job_class) == ["before_start", "run", "on_failure", "after_return"]
        assert (end.status, end.reason) == (Status.FAILURE, Reason.FAIL_CALLED)
        assert (end.detail, end.value) == ("run is not content", '"value"')
        assert (end.exc_type, end.traceback) == (None, None)

    def test_the_hooks_get_the_value_and_no_exception(self, run_job: Any) -> None:
        job_class = recorded(fails=("run",))

        run_job(job_class, run_id="r-1")

        task = ("r-1", (), {})
        assert job_class.calls[2:] == [
            ("on_failure", ("value", *task, None)),
            ("after_return", ("FAILURE", "value", *task, None)),
        ]

    def test_it_is_logged_in_the_grouping_of_the_caller_and_nothing_is_completed(
        self, run_job: Any
    ) -> None:
        def check_disks(job: Job) -> None:
            job.fail("disk %d is full", 3)

        outcome = run_job(working(check_disks))

        assert outcome.lines[1:] == [("FAILURE", "check_disks", "disk 3 is full")]

    def test_a_grouping_and_an_object_can_be_given(self, run_job: Any) -> None:
        def work(job: Job) -> None:
            job.fail("full", extra={"grouping": "disks", "object": "sda"})

        lines = [event for event in run_job(working(work)).events if isinstance(event, LogEvent)]

        assert (lines[1].grouping, lines[1].object) == ("disks", "sda")

    def test_the_first_one_is_the_reason(self, run_job: Any) -> None:
        def work(job: Job) -> None:
            job.fail("first")
            job.fail("second")

        assert run_job(working(work)).finished.detail == "first"

    def test_in_before_start_it_skips_run_and_that_value_is_the_result(self, run_job: Any) -> None:
        job_class = recorded(fails=("before_start",))

        end = run_job(job_class).finished

        assert names(job_class) == ["before_start", "on_failure", "after_return"]
        assert (end.status, end.value) == (Status.FAILURE, '"early"')

    def test_in_on_success_it_still_makes_the_run_fail(self, run_job: Any) -> None:
        job_class = recorded(fails=("on_success",))

        end = run_job(job_class).finished

        assert names(job_class)[-2:] == ["on_success", "after_return"]
        assert job_class.calls[-1][1][0] == "FAILURE"
        assert end.status == Status.FAILURE

    def test_in_after_return_it_still_makes_the_run_fail(self, run_job: Any) -> None:
        outcome = run_job(recorded(fails=("after_return",)))

        assert outcome.finished.status == Status.FAILURE
        assert "Job completed" not in outcome.messages


class TestException:
    @pytest.mark.parametrize(
        ("place", "calls"),
        [
            ("before_start", ["before_start", "on_failure", "after_return"]),
            ("run", ["before_start", "run", "on_failure", "after_return"]),
            ("on_success", ["before_start", "run", "on_success", "on_failure", "after_return"]),
        ],
    )
    def test_wherever_it_comes_from_the_hooks_for_it_follow(
        self, run_job: Any, place: str, calls: list[str]
    ) -> None:
        error = ValueError("bad")
        job_class = recorded(**{place: error})

        end = run_job(job_class, run_id="r-1").finished

        assert names(job_class) == calls
        (_, failure), (_, after) = job_class.calls[-2:]
        assert failure[:-1] == (error, "r-1", (), {})
        assert after[:-1] == ("FAILURE", error, "r-1", (), {})
        assert isinstance(after[-1], ExceptionInfo)
        assert (end.status, end.reason) == (Status.FAILURE, Reason.EXCEPTION)
        assert (end.exc_type, end.exc_message) == ("ValueError", "bad")

    def test_in_after_return_it_leads_to_a_second_after_return(self, run_job: Any) -> None:
        job_class = recorded(after_return=ValueError("bad"))

        end = run_job(job_class).finished

        assert names(job_class)[2:] == ["on_success", "after_return", "on_failure", "after_return"]
        assert end.status == Status.FAILURE

    def test_in_on_failure_it_replaces_the_first_one_but_names_it(self, run_job: Any) -> None:
        job_class = recorded(run=KeyError("first"), on_failure=ValueError("second"))

        end = run_job(job_class).finished

        assert names(job_class) == ["before_start", "run", "on_failure"]
        assert end.detail == "ValueError: second"
        assert "KeyError: 'first'" in end.traceback
        assert "During handling of the above exception" in end.traceback

    def test_while_a_job_is_made_it_calls_no_hook(self, run_job: Any) -> None:
        def init(_job: Job) -> NoReturn:
            raise ValueError("not made")

        outcome = run_job(working(lambda job: None, __init__=init))

        assert outcome.finished.detail == "ValueError: not made"
        assert outcome.lines == []

    def test_its_traceback_begins_in_the_authors_code(self, run_job: Any) -> None:
        end = run_job(raising(ValueError("bad"))).finished

        first, frame, *_, last = end.traceback.splitlines()
        assert first == "Traceback (most recent call last):"
        assert __file__ in frame
        assert last == "ValueError: bad"
        assert "authoring/lifecycle.py" not in end.traceback.replace(__file__, "")

    def test_it_is_no_log_line(self, run_job: Any) -> None:
        outcome = run_job(raising(ValueError("bad")))

        assert outcome.messages == ["Running job"]

    @pytest.mark.parametrize(
        ("error", "detail"),
        [
            (RecursionError("too deep"), "RecursionError: too deep"),
            (MemoryError(), "MemoryError"),
            (KeyboardInterrupt(), "KeyboardInterrupt"),
            (ExceptionGroup("both", [ValueError("a")]), "ExceptionGroup: both (1 sub-exception)"),
            (json.JSONDecodeError("bad", "x", 0), "json.decoder.JSONDecodeError: bad: line 1"),
            (ValueError("two\nlines"), "ValueError: two lines"),
            (ValueError("x" * 1_000_000), "ValueError: xxx"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_odd_ones_end_properly(self, run_job: Any, error: BaseException, detail: str) -> None:
        end = run_job(raising(error)).finished

        assert (end.status, end.reason) == (Status.FAILURE, Reason.EXCEPTION)
        assert end.detail.startswith(detail)
        assert len(end.detail) < 1000

    def test_an_endless_recursion_ends_properly(self, run_job: Any) -> None:
        def work(job: Job) -> None:
            job.run()

        assert run_job(working(work)).finished.exc_type == "RecursionError"

    @pytest.mark.parametrize(
        ("code", "detail"),
        [
            (3, "The job called sys.exit(3)."),
            (0, "The job called sys.exit(0)."),
            (None, "The job called sys.exit()."),
            ("enough\nof this", "The job called sys.exit('enough\\nof this')."),
        ],
    )
    def test_sys_exit_is_a_failure_with_its_own_reason(
        self, run_job: Any, code: Any, detail: str
    ) -> None:
        end = run_job(working(lambda job: sys.exit(code))).finished

        assert (end.status, end.reason) == (Status.FAILURE, Reason.SYSTEM_EXIT)
        assert end.detail == detail

    def test_sys_exit_calls_the_hooks_for_a_failure(self, run_job: Any) -> None:
        job_class = recorded(run=SystemExit(3))

        run_job(job_class)

        assert names(job_class)[-2:] == ["on_failure", "after_return"]

    def test_inputs_that_cannot_be_restored_are_one(self, run_job: Any) -> None:
        job_class = recorded()
        job_class.count = IntegerVar()  # type: ignore[attr-defined]

        outcome = run_job(job_class, {"count": None})

        assert ("ERROR", "__call__", "Error deserializing kwargs") in outcome.lines
        assert names(job_class) == ["before_start", "on_failure", "after_return"]
        assert outcome.finished.exc_type == "jobnb.errors.InvalidInput"
        assert "count: This field is required." in outcome.finished.detail


class TestCancel:
    def test_it_is_no_failure_and_only_after_return_is_called(self, run_job: Any) -> None:
        error = RunCancelled("Cancelled by ada.")
        job_class = recorded(run=error)

        end = run_job(job_class, run_id="r-1").finished

        assert names(job_class) == ["before_start", "run", "after_return"]
        assert job_class.calls[-1][1][:2] == ("REVOKED", error)
        assert (end.status, end.reason) == (Status.REVOKED, Reason.CANCELLED)
        assert (end.detail, end.value, end.traceback) == ("Cancelled by ada.", None, None)

    def test_finally_runs_and_except_exception_does_not_stop_it(self, run_job: Any) -> None:
        done = []

        def cancel() -> NoReturn:
            raise RunCancelled("now")

        def work(_job: Job) -> None:
            try:
                cancel()
            except Exception:  # noqa: BLE001
                done.append("caught")
            finally:
                done.append("cleaned up")

        end = run_job(working(work)).finished

        assert done == ["cleaned up"]
        assert end.status == Status.REVOKED

    def test_in_a_task_group_it_is_found_inside_of_the_group(self, run_job: Any) -> None:
        async def cancelled() -> NoReturn:
            raise RunCancelled("now")

        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(cancelled())

        end = run_job(working(lambda job: asyncio.run(main()))).finished

        assert (end.status, end.detail) == (Status.REVOKED, "now")

    def test_an_error_in_after_return_is_logged_and_changes_nothing(self, run_job: Any) -> None:
        job_class = recorded(run=RunCancelled("now"), after_return=ValueError("bad"))

        outcome = run_job(job_class)

        assert outcome.finished.status == Status.REVOKED
        level, grouping, message = outcome.lines[-1]
        assert (level, grouping) == ("ERROR", "post_run")
        assert message.startswith("after_return() failed\nTraceback")

    def test_while_a_failure_is_handled_it_wins(self, run_job: Any) -> None:
        job_class = recorded(run=ValueError("bad"), on_failure=RunCancelled("now"))

        assert run_job(job_class).finished.status == Status.REVOKED


class TestRetry:
    class Retried(Recorded):
        def on_retry(self, *arguments: Any) -> None:
            self._note("on_retry", *arguments)

    def retried(self, **breaks: Any) -> type[Recorded]:
        base = recorded(**breaks)
        return type("Retrying", (base, self.Retried), {"on_retry": self.Retried.on_retry})

    def test_another_attempt_is_announced_in_place_of_the_failure(self, run_job: Any) -> None:
        error = ValueError("x")
        job_class = self.retried(run=error)

        outcome = run_job(job_class, {"x": 1}, is_retried=True)

        assert names(job_class) == ["before_start", "run", "on_retry"]
        exc, *task, info = job_class.calls[-1][1]
        assert (exc, task) == (error, ["run-1", (), {"x": 1}])
        assert isinstance(info, ExceptionInfo)
        assert outcome.finished.status == Status.FAILURE

    def test_the_same_after_fail(self, run_job: Any) -> None:
        job_class = self.retried(fails=("run",))
        run_job(job_class, is_retried=True)

        assert names(job_class) == ["before_start", "run", "on_retry"]

    def test_a_success_is_not_affected(self, run_job: Any) -> None:
        job_class = self.retried()
        run_job(job_class, is_retried=True)

        assert names(job_class) == ["before_start", "run", "on_success", "after_return"]

    def test_a_job_knows_how_many_attempts_came_before(self, run_job: Any) -> None:
        outcome = run_job(working(lambda job: job.request.retries), attempt=3)

        assert outcome.finished.value == "2"


@pytest.mark.parametrize(
    "error",
    [SoftTimeLimitExceeded("Late."), ExceptionGroup("x", [SoftTimeLimitExceeded("Late.")])],
)
def test_a_job_that_does_not_catch_the_soft_limit_fails_with_that_reason(
    run_job: Any, error: Exception
) -> None:
    end = run_job(raising(error)).finished

    assert (end.status, end.reason) == (Status.FAILURE, Reason.SOFT_TIME_LIMIT)
    assert end.detail == "Late."


class TestFork:
    """What ``run()`` has forked and comes back from it ends there; see tests/cluster/test_forks."""

    @pytest.mark.parametrize(
        ("error", "code", "said"),
        [
            (SystemExit(), 0, ""),
            (SystemExit(3), 3, ""),
            (SystemExit("no disk"), 1, "no disk\n"),
            (ValueError("bad"), 1, "ValueError: bad\n"),
        ],
    )
    def test_it_ends_as_python_itself_would(self, error, code, said, capsys) -> None:
        assert _exit_code(error) == code
        assert capsys.readouterr().err.endswith(said)

    @pytest.mark.parametrize(("error", "code"), [(None, 0), (KeyError("x"), 1)])
    def test_it_never_reaches_the_hooks(self, run_job, monkeypatch, error, code) -> None:
        def fork_and_return(_job: Job) -> None:
            monkeypatch.setattr("os.getpid", lambda: 0)
            if error is not None:
                raise error

        def leave(code: int) -> None:
            monkeypatch.undo()
            raise Left(code)

        monkeypatch.setattr("os._exit", leave)
        outcome = run_job(working(fork_and_return))

        assert outcome.finished.exc_type.endswith("Left")
        assert outcome.finished.exc_message == str(code)


class Left(BaseException):
    """Stands for the end of a process."""
