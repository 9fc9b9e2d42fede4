"""Whether a Dask scheduler is still there, asked from outside and without hanging."""

from __future__ import annotations

import socket
import time
from typing import Final
from urllib.parse import urlsplit

TIMEOUT: Final = 0.3
"""Seconds that a connection may take; a scheduler that takes longer is not called gone."""
FRESH: Final = 10.0
"""Seconds that an answer is good for, so that many runs of one scheduler ask once."""

_answers: dict[str, tuple[float, bool]] = {}


def is_in_process(scheduler_id: str) -> bool:
    """Whether the scheduler lives, and dies, with the process that has made it."""
    return scheduler_id.startswith("inproc:")


def address_of(scheduler_id: str) -> str:
    """The address that begins a scheduler id (``address id``)."""
    return scheduler_id.partition(" ")[0]


def is_scheduler_gone(scheduler_id: str) -> bool:
    """Whether nothing listens at its address any more; False if that cannot be told."""
    address = address_of(scheduler_id)
    now = time.monotonic()
    when, answer = _answers.get(address, (-FRESH, False))
    if now - when >= FRESH:
        answer = _refuses(address)
        _answers[address] = (time.monotonic(), answer)
    return answer


def _refuses(address: str) -> bool:
    parts = urlsplit(address)
    if parts.hostname is None or parts.port is None:
        return False
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
