"""Garbage: when Python does not look for any, as what is made is there to stay, or gone at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def swiftly() -> Iterator[None]:
    """Around large imports: Python does not look for garbage meanwhile.

    All that an import makes is there to stay, and to look through it again and again takes a tenth
    of its time (measured). Any thread may do so; where somebody has settings of his own for the
    collection of garbage, nothing is changed.
    """
    if not gc.isenabled() or gc.get_freeze_count():
        yield
        return
    with in_one_go():
        try:
            yield
        finally:
            # Both together make everything old, so that the very next look does not go through it.
            gc.freeze()
            gc.unfreeze()


@contextmanager
def in_one_go() -> Iterator[None]:
    """Around what makes thousands of objects in a moment: Python looks for garbage afterwards.

    To look through all that there is, time and again, takes a sixth of a flood of log lines
    (measured). Any thread may do so; where it is turned off, it stays so.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
