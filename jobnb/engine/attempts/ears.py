"""The ears of a pump: what to do when a descriptor has something to say, and when not to listen."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from functools import partial
from typing import Final

CHUNK: Final = 64 * 1024
"""Bytes read from a pipe at once: what is in them is taken before anything else is looked at.

Some 400 lines: where patterns are slow and the machine is busy even these take a second, and a
cancel waits as long. More at once is no faster."""
LITTLE: Final = 16 * 1024
"""Bytes; a quarter of the smallest pipe. Who reads less at once may let more come together."""


class Ears:
    """Hears several descriptors; one thread at a time."""

    def __init__(self) -> None:
        """Hears nothing yet."""
        # Two plain polls: for so few descriptors to set up an epoll takes longer than it saves.
        self._all = select.poll()
        self._urgent = select.poll()
        self._acts: dict[int, Callable[[], object]] = {}
        self._patient: int | None = None
        self._heard = 0
        """Bytes that came over the patient pipe when it was read last."""

    def listen(self, descriptor: int, act: Callable[[], object]) -> None:
        """From now on ``act`` is called when the descriptor has something to say."""
        self._urgent.register(descriptor, select.POLLIN)
        self._add(descriptor, act)

    def read(self, pipe: int, take: Callable[[bytes], None], *, patient: bool = False) -> None:
        """From now on reads a pipe, until its end, which is an empty piece.

        Args:
            pipe: The descriptor.
            take: Takes what comes, in pieces of any length.
            patient: Whether it can wait during a ``rest``.
        """
        if patient:
            self._patient = pipe
            self._add(pipe, partial(self._hear_patient, pipe, take))
        else:
            self.listen(pipe, partial(self._hear, pipe, take))

    def forget(self, descriptor: int) -> None:
        """Does not listen to it any more."""
        del self._acts[descriptor]
        self._all.unregister(descriptor)
        if descriptor == self._patient:
            self._patient = None
        else:
            self._urgent.unregister(descriptor)

    def is_open(self, *descriptors: int) -> bool:
        """Whether one of them is still listened to."""
        return any(descriptor in self._acts for descriptor in descriptors)

    def hear(self, pause: float) -> None:
        """Waits for up to so many seconds, and does what is to be done."""
        for descriptor, _ in self._all.poll(1000 * pause):
            if descriptor in self._acts:
                self._acts[descriptor]()

    def rest(self, seconds: float) -> None:
        """Lets the words on the patient pipe come together, unless they come in masses anyway.

        To wake up for each word costs more than the word, on both sides of the pipe. Whatever comes
        over another descriptor ends the rest, since its place is behind what was said before. After
        the end of the patient pipe nothing can come together, and there is no rest.
        """
        if self._patient is not None and self._heard < LITTLE:
            self._urgent.poll(1000 * seconds)

    def _add(self, descriptor: int, act: Callable[[], object]) -> None:
        self._all.register(descriptor, select.POLLIN)
        self._acts[descriptor] = act

    def _hear(self, pipe: int, take: Callable[[bytes], None]) -> int:
        data = os.read(pipe, CHUNK)
        if not data:
            self.forget(pipe)
        take(data)
        return len(data)

    def _hear_patient(self, pipe: int, take: Callable[[bytes], None]) -> None:
        self._heard = self._hear(pipe, take)
