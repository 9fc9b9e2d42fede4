"""Ctrl-C, and the stop button of a notebook, while a run is watched: counted, not thrown."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """Within a ``with`` block the first interrupt is only counted; the second one raises.

    Thrown into the middle of a write or a query, a KeyboardInterrupt leaves lines shown twice or
    not at all. So the one who watches asks ``is_pending()`` between two steps. Outside of the main
    thread, and where somebody else handles interrupts, nothing is changed.
    """

    def __init__(self) -> None:
        self._count = 0
        self._is_ours = False
        self.is_handled = False

    def is_pending(self) -> bool:
        """Whether there was one that nobody has handled."""
        return self._count > 0 and not self.is_handled

    def __enter__(self) -> Self:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._is_ours = True
            signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt
