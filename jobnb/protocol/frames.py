"""Frames: what goes over a pipe, cut into pieces with a kind and a length."""

from __future__ import annotations

import json
import json.encoder
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

_HEADER: Final = struct.Struct(">BI")
MAX_FRAME: Final = 1 << 30
"""Bytes. A longer frame can only be a broken stream."""
PIECE: Final = 256 * 1024
"""Bytes of a file that travel, and are stored, as one piece."""


def _make_encoder() -> Callable[[Any], str]:
    """What ``json.dumps`` uses, made once and not for each value: twice as fast (measured)."""
    plain = json.JSONEncoder(separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without its C parts
        return plain.encode
    encode = json.encoder.encode_basestring_ascii
    pieces = make(None, plain.default, encode, None, ":", ",", False, False, True)  # noqa: FBT003
    return lambda value: "".join(pieces(value, 0))


_to_json: Final = _make_encoder()


class Frame(IntEnum):
    """What the payload of a frame is."""

    EVENT = 1
    """A JSON value."""
    BYTES = 2
    """A piece of the file that the last ``file`` event announced."""


_EVENT: Final = Frame.EVENT.value
_KINDS: Final = {kind.value: kind for kind in Frame}


def pack_frame(kind: Frame, payload: bytes) -> bytes:
    """One frame as it goes over the pipe: kind, length, payload."""
    return _HEADER.pack(kind, len(payload)) + payload


def pack_event(event: Any) -> bytes:
    """One JSON value as a frame. Lone surrogates survive, since the text is ASCII."""
    return pack_text(_to_json(event))


def pack_text(json_text: str) -> bytes:
    """The same for a value that is JSON text already, in ASCII."""
    return _HEADER.pack(_EVENT, len(json_text)) + json_text.encode("ascii")


class FrameReader:
    """Cuts a byte stream into frames, however the pipe has split it."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Frame, bytes]]:
        """The frames that are complete with ``data``.

        Raises:
            ValueError: From here on the stream is not made of frames.
        """
        buffer = self._buffer
        buffer += data
        frames: list[tuple[Frame, bytes]] = []
        begin, last = _HEADER.size, len(buffer)
        while begin <= last:
            number, length = _HEADER.unpack_from(buffer, begin - _HEADER.size)
            kind = _KINDS.get(number)
            if length > MAX_FRAME or kind is None:
                if frames:
                    break  # what came before is whole; the next call refuses
                raise ValueError(f"kind {number}, {length} bytes: this is no frame stream")
            end = begin + length
            if end > last:
                break
            frames.append((kind, bytes(buffer[begin:end])))
            begin = end + _HEADER.size
        del buffer[: begin - _HEADER.size]
        return frames
