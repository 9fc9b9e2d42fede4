from __future__ import annotations

import signal

import pytest

from jobnb.handles.results.interrupts import Interrupts


def test_the_first_interrupt_is_counted_and_the_second_one_raises():
    with Interrupts() as interrupts:
        assert not interrupts.is_pending()
        signal.raise_signal(signal.SIGINT)
        assert interrupts.is_pending()
        interrupts.is_handled = True
        assert not interrupts.is_pending()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_an_interrupt_raises_as_ever():
    with Interrupts():
        pass

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_handler_of_somebody_else_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

    assert heard == [1]
    assert not interrupts.is_pending()
