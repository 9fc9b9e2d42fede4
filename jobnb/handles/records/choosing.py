"""Which options of a run a person who fills in a form may set, and how they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobnb.protocol import JobDescription


@dataclass(frozen=True, kw_only=True)
class Choosable:
    """An option of ``options()`` that a form offers."""

    name: str
    text: str
    """What it does, in words for who fills the form in."""
    choices: tuple[str, ...] = ()
    """What it may be, the default first; empty if it is to be ticked."""


def choosable_options(job: JobDescription) -> Iterator[Choosable]:
    """The options that make a difference for a job.

    Not those about waiting, for a form does not wait; nor a key, which is for programs.
    """
    queues = tuple(job.meta.get("task_queues", ()))
    if len(queues) > 1:
        yield Choosable(name="queue", text="Whose workers run it.", choices=queues)
    yield Choosable(name="profile", text="Measure where the time goes; kept as a file of the run.")
    has_lock = job.meta.get("is_singleton") or job.meta.get("max_concurrent")
    if has_lock or job.meta.get("concurrency_key"):
        yield Choosable(
            name="ignore_singleton_lock", text="Run it although others of its kind are running."
        )
