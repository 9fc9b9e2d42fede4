"""Whether a Dask scheduler is still there, asked from outside and without hanging."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

TIMEOUT: Final = 0.3
"""Seconds that a connection may take; a scheduler that takes longer is not called gone."""
NAME_TIMEOUT: Final = 2.0
"""Seconds that it may take to say its name."""
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
    """Whether nobody answers at its address, or another one; False if that cannot be told."""
    now = time.monotonic()
    when, answer = _answers.get(scheduler_id, (-FRESH, False))
    if now - when >= FRESH:
        address, _, name = scheduler_id.partition(" ")
        answer = _refuses(address) or _name_at(address) not in (name, None)
        _answers[scheduler_id] = (time.monotonic(), answer)
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


def _name_at(address: str) -> str | None:
    """The id of the scheduler that answers there; None if it does not let us in, or is busy."""
    from distributed.core import rpc
    from distributed.security import Security

    arguments = Security().get_connection_args("client")

    async def ask() -> str | None:
        async with rpc(address, connection_args=arguments) as scheduler:
            identity = await asyncio.wait_for(scheduler.identity(n_workers=0), NAME_TIMEOUT)
            return str(identity["id"])

    # In a thread of its own: the one of a notebook has an event loop that runs already.
    with ThreadPoolExecutor(1, "jobnb-ask") as thread:
        try:
            return thread.submit(asyncio.run, ask()).result()
        except Exception:  # noqa: BLE001 - whoever listens there may answer anything
            return None
