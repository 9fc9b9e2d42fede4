"""Attention: what a check is busy with, told before it begins; one that never ends cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_tell: ContextVar[Callable[[str], None] | None] = ContextVar("_tell", default=None)


@contextmanager
def attention(tell: Callable[[str], None]) -> Iterator[None]:
    """Within the block ``tell`` is given what is begun, each time that it is something else.

    Args:
        tell: Takes words that can begin a sentence about it.
    """
    last = ""

    def tell_news(what: str) -> None:
        nonlocal last
        if what != last:
            last = what
            tell(what)

    token = _tell.set(tell_news)
    try:
        yield
    finally:
        _tell.reset(token)


def busy_with_input(name: str) -> None:
    """Says that the code of an input runs from now on: its check, its choices, its objects."""
    _busy_with(f"the code of input {name!r}")


def busy_with_job() -> None:
    """Says that the job's own ``clean()`` runs from now on."""
    _busy_with("its clean()")


def _busy_with(what: str) -> None:
    tell = _tell.get()
    if tell is not None:
        tell(what)
