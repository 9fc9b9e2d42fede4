"""Frames: whole, however a pipe splits them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.protocol import (
    Frame,
    FrameReader,
    pack_frame,
)


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
