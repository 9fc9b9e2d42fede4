"""Log records of any logger and thread become events."""

from __future__ import annotations

import _thread
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from jobnb.authoring import joblog
from jobnb.authoring.joblog import (
    JobLogger,
    JobLogHandler,
    captured_logging,
    get_task_logger,
    readable_message,
    safe_text,
)
from jobnb.errors import SoftTimeLimitExceeded
from jobnb.protocol import LogEvent, RunEvent, WorkerLogEvent
from tests.processes import eventually

JOB = "a_job_module"


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


@pytest.fixture(params=["nobody else listens", "others listen"])
def events(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Everything that is logged during the test; pytest listens as well, if it may."""
    seen: list[RunEvent] = []
    root, is_alone = logging.getLogger(), request.param == "nobody else listens"
    if is_alone:
        monkeypatch.setattr(root, "handlers", [])
    with captured_logging(seen.append, [JOB]):
        if is_alone:  # pytest comes with its handlers once more, for the test itself
            monkeypatch.setattr(root, "addHandler", lambda _handler: None)
        yield seen


@pytest.fixture
def logger() -> JobLogger:
    return get_task_logger(JOB)


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("debug", "DEBUG"),
        ("info", "INFO"),
        ("success", "SUCCESS"),
        ("warning", "WARNING"),
        ("failure", "FAILURE"),
        ("error", "ERROR"),
        ("critical", "CRITICAL"),
    ],
)
def test_each_of_the_seven_levels_arrives_from_the_calling_function(
    events: list[Any], logger: JobLogger, method: str, level: str
) -> None:
    getattr(logger, method)("Hello, %s!", "x")

    (event,) = events
    assert (event.level, event.message, event.source) == (level, "Hello, x!", JOB)
    assert event.grouping == "test_each_of_the_seven_levels_arrives_from_the_calling_function"
    assert event.object is None
    assert event.thread == threading.get_ident()


@pytest.mark.parametrize(
    ("number", "level"),
    [(15, "DEBUG"), (22, "INFO"), (28, "SUCCESS"), (36, "FAILURE"), (99, "CRITICAL")],
)
def test_a_level_of_ones_own_counts_as_the_next_lower_one(
    events: list[Any], logger: JobLogger, number: int, level: str
) -> None:
    logger.log(number, "x")

    assert events[0].level == level


def test_the_new_levels_have_names() -> None:
    assert (logging.getLevelName(25), logging.getLevelName(35)) == ("SUCCESS", "FAILURE")


def test_a_grouping_and_an_object_can_be_given(events: list[Any], logger: JobLogger) -> None:
    logger.success("x", extra={"grouping": "setup", "object": 7})

    assert (events[0].grouping, events[0].object) == ("setup", "7")


def test_an_object_whose_str_fails_costs_nothing_but_its_text(
    events: list[Any], logger: JobLogger
) -> None:
    logger.info("x", extra={"object": Unprintable()})

    assert events[0].message == "x"
    assert events[0].object == "<Unprintable: its str() failed>"


def test_a_record_without_a_function_belongs_to_main(events: list[Any]) -> None:
    logging.getLogger(JOB).handle(logging.makeLogRecord({"levelno": 5, "msg": "x"}))

    assert (events[0].grouping, events[0].level) == ("main", "DEBUG")


def test_skip_db_logging_sends_the_line_to_the_worker_only(
    events: list[Any], logger: JobLogger
) -> None:
    logger.info("secret %s", 1, extra={"skip_db_logging": True})

    assert events == [WorkerLogEvent(20, "secret 1")]


def test_an_exception_is_logged_with_its_traceback(events: list[Any], logger: JobLogger) -> None:
    try:
        {}["gone"]
    except KeyError:
        logger.exception("It broke")

    first, second, *_, last = events[0].message.splitlines()
    assert (first, second) == ("It broke", "Traceback (most recent call last):")
    assert last == "KeyError: 'gone'"
    assert events[0].level == "ERROR"


def test_exception_outside_of_an_except_block_is_a_plain_line(
    events: list[Any], logger: JobLogger
) -> None:
    logger.exception("It broke")  # noqa: LOG004

    assert events[0].message == "It broke"


def test_a_stack_that_was_asked_for_follows_the_message(
    events: list[Any], logger: JobLogger
) -> None:
    logger.info("Here", stack_info=True)

    assert events[0].message.startswith("Here\nStack (most recent call last):")


@pytest.mark.parametrize(
    ("message", "args", "text"),
    [
        ("%d items", ("x",), "%d items ('x',) (arguments do not fit the text)"),
        ("nothing", (1,), "nothing (1,) (arguments do not fit the text)"),
        ("%s and %s", (1,), "%s and %s (1,) (arguments do not fit the text)"),
        (
            "%s",
            (Unprintable(),),
            "%s <tuple: its repr() failed> (arguments do not fit the text)",
        ),
    ],
)
def test_arguments_that_do_not_fit_lose_no_line(
    message: str, args: tuple[Any, ...], text: str
) -> None:
    seen: list[Any] = []
    record = logging.LogRecord(JOB, 20, "", 0, message, args, None)

    # Not through a logger: the handlers of pytest raise where arguments do not fit.
    JobLogHandler(seen.append).handle(record)

    assert [event.message for event in seen] == [text]


def test_a_message_is_rendered_as_logging_does() -> None:
    assert readable_message("%(a)s", ({"a": 1},)) == "1"
    assert readable_message("100%", ()) == "100%"
    assert safe_text(Unprintable()) == "<Unprintable: its str() failed>"


def test_other_loggers_pass_from_info_on_and_those_of_the_job_from_debug_on(
    events: list[Any],
) -> None:
    for name in (JOB, f"{JOB}.part", "a_library"):
        logging.getLogger(name).debug("quiet")
        logging.getLogger(name).info("loud")

    assert [(event.source, event.message) for event in events] == [
        (JOB, "quiet"),
        (JOB, "loud"),
        (f"{JOB}.part", "quiet"),
        (f"{JOB}.part", "loud"),
        ("a_library", "loud"),
    ]


def test_every_thread_is_heard(events: list[Any], logger: JobLogger) -> None:
    threads = [threading.Thread(target=logger.info, args=("from %s", n)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(event.message for event in events) == [f"from {n}" for n in range(10)]
    assert threading.get_ident() not in {event.thread for event in events}


def test_a_warning_of_python_is_a_line(events: list[Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", stacklevel=1)

    (event,) = events
    assert (event.level, event.grouping, event.source) == ("WARNING", "warnings", "py.warnings")
    assert "UserWarning: old" in event.message
    assert not event.message.endswith("\n")


def test_everything_is_as_before_afterwards() -> None:
    root, job = logging.getLogger(), logging.getLogger(JOB)
    before = (root.level, list(root.handlers), job.level, warnings.showwarning)

    with captured_logging(lambda _event: None, [JOB]):
        during = (root.level, job.level)

    assert during == (logging.INFO, logging.DEBUG)
    assert (root.level, list(root.handlers), job.level, warnings.showwarning) == before


def test_a_failing_receiver_does_not_reach_the_job(
    logger: JobLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", StringIO())

    def broken(_event: RunEvent) -> None:
        raise OSError("the pipe broke")

    with captured_logging(broken, [JOB]):
        logger.info("x")

    assert "the pipe broke" in sys.stderr.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RecursionError, SoftTimeLimitExceeded])
def test_what_is_meant_for_the_job_itself_reaches_it(
    logger: JobLogger, error: type[BaseException]
) -> None:
    def interrupted(_event: RunEvent) -> None:
        raise error

    with captured_logging(interrupted, [JOB]), pytest.raises(error):
        logger.info("x")


def test_a_job_that_is_late_hears_of_it_also_while_its_arguments_become_text() -> None:
    class Slow:
        def __str__(self) -> str:
            raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        readable_message("%s", (Slow(),))


def test_a_forked_process_writes_its_lines_to_stderr(
    logger: JobLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", StringIO())

    with captured_logging(lambda _event: False, [JOB]):
        logger.success("from afar")

    assert sys.stderr.getvalue() == "SUCCESS from afar\n"  # type: ignore[attr-defined]


def test_a_logger_that_exists_already_learns_the_new_levels(events: list[Any]) -> None:
    plain = logging.getLogger("a_library.early")

    get_task_logger("a_library.early").success("x")

    assert logging.getLogger("a_library.early") is plain
    assert isinstance(events[0], LogEvent)


def test_a_job_that_disables_its_loggers_is_heard_all_the_same(
    events: list[Any], logger: JobLogger
) -> None:
    logger.disabled = True
    try:
        logger.info("still there")
        logger.debug("below the level of the logger")
    finally:
        logger.disabled = False

    assert [event.message for event in events][:1] == ["still there"]


def test_a_filter_of_the_job_is_obeyed(events: list[Any], logger: JobLogger) -> None:
    def without_noise(record: logging.LogRecord) -> bool:
        return "noise" not in record.getMessage()

    logger.addFilter(without_noise)
    try:
        logger.info("noise")
        logger.info("signal")
    finally:
        logger.removeFilter(without_noise)

    assert [event.message for event in events] == ["signal"]


@pytest.fixture(params=["handler", "patched class", "patched logger", "factory"])
def records(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The records that somebody sees who has found a way to them."""
    seen: list[logging.LogRecord] = []
    call, factory = logging.Logger.callHandlers, logging.getLogRecordFactory()

    def see(self: logging.Logger, record: logging.LogRecord) -> None:
        seen.append(record)
        call(self, record)

    def make(*args: Any, **more: Any) -> logging.LogRecord:
        seen.append(factory(*args, **more))
        return seen[-1]

    if request.param == "handler":
        handler = logging.Handler()
        monkeypatch.setattr(handler, "emit", seen.append)
        logger = logging.getLogger(JOB)
        monkeypatch.setattr(logger, "handlers", [handler])
    elif request.param == "patched class":
        monkeypatch.setattr(logging.Logger, "callHandlers", see)
    elif request.param == "patched logger":
        logger = get_task_logger(JOB)
        monkeypatch.setattr(logger, "callHandlers", see.__get__(logger), raising=False)
    else:
        monkeypatch.setattr(logging, "_logRecordFactory", make)
    return seen


def test_whoever_wants_to_see_the_records_sees_them(
    events: list[Any], logger: JobLogger, records: list[Any]
) -> None:
    logger.info("Hello, %s!", "x")

    assert [record.getMessage() for record in records] == ["Hello, x!"]
    assert [event.message for event in events] == ["Hello, x!"]


def test_a_wrapper_of_ones_own_names_its_caller(events: list[Any], logger: JobLogger) -> None:
    def say(text: str) -> None:
        logger.info(text, stacklevel=2)

    say("x")

    assert events[0].grouping == "test_a_wrapper_of_ones_own_names_its_caller"


def test_a_call_that_nobody_has_made_is_grouped_as_logging_does(
    events: list[Any], logger: JobLogger
) -> None:
    _thread.start_new_thread(logger.info, ("from nowhere",))
    eventually(lambda: events)

    assert events[0].grouping == "info"


def test_names_in_a_message_are_filled_in(events: list[Any], logger: JobLogger) -> None:
    logger.info("%(count)d of %(kind)s", {"count": 3, "kind": "hosts"})

    assert events[0].message == "3 of hosts"


def test_a_logger_that_passes_nothing_on_is_heard_once(
    events: list[Any], logger: JobLogger
) -> None:
    logger.propagate = False
    try:
        logger.info("kept to itself")
    finally:
        logger.propagate = True

    assert [event.message for event in events] == ["kept to itself"]


def test_a_logger_without_any_capture_logs_as_usual(
    logger: JobLogger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.warning("in a plain test of the author")

    assert caplog.messages == ["in a plain test of the author"]


alone = pytest.mark.parametrize("events", ["nobody else listens"], indirect=True)
"""Where pytest listens as well, its handlers raise what is logged wrong."""


@alone
@pytest.mark.parametrize(
    ("msg", "args", "text"),
    [
        (Path("a"), (), "a"),
        ("%d", ("x",), "%d ('x',) (arguments do not fit the text)"),
        (Unprintable(), (), "<Unprintable: its str() failed> () (arguments do not fit the text)"),
    ],
)
def test_a_call_that_is_no_plain_text_is_a_line(
    events: list[Any], logger: JobLogger, msg: object, args: tuple[Any, ...], text: str
) -> None:
    logger.info(msg, *args)

    assert [event.message for event in events] == [text]


class Late:
    """One in whose text the time of the job is over."""

    def __str__(self) -> str:
        raise SoftTimeLimitExceeded

    __repr__ = __str__


@alone
@pytest.mark.parametrize(
    ("msg", "args", "labels"),
    [("%s", (Late(),), {}), ("%d", (Late(),), {}), ("x", (), {"object": Late()})],
)
def test_the_end_of_the_time_is_lost_in_no_text(
    events: list[Any],
    logger: JobLogger,
    msg: str,
    args: tuple[Any, ...],
    labels: dict[str, Any],
) -> None:
    with pytest.raises(SoftTimeLimitExceeded):
        logger.info(msg, *args, extra=labels)


@alone
def test_a_call_that_cannot_be_sent_is_said_on_stderr(
    events: list[Any],
    logger: JobLogger,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_event: RunEvent) -> None:
        raise ValueError("no pipe")

    monkeypatch.setattr(joblog._captures[-1], "_send", refuse)
    logger.info("Hello, %s!", "x")

    assert "no pipe" in capsys.readouterr().err


@alone
def test_a_logger_that_passes_nothing_on_is_heard_all_the_same(
    events: list[Any], logger: JobLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger, "propagate", False)
    logger.info("x", stack_info=True)

    assert [event.message.partition("\n")[0] for event in events] == ["x"]
