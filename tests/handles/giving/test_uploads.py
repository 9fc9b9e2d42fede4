from __future__ import annotations

import hashlib

import pytest

from jobnb.errors import UploadRefused
from jobnb.handles.giving.uploads import UploadWriter
from jobnb.protocol import PIECE, file_value

DATA = bytes(index % 251 for index in range(2 * PIECE + 7))
DIGEST = hashlib.sha256(DATA).hexdigest()
LIMIT = 10 * PIECE


def content_of(upload):
    return b"".join(upload.read_piece(start, PIECE) for start in range(0, upload.size, PIECE))


def test_what_is_written_piece_by_piece_becomes_a_whole_file():
    writer = UploadWriter("../devices.csv", LIMIT)
    counts = [writer.write(DATA[start : start + PIECE]) for start in range(0, len(DATA), PIECE)]
    with writer.finish() as upload:
        assert counts == [PIECE, 2 * PIECE, len(DATA)]
        assert upload.value == file_value("devices.csv", DIGEST, len(DATA))
        assert content_of(upload) == DATA


def test_a_writer_takes_no_more_than_its_limit():
    writer = UploadWriter("devices.csv", 10)
    writer.write(b"0123456789")

    with pytest.raises(UploadRefused, match="is larger than 10 bytes"):
        writer.write(b"0")
    writer.abort()
