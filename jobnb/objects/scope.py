"""How long sessions live: as long as one question, or one run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol, TypeVar

_log = logging.getLogger(__name__)


class _Closeable(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=_Closeable)

_opened: Final[ContextVar[dict[Callable[[], Any], Any] | None]] = ContextVar(
    "_opened", default=None
)


@contextmanager
def session_scope() -> Iterator[None]:
    """Inside of it each factory gives one session only, which is closed at its end.

    Closing a session rolls back what nobody has committed.
    """
    sessions: dict[Callable[[], Any], Any] = {}
    token = _opened.set(sessions)
    try:
        yield
    finally:
        _opened.reset(token)
        for session in sessions.values():
            _close(session)


@contextmanager
def borrowed_session(factory: Callable[[], T]) -> Iterator[T]:
    """The session of the scope; outside of any, a new one that is closed at once."""
    sessions = _opened.get()
    if sessions is None:
        session = factory()
        try:
            yield session
        finally:
            _close(session)
        return
    if factory not in sessions:
        sessions[factory] = factory()
    yield sessions[factory]


def _close(session: Any) -> None:
    try:
        session.close()
    except Exception as error:  # noqa: BLE001 - the connection may be long gone, as may its server
        _log.debug("A session of objects was not closed: %s", error)
