"""Queues: named sets of workers. Each is a Dask resource of the same name; a run takes 1 of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jobnb.errors import ClusterError
from jobnb.protocol import JobDescription

DEFAULT_QUEUE: Final = "default"
"""Nautobot's name for the queue that every worker serves."""


def declared_queues(jobs: Iterable[JobDescription]) -> list[str]:
    """The queues that any of the jobs declares, besides the default one."""
    names = {queue for job in jobs for queue in job.meta.get("task_queues", ())}
    return sorted(names - {DEFAULT_QUEUE})


def parse_queues(words: Iterable[str], threads: int) -> dict[str, int]:
    """Queues as somebody has written them, with how many runs of each a worker takes at once.

    Args:
        words: ``gpu`` or ``gpu=1``.
        threads: What a queue without a number gets.

    Raises:
        ClusterError: A word is none of them.
    """
    queues = {}
    for word in words:
        name, equals, number = word.partition("=")
        if (
            not name
            or set(name) & set(" ,\t")
            or (equals and not (number.isdecimal() and int(number)))
        ):
            raise ClusterError(f"{word!r} is no queue; write it as NAME or NAME=RUNS.")
        queues[name] = int(number) if equals else threads
    return queues
