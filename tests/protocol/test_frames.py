"""Frames: whole, however a pipe splits them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.protocol import (
    Frame,
    FrameReader,
    pack_event,
    pack_piece,
    parse_events,
)

JSON = st.text(max_size=30) | st.none() | st.integers()


def _values(frames):
    """What came, in order: bytes of pieces, and JSON values."""
    for kind, payload in frames:
        yield from [payload] if kind is Frame.BYTES else parse_events(payload)[0]


@given(
    st.lists(st.binary(max_size=300) | st.lists(JSON, max_size=3), max_size=8),
    st.lists(st.integers(1, 50), min_size=1),
)
def test_frames_arrive_whole_however_the_pipe_splits_them(values, sizes):
    packed = [pack_piece(v) if isinstance(v, bytes) else pack_event(v) for v in values]
    stream, reader, found, position = b"".join(packed), FrameReader(), [], 0
    while position < len(stream):
        size = sizes[position % len(sizes)]
        found += reader.feed(stream[position : position + size])
        position += size

    assert list(_values(found)) == values


def test_lines_that_come_together_are_one_frame():
    [(kind, payload)] = FrameReader().feed(pack_event(["a"]) + pack_event({"b": "\n"}))

    assert kind is Frame.EVENTS
    assert parse_events(payload) == ([["a"], {"b": "\n"}], b"")


@pytest.mark.parametrize("fault", [b"xxx", b'{"a":1}x', b"", b"{", b"\xff"])
def test_what_came_before_the_scribbles_of_somebody_else_is_whole(fault):
    stream = pack_event(["a"]) + pack_event(["b"]) + fault + b"\n" + pack_event(["c"])
    [(_, payload)] = FrameReader().feed(stream)

    assert parse_events(payload) == ([["a"], ["b"]], fault + b"\n")


def test_a_long_line_is_searched_for_its_end_once():
    reader = FrameReader()
    searched = []

    class Buffer(bytearray):
        def rfind(self, sub, start=0):
            searched.append(len(self) - start)
            return super().rfind(sub, start)

    reader._buffer = Buffer()
    line = pack_event(["x" * 1000])
    for start in range(0, len(line), 100):
        frames = reader.feed(line[start : start + 100])

    assert sum(searched) == len(line)
    assert len(frames) == 1


@pytest.mark.parametrize("garbage", [b"\xff" * 16, b"text", b"\0\xff\xff\xff\xff"])
def test_a_stream_that_is_not_made_of_frames_is_refused(garbage):
    with pytest.raises(ValueError, match="frame"):
        FrameReader().feed(garbage)


@pytest.mark.parametrize("garbage", [b"\xff" * 16, b"\x09\0\0\0\0"])
def test_what_came_before_a_broken_frame_arrives_first(garbage):
    reader = FrameReader()

    frames = reader.feed(pack_piece(b"whole") + garbage)

    assert frames == [(Frame.BYTES, b"whole")]
    with pytest.raises(ValueError, match="frame"):
        reader.feed(b"")
