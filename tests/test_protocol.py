from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.protocol import (
    PROTOCOL,
    ChildOrder,
    ConsoleEvent,
    FileEvent,
    FinishedEvent,
    Frame,
    FrameReader,
    HeardEvent,
    LogEvent,
    RunOrder,
    RunSpec,
    Step,
    StepEvent,
    WorkerLogEvent,
    level_name,
    pack_event,
    pack_frame,
    pack_run_event,
    parse_run_events,
    parse_size,
    size_of,
)

EVENTS = [
    LogEvent(1.5, "INFO", "run", "Hello, \ud800 \x00 ☃", "object", "logger", 7),
    ConsoleEvent(1.5, "stderr", "text\n", 7),
    WorkerLogEvent(20, "to the worker"),
    FileEvent(1.5, "rejected.csv", 0),
    StepEvent(Step.RUNNING, ["hunter2"]),
    HeardEvent(1.5),
    FinishedEvent(1.5, "SUCCESS", None, "", "null"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_sent(event):
    [(kind, payload)] = FrameReader().feed(pack_run_event(event))

    assert kind is Frame.EVENT
    assert parse_run_events([payload]) == [event]


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_frames_arrive_whole_however_the_pipe_splits_them(payloads, sizes):
    stream = b"".join(pack_frame(Frame.BYTES, payload) for payload in payloads)
    reader, found, position = FrameReader(), [], 0
    while position < len(stream):
        size = sizes[position % len(sizes)]
        found += reader.feed(stream[position : position + size])
        position += size

    assert [payload for _, payload in found] == payloads


def test_a_stream_that_is_not_made_of_frames_is_refused():
    with pytest.raises(ValueError, match="frame"):
        FrameReader().feed(b"\xff" * 16)


@pytest.mark.parametrize("garbage", [b"\xff" * 16, b"\x09\0\0\0\0"])
def test_what_came_before_a_broken_frame_arrives_first(garbage):
    reader = FrameReader()

    frames = reader.feed(pack_frame(Frame.BYTES, b"whole") + garbage)

    assert frames == [(Frame.BYTES, b"whole")]
    with pytest.raises(ValueError, match="frame"):
        reader.feed(b"")


@pytest.mark.parametrize("payload", [b'["unknown", 1]', b'["log", 1]', b"[]", b"3", b'{"a": 1}'])
def test_an_event_of_another_protocol_is_refused(payload):
    with pytest.raises(ValueError, match=r".+"):
        parse_run_events([payload])


def test_an_order_for_a_child_survives_with_its_run():
    spec = RunSpec(run_id="1", class_path="a.B", job_name="B", inputs={"who": "x"}, user="ada")
    order = ChildOrder(verb="run", folder="/tmp/f", root="/home/ada/jobs", run=spec)

    assert ChildOrder.from_json(order.to_json()) == order


def test_an_order_of_another_protocol_is_refused_with_both_numbers():
    order = RunOrder(run_id="1", attempt=1, database_uuid="u", database_url="sqlite://")
    raw = json.loads(order.to_json()) | {"protocol": PROTOCOL + 1, "unheard_of": True}

    with pytest.raises(ValueError, match=f"protocol {PROTOCOL} .* {PROTOCOL + 1}"):
        RunOrder.from_json(json.dumps(raw))


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "DEBUG"), (10, "DEBUG"), (24, "INFO"), (25, "SUCCESS"), (31, "WARNING"), (99, "CRITICAL")],
)
def test_a_level_number_maps_down_to_one_of_the_seven(number, name):
    assert level_name(number) == name


def test_an_event_frame_is_ascii_json():
    [(_, payload)] = FrameReader().feed(pack_event({"a": "☃"}))

    assert payload == b'{"a":"\\u2603"}'


@pytest.mark.parametrize(
    ("said", "size"),
    [(7, 7), ("7", 7), ("512 MiB", 512 * 1024**2), ("1.5GB", 1_500_000_000), ("2 kib", 2048)],
)
def test_a_size_is_bytes_or_a_text_with_a_unit(said, size):
    assert parse_size(said) == size


@pytest.mark.parametrize("said", [-1, True, 1.5, "much", "1 XB", "", None])
def test_what_is_no_size_is_refused(said):
    with pytest.raises(ValueError, match="512 MiB"):
        parse_size(said)


@pytest.mark.parametrize(
    ("size", "text"), [(1000, "1000 bytes"), (1536, "1.5 KiB"), (300 * 1024**2, "300 MiB")]
)
def test_a_size_is_written_as_a_limit_is(size, text):
    assert size_of(size) == text
