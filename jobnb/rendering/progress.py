"""How far a run is, as text: beside its log, and in the last line of a terminal."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from typing import Final

from jobnb.rendering.text import clip, visible, width
from jobnb.store.watching import Bar

REDRAW: Final = 0.1
"""Seconds between two pictures in a terminal."""
REPEAT: Final = 10.0
"""Seconds between two lines where there is no terminal, in a file or a log of other programs."""
_CELLS: Final = 24
_ERASE: Final = "\r\x1b[K"


def bar_text(bar: Bar) -> str:
    """How far something is, as text: ``devices · 45 of 100 · 45 %``."""
    done = f"{bar.done:,g}"
    parts = [bar.text, done if bar.total is None else f"{done} of {bar.total:,g}"]
    if bar.share is not None:
        parts.append(f"{int(100 * bar.share)} %")
    return " · ".join(filter(None, parts))


class ProgressLine:
    """What is written to show how far a run is, between the lines of its log."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._is_terminal = is_terminal
        self._bars: tuple[Bar, ...] = ()
        self._next = 0.0
        self._is_drawn = False

    def erased(self) -> str:
        """What takes the line away, so that something else can be written."""
        if not self._is_drawn:
            return ""
        self._is_drawn = False
        self._bars = ()  # it must be drawn again
        self._next = 0.0
        return _ERASE

    def drawn(self, bars: Sequence[Bar]) -> str:
        """What draws it; empty if nothing has changed, or the last one is too young."""
        now = time.monotonic()
        if not bars or tuple(bars) == self._bars or now < self._next:
            return ""
        self._bars = tuple(bars)
        self._next = now + (REDRAW if self._is_terminal else REPEAT)
        if not self._is_terminal:
            return f"progress: {_all(bars)}\n"
        self._is_drawn = True
        return _ERASE + _fitting(f"{_picture(bars[0])} {_all(bars)}")


def _all(bars: Sequence[Bar]) -> str:
    return " > ".join(visible(bar_text(bar)) for bar in bars)


def _picture(bar: Bar) -> str:
    if bar.share is None:
        return "\N{MIDDLE DOT}" * _CELLS
    full = round(_CELLS * bar.share)
    return "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * full + "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * (
        _CELLS - full
    )


def _fitting(text: str) -> str:
    """As much as one line of the terminal holds: one that breaks cannot be taken away."""
    columns = shutil.get_terminal_size().columns - 1
    text = clip(text, columns)
    while width(text) > columns:
        text = text[:-1]
    return text
