"""How long a session lives."""

from __future__ import annotations

import pytest

from jobnb.objects.scope import borrowed_session, session_scope


class Session:
    """Counts how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Stubborn(Session):
    def close(self) -> None:
        super().close()
        raise ConnectionError("the server is gone")


def test_a_scope_has_one_session_of_each_factory() -> None:
    with session_scope():
        with borrowed_session(Session) as first:
            pass
        with borrowed_session(Session) as second, borrowed_session(Stubborn) as other:
            assert first is second is not other
        assert first.closed == 0
    assert (first.closed, other.closed) == (1, 1)


def test_a_scope_closes_its_sessions_after_an_exception() -> None:
    with pytest.raises(KeyError), session_scope(), borrowed_session(Session) as session:
        raise KeyError

    assert session.closed == 1


def test_an_inner_scope_is_a_scope_of_its_own() -> None:
    with session_scope(), borrowed_session(Session) as outer:
        with session_scope(), borrowed_session(Session) as inner:
            assert inner is not outer
        assert (inner.closed, outer.closed) == (1, 0)


def test_outside_of_a_scope_a_session_is_closed_at_once() -> None:
    with borrowed_session(Session) as session:
        assert session.closed == 0

    assert session.closed == 1
