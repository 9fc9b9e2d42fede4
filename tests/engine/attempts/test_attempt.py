"""The pump of an attempt whose child only a test has seen: its pipes are real."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest

from jobnb.engine.attempts import attempt as attempt_module
from jobnb.engine.attempts.attempt import Attempt
from jobnb.engine.attempts.guard import Guard
from jobnb.engine.attempts.startup import Startup
from jobnb.engine.recording import spool
from jobnb.engine.recording.recorder import Recorder
from jobnb.protocol import (
    FinishedEvent,
    LeavingEvent,
    Limits,
    LogEvent,
    Status,
    Step,
    pack_run_event,
)

LONG = 20.0
"""Seconds of a rest that a test would not survive."""
WORDS = (
    LogEvent(0.0, "INFO", "run", "Hello."),
    FinishedEvent(created=0.0, status="SUCCESS", reason=None, detail="", value="1"),
    LeavingEvent(0),
)


@pytest.fixture
def gone_child():
    """One that has said everything and left before anybody heard a word of it."""
    pipes = [os.pipe() for _ in range(4)]
    for event in WORDS:
        os.write(pipes[0][1], pack_run_event(event))
    for _, end in pipes:
        os.close(end)
    frames, output, errors, notice = (pipe for pipe, _ in pipes)
    yield SimpleNamespace(
        frames=frames,
        output=output,
        errors=errors,
        exit_notice=notice,
        bury=lambda: None,
        close=lambda: None,
        has_exited=lambda: True,
    )
    for pipe, _ in pipes:
        os.close(pipe)


@pytest.fixture
def attempt(gone_child, results, make_presence, make_run, make_claim):
    worker = make_presence().process
    recorder = Recorder(results, make_claim(make_run(worker), worker), lambda: None, patience=1.0)
    return Attempt(
        gone_child,
        recorder,
        guard=Guard(Limits(), gone_child, recorder, grace=1.0),
        startup=Startup(dict.fromkeys(Step, LONG)),
        exit_grace=1.0,
        worker_log=lambda level, text: None,
    )


def test_nobody_rests_when_all_is_said(attempt, monkeypatch):
    monkeypatch.setattr(attempt_module, "REST", LONG)
    monkeypatch.setattr(spool, "NEXT_FLUSH", LONG)
    began = time.monotonic()
    end = attempt.pump(lambda: None)

    assert end.status is Status.SUCCESS
    assert time.monotonic() - began < LONG / 2
