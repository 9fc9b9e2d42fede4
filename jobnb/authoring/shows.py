"""What a job can show of its work besides its log: objects, and how far it is."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

from jobnb.authoring.joblog import Emit
from jobnb.authoring.progress import Progress
from jobnb.authoring.showing import bundle_of, type_name
from jobnb.protocol import DisplayEvent

T = TypeVar("T")


class Audience(Protocol):
    """What showing needs of a ``Request``."""

    @property
    def emit(self) -> Emit:
        """Takes what is shown."""

    @property
    def progress(self) -> Progress:
        """How far the run is."""

    @property
    def display_limit(self) -> int:
        """Bytes that one rich output may have."""


class Shows:
    """The part of ``Job`` that shows."""

    request: Any

    @property
    def _audience(self) -> Audience:
        audience: Audience = self.request
        return audience

    def display(self, *shown: Any) -> None:
        """Shows objects in the log, each as it shows itself: tables, figures, images, Markdown.

        Args:
            *shown: Whatever has a ``_repr_html_()`` or another of IPython's methods, a matplotlib
                figure, or anything else: of that its text is shown.
        """
        request = self._audience
        for item in shown:
            event = DisplayEvent(
                time.time(),
                sys._getframe(1).f_code.co_name,  # noqa: SLF001 - as logging finds the caller
                type_name(item),
                bundle_of(item, request.display_limit),
                threading.get_ident(),
            )
            request.emit(event)

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Says how far the job is. It may be called as often as it likes.

        Within a loop over ``track()`` it is about the step that the loop is at.

        Args:
            done: What is done, in any unit.
            total: Of how much; None if nobody knows.
            text: A few words beside it.

        Raises:
            TypeError: That are no numbers.
        """
        self._audience.progress.set(done, total, text)

    def track(self, items: Iterable[T], total: float | None = None, text: str = "") -> Iterator[T]:
        """The items, to be looped over, with a progress bar that moves with them.

        Args:
            items: Anything that can be looped over.
            total: How many they are; None for their length, if they have one.
            text: A few words beside the bar.

        Raises:
            TypeError: The total is no number.
        """
        return self._audience.progress.track(items, total, text)
