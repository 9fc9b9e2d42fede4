"""Progress: how far a job is, told at most ten times a second however often the job says it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from jobnb.protocol import ProgressEvent

PAUSE: Final = 0.1
"""Seconds between two events."""
MOST_BARS: Final = 5
"""Bars within each other that are shown."""
LONGEST_TEXT: Final = 200
"""Characters beside a bar."""

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Bar:
    done: Any
    total: Any
    text: Any
    is_tracked: bool
    """Whether ``track()`` moves it, and not ``set()``."""
    parent: _Bar | None = None


class Progress:
    """How far one run is. Any thread of the job may move it."""

    def __init__(self, emit: Callable[[ProgressEvent], object]) -> None:
        """Tells nothing, and has no thread, until the job says something.

        Args:
            emit: Takes the events, on a thread of its own.
        """
        self._emit = emit
        self._bars: list[_Bar] = []
        self._lock = threading.Lock()
        self._teller: _Teller | None = None
        self._is_over = False

    def set(self, done: float, total: float | None, text: str) -> None:
        """Moves the innermost bar that no ``track()`` moves, or begins one.

        Raises:
            TypeError: That are no numbers.
        """
        _check_numbers(done, total)
        bars = self._bars
        if bars and not (last := bars[-1]).is_tracked:
            last.done, last.total, last.text = done, total, text
        else:
            with self._lock:
                parent = bars[-1] if bars else None
                bars.append(_Bar(done, total, text, is_tracked=False, parent=parent))
        self._tell()

    def track(self, items: Iterable[T], total: float | None, text: str) -> Iterator[T]:
        """The items, and a bar that moves with them; what moves meanwhile is inside of it."""
        if total is None:
            total = _length(items)
        _check_numbers(0, total)
        bar = self._begin(total, text)
        for count, item in enumerate(items, 1):
            yield item
            bar.done = count
            if self._bars[-1] is not bar:
                self._drop_inside(bar)
            self._tell()
        self._finish(bar)

    def close(self) -> None:
        """Tells the last state; nothing more is told after this."""
        with self._lock:
            self._is_over = True
            teller = self._teller
        if teller is not None:
            teller.close()

    def _begin(self, total: float | None, text: str) -> _Bar:
        with self._lock:
            if self._bars and _is_full(self._bars[0]):
                self._bars.clear()  # one after the other, and not one within the other
            parent = self._bars[-1] if self._bars else None
            bar = _Bar(0, total, text, is_tracked=True, parent=parent)
            self._bars.append(bar)
        self._tell()
        return bar

    def _drop_inside(self, bar: _Bar) -> None:
        """Of the step that is done nothing is shown any more."""
        with self._lock:
            self._bars[:] = [other for other in self._bars if not _is_inside(other, bar)]
            if bar not in self._bars:
                self._bars.append(bar)

    def _finish(self, bar: _Bar) -> None:
        """The outermost one stays, to be seen full."""
        self._drop_inside(bar)
        with self._lock:
            if bar.parent is not None and bar in self._bars:
                self._bars.remove(bar)
            elif bar.total is None:
                bar.total = bar.done
        self._tell()

    def _tell(self) -> None:
        """Soon; the thread that does so begins with the first word."""
        if self._teller is None:
            self._start()
        else:
            self._teller.tell()

    def _start(self) -> None:
        with self._lock:
            if self._teller is None and not self._is_over:
                self._teller = _Teller(lambda: self._emit(ProgressEvent(self._snapshot())))
                self._teller.start()

    def _snapshot(self) -> list[list[Any]]:
        with self._lock:
            return [
                [_plain(bar.done), _plain(bar.total), str(bar.text)[:LONGEST_TEXT]]
                for bar in self._bars[:MOST_BARS]
            ]


class _Teller(threading.Thread):
    """Tells what there is to tell, and after a pause what has changed meanwhile."""

    def __init__(self, say: Callable[[], object]) -> None:
        super().__init__(name="jobnb-progress", daemon=True)
        self._say = say
        self._news = threading.Event()
        self._news.set()
        self._over = threading.Event()

    def tell(self) -> None:
        """Something has changed."""
        if not self._news.is_set():  # asked first, as it costs a tenth of setting it
            self._news.set()

    def close(self) -> None:
        """Tells the last state, and ends."""
        self._over.set()
        self._news.set()
        self.join(PAUSE * 10)

    def run(self) -> None:
        while True:
            self._news.wait()
            is_last = self._over.is_set()
            self._news.clear()
            self._say()
            if is_last:
                return
            self._over.wait(PAUSE)


def _check_numbers(done: Any, total: Any) -> None:
    # By their types, as this is called very often; what else acts as a number comes after.
    if type(done) is int and (total is None or type(total) is int):
        return
    for name, value in (("done", done), ("total", total)):
        if value is None and name == "total":
            continue
        try:
            float(value)
        except (TypeError, ValueError):
            raise TypeError(
                f"progress(done, total, text) wants numbers, but {name} is {value!r}"
            ) from None


def _plain(number: Any) -> float | None:
    if number is None:
        return None
    value = float(number)
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - nan
        return 0
    return int(value) if value.is_integer() else value


def _length(items: Iterable[Any]) -> int | None:
    try:
        return len(items)  # type: ignore[arg-type]  # an iterable may have a length
    except Exception:  # noqa: BLE001 - a length is the job's own code
        return None


def _is_full(bar: _Bar) -> bool:
    return bar.total is not None and bool(bar.done >= bar.total)


def _is_inside(bar: _Bar, outer: _Bar) -> bool:
    parent = bar.parent
    while parent is not None:
        if parent is outer:
            return True
        parent = parent.parent
    return False
