"""Admission: on which terms a run may start, and what people are told when it may not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobnb.engine.launching.queues import DEFAULT_QUEUE
from jobnb.errors import RunRefused
from jobnb.protocol import JobDescription, WhenBusy
from jobnb.store.values import Admission, LockHolder, NewRun, RunRecord
from jobnb.store.writing.locks import lock_name

LONGEST_KEY: Final = 200
HIGHEST_PRIORITY: Final = 1000
_FEW: Final = 3


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a run needs to start; each field is one of ``NewRun``."""

    queue: str | None
    key: str | None
    lock: str | None
    lock_limit: int | None
    when_busy: WhenBusy | None


def terms_of(job: JobDescription, options: Mapping[str, Any], inputs: Mapping[str, Any]) -> Terms:
    """The terms of a run.

    Args:
        job: What is to run, with the overrides of its record.
        options: What ``options()`` was given.
        inputs: Cleaned, as JSON values.

    Raises:
        RunRefused: An option asks for what cannot be.
    """
    meta = job.meta
    _check_bounds(job, options)
    limit = 1 if meta.get("is_singleton") else meta.get("max_concurrent")
    names = tuple(meta.get("concurrency_key", ()))
    if limit is None and names:
        limit = 1
    has_lock = limit is not None
    return Terms(
        queue=_queue(job, meta, options.get("queue")),
        key=options.get("key"),
        lock=lock_name(job.class_path, {name: inputs.get(name) for name in names})
        if has_lock
        else None,
        lock_limit=None if options.get("ignore_singleton_lock") else limit,
        when_busy=WhenBusy(meta.get("when_busy", WhenBusy.REFUSE)) if has_lock else None,
    )


def busy_sentence(run: str, class_path: str, lock: str, holders: Sequence[LockHolder]) -> str:
    """That a job is running already; for a singleton in Nautobot's words.

    Args:
        run: Display name of the job.
        class_path: Of the job.
        lock: Which the runs share.
        holders: The runs that have it.
    """
    which = lock.removeprefix(class_path).strip()
    if not which and len(holders) <= 1:
        return f"Job {run} is a singleton and already running."
    about = f" with {which}" if which else ""
    number = "once" if len(holders) <= 1 else f"{len(holders)} times"
    return f"Job {run}{about} is already running, {number}; more at a time are not allowed."


def check_admission(new: NewRun, admission: Admission) -> None:
    """Passes if a run was admitted, or one that has its key before.

    Raises:
        RunRefused: It was not; the message says why, and what to do.
    """
    if admission.is_disabled:
        raise RunRefused(
            f"Job {new.job_name!r} is not enabled to be run. Enable it with "
            f"`jobnb enable {new.job_name!r}`."
        )
    holders = admission.holders
    if holders:
        sentence = busy_sentence(new.job_name, new.class_path, new.lock or "", holders)
        raise RunRefused(
            f"{sentence} Wait for {names_of(holders)}: jobnb.result({holders[0].run_id[:8]!r})"
            ".wait(). Or stop it with .cancel(), or run beside it with "
            "options(ignore_singleton_lock=True)."
        )


def names_of(holders: Sequence[LockHolder]) -> str:
    """Some runs, for people: ``run 3f2a1b2c (STARTED, by ada)``."""
    shown = [f"{item.run_id[:8]} ({item.status}, by {item.user})" for item in holders[:_FEW]]
    more = f" and {len(holders) - _FEW} more" if len(holders) > _FEW else ""
    return f"run{'s' if len(holders) > 1 else ''} {', '.join(shown)}{more}"


def check_same_inputs(record: RunRecord, inputs: Mapping[str, Any]) -> None:
    """Passes if a run that is found again by its key is the one that is meant.

    Raises:
        RunRefused: It had other inputs; each one that differs is named.
    """
    wanted = json.loads(json.dumps(dict(inputs)))
    differing = [
        f"{name} was {record.inputs.get(name)!r}, and is {wanted.get(name)!r} now"
        for name in {**record.inputs, **wanted}
        if record.inputs.get(name) != wanted.get(name)
    ]
    if differing:
        raise RunRefused(
            f"Key {record.key!r} of job {record.job_name!r} belongs to run {record.run_id[:8]}, "
            f"which had other inputs: {'; '.join(differing)}. Give the same inputs to find that "
            "run, or another key to start a new one."
        )


def _queue(job: JobDescription, meta: Mapping[str, Any], wanted: str | None) -> str | None:
    declared = tuple(meta.get("task_queues", ())) or (DEFAULT_QUEUE,)
    queue = declared[0] if wanted is None else wanted
    if queue not in declared:
        raise RunRefused(
            f"Job {job.name!r} has no queue {queue!r}. It has: {', '.join(map(repr, declared))}. "
            "Its author adds one in Meta.task_queues."
        )
    return None if queue == DEFAULT_QUEUE else queue


def _check_bounds(job: JobDescription, options: Mapping[str, Any]) -> None:
    key, priority = options.get("key"), options.get("priority", 0)
    if key is not None and not 0 < len(key.strip()) <= len(key) <= LONGEST_KEY:
        raise RunRefused(
            f"Option 'key' of job {job.name!r} wants 1 to {LONGEST_KEY} characters, not {key!r}."
        )
    if abs(priority) > HIGHEST_PRIORITY:
        raise RunRefused(
            f"Option 'priority' of job {job.name!r} wants a number from -{HIGHEST_PRIORITY} to "
            f"{HIGHEST_PRIORITY}, not {priority!r}."
        )
    timeout = options.get("queue_timeout")
    if timeout is not None and not timeout > 0:
        raise RunRefused(
            f"Option 'queue_timeout' of job {job.name!r} wants seconds above 0, not {timeout!r}."
        )
