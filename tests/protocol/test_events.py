"""Events: they arrive as they were sent, or are refused."""

from __future__ import annotations

from itertools import chain

import pytest

from jobnb.protocol import (
    ConsoleEvent,
    FileEvent,
    FinishedEvent,
    Frame,
    FrameReader,
    HeardEvent,
    LeavingEvent,
    LogEvent,
    LogEvents,
    Step,
    StepEvent,
    WorkerLogEvent,
    pack_event,
    pack_run_event,
    parse_run_events,
)

EVENTS = [
    LogEvent(1.5, "INFO", "run", "Hello, \ud800 \x00 ☃", "object", "logger", 7),
    ConsoleEvent(1.5, "stderr", "text\n", 7),
    WorkerLogEvent(20, "to the worker"),
    FileEvent(1.5, "rejected.csv", 0),
    StepEvent(Step.RUNNING, ["hunter2"]),
    HeardEvent(1.5),
    LeavingEvent(0),
    FinishedEvent(1.5, "SUCCESS", None, "", "null"),
]


def _single(events):
    parts = [event.each() if isinstance(event, LogEvents) else [event] for event in events]
    return list(chain(*parts))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_sent(event):
    [(kind, payload)] = FrameReader().feed(pack_run_event(event))

    assert kind is Frame.EVENTS
    assert _single(parse_run_events(payload)) == [event]


def test_events_that_come_together_keep_their_order():
    events = [*EVENTS, *EVENTS, *EVENTS[:1] * 3]
    [(_, payload)] = FrameReader().feed(b"".join(map(pack_run_event, events)))

    assert _single(parse_run_events(payload)) == events


@pytest.mark.parametrize(
    "payload", [b'["unknown",1]\n', b'["log",1]\n', b"[]\n", b"3\n", b'{"a":1}\n', b"[\n"]
)
def test_an_event_of_another_protocol_is_refused(payload):
    with pytest.raises(ValueError, match=r".+"):
        list(parse_run_events(payload))


@pytest.mark.parametrize("scribbles", [b"xxx\n", b"\n", b"[1]\n"])
def test_what_a_job_said_before_it_scribbled_is_heard(scribbles):
    said = b"".join(map(pack_run_event, EVENTS))
    [(_, payload)] = FrameReader().feed(said + scribbles)
    events = parse_run_events(payload)
    heard = []

    with pytest.raises(ValueError, match="no event of protocol"):
        heard.extend(iter(lambda: next(events), None))
    assert _single(heard) == EVENTS


def test_an_event_is_a_line_of_ascii_json():
    assert pack_event({"a": "☃\n"}) == b'{"a":"\\u2603\\n"}\n'
