from __future__ import annotations

import os

import pytest

from jobnb.child import pipe
from jobnb.child.pipe import FrameWriter
from jobnb.protocol import Frame, FrameReader, pack_frame


def test_a_handler_that_raises_while_the_pipe_is_looked_at_loses_neither_error_nor_frame(
    monkeypatch,
):
    ours, theirs = os.pipe()
    writer = FrameWriter(theirs)

    def expired(*_arguments):
        raise TimeoutError("this step took too long")  # which is an OSError

    with monkeypatch.context() as patched:
        patched.setattr(pipe.fcntl, "fcntl", expired)
        patched.setattr(pipe.os, "fstat", expired)
        with pytest.raises(TimeoutError, match="this step"):
            writer.write(pack_frame(Frame.EVENT, b"first"))
    writer.write(pack_frame(Frame.EVENT, b"second"))
    os.close(theirs)
    frames = [payload for _, payload in FrameReader().feed(os.read(ours, 1000))]
    os.close(ours)

    assert frames == [b"first", b"second"]
