"""The event loops on which Dask works for us: what it says of their end is not for the user.

Dask's clients and clusters leave waits and heartbeats behind when they close, and log what becomes
of them with tracebacks. By then every run has been ended and recorded, with its reason.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from functools import cache
from typing import Any, Final

from distributed import Client

_TALKERS: Final = ("distributed", "tornado")
"""The packages whose loggers are listened to."""
_log = logging.getLogger(__name__)
_clients: Final[weakref.WeakKeyDictionary[Any, weakref.ref[Client]]] = weakref.WeakKeyDictionary()
"""The client that each loop of ours was made for, or that was made for it."""


def keep_quiet(client: Client) -> None:
    """Keeps what Dask says of the end of a client out of the user's terminal.

    That is what it logs on the client's loop while there is no connection to the scheduler, which
    jobnb tells in its own words, and what has failed on that loop when it had ended, where nobody
    can ask for it any more. Both go to the logger of this module, as DEBUG. Anything else is said
    as ever.

    Args:
        client: Connected, and ours, with a loop of its own or that of a cluster of ours.
    """
    _listen()
    loop = client.loop.asyncio_loop  # type: ignore[union-attr]
    _clients[loop] = weakref.ref(client)
    loop.set_exception_handler(_hear)


def _hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Takes what asyncio complains of.

    A wait with a deadline of Dask's message queues may run out in the very last turn of the loop,
    and then nobody has looked at its ``TimeoutError``.
    """
    error = context.get("exception")
    is_moot = error is None or isinstance(error, (TimeoutError, OSError))
    if loop.is_closed() and is_moot:
        _log.debug("On a loop of Dask that has ended: %s", context["message"], exc_info=error)
    else:
        loop.default_exception_handler(context)


@cache
def _listen() -> None:
    """A logger's filter does not hear its children: each one gets it. Dask has made all by now."""
    for name in tuple(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _TALKERS:
            logging.getLogger(name).addFilter(_is_for_user)


def _is_for_user(record: logging.LogRecord) -> bool:
    """Whether a record goes on to Dask's handlers; called on the thread that has logged it."""
    try:
        client = _clients.get(asyncio.get_running_loop())
    except RuntimeError:
        return True
    if client is None:
        return True
    alive = client()
    if alive is not None and alive.status == "running":
        return True
    _log.debug("Dask, while it ends: %s", record.getMessage(), exc_info=record.exc_info)
    return False
