"""Frames: what goes over a pipe, cut into pieces with a kind and a length."""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from typing import Any, Final

_HEADER: Final = struct.Struct(">BI")
MAX_FRAME: Final = 1 << 30
"""Bytes. A longer frame can only be a broken stream."""
PIECE: Final = 256 * 1024
"""Bytes of a file that travel, and are stored, as one piece."""


class Frame(IntEnum):
    """What the payload of a frame is."""

    EVENT = 1
    """A JSON value."""
    BYTES = 2
    """A piece of the file that the last ``file`` event announced."""


_KINDS: Final = frozenset(Frame)


def pack_frame(kind: Frame, payload: bytes) -> bytes:
    """One frame as it goes over the pipe: kind, length, payload."""
    return _HEADER.pack(kind, len(payload)) + payload


def pack_event(event: Any) -> bytes:
    """One JSON value as a frame. Lone surrogates survive, since the text is ASCII."""
    return pack_frame(Frame.EVENT, json.dumps(event, separators=(",", ":")).encode("ascii"))


class FrameReader:
    """Cuts a byte stream into frames, however the pipe has split it."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Frame, bytes]]:
        """The frames that are complete with ``data``.

        Raises:
            ValueError: From here on the stream is not made of frames.
        """
        self._buffer += data
        frames: list[tuple[Frame, bytes]] = []
        view, position = memoryview(self._buffer), 0
        try:
            while position + _HEADER.size <= len(view):
                kind, length = _HEADER.unpack_from(view, position)
                if length > MAX_FRAME or kind not in _KINDS:
                    if frames:
                        break  # what came before is whole; the next call refuses
                    raise ValueError(f"kind {kind}, {length} bytes: this is no frame stream")
                end = position + _HEADER.size + length
                if end > len(view):
                    break
                frames.append((Frame(kind), bytes(view[position + _HEADER.size : end])))
                position = end
        finally:
            view.release()
        del self._buffer[:position]
        return frames
