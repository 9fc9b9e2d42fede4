"""The judgement after a storm: what the database says, against what was seen and left behind."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from jobnb.protocol import READY_STATES, Reason, Status
from tests.chaos.programs import ATTEMPTS
from tests.processes import is_alive


def faults_of_run(
    result: Any, marks: Path, seen: Sequence[str], *, is_patience_over: bool
) -> list[str]:
    """What is not as promised of one run.

    Args:
        result: The run, after the storm.
        marks: Where the job bodies have left their marks.
        seen: The messages of its first entries, as somebody has read them during the storm.
        is_patience_over: Whether the database was away for longer than runs have patience for.
    """
    record, entries = result.record, list(result.log)
    messages = [entry.message for entry in entries]
    attempts = len(result.attempts)
    numbers = [int(path.suffix[1:]) for path in marks.glob(f"{result.id}.[0-9]")]
    done = (marks / f"{result.id}.{attempts}.done").exists()
    beside = marks / f"{result.id}.beside"
    checks = {
        "has no final status": record.status in READY_STATES,
        "has no end": record.ended is not None,
        "was executed twice": "FileExistsError" not in (record.traceback or "") + str(messages),
        "has entries lost or doubled": [entry.number for entry in entries]
        == list(range(1, record.last_entry + 1)),
        "has lines lost, doubled or out of order": _are_in_order(messages),
        "has lost or changed lines that were seen": messages[: len(seen)] == list(seen),
        "succeeded without its work": record.status is not Status.SUCCESS
        or (done and _count(messages, attempts) == record.inputs["lines"]),
        "has too many attempts": attempts <= ATTEMPTS[record.job_name],
        "has a mark without an attempt": all(number <= attempts for number in numbers),
        "was lost although it never started": record.status is not Status.LOST or attempts > 0,
        "does not say why it ended": record.status is Status.SUCCESS or bool(record.detail),
        "failed for a fault of ours": is_patience_over
        or record.reason not in (Reason.SUPERVISOR_ERROR, Reason.WORKER_UNFIT),
        "worked beside another one of its kind": not beside.exists()
        or beside.read_text() in _lost(result),
    }
    told = f"{result.id} {record.status} ({record.detail})"
    return [f"{told}: {text}" for text, holds in checks.items() if not holds]


def _lost(result: Any) -> set[str]:
    """Runs whose worker nobody could ask: its job may have gone on for a while."""
    found = result._dispatch.results.find(statuses=[Status.LOST], limit=100_000)
    return {record.run_id for record in found}


def _lines(messages: Iterable[str]) -> Iterator[tuple[int, int]]:
    for message in messages:
        word, *numbers = message.split(" ")
        if word == "line":
            attempt, number = map(int, numbers)
            yield attempt, number


def _are_in_order(messages: Sequence[str]) -> bool:
    lines = list(_lines(messages))
    counts = Counter(attempt for attempt, _ in lines)
    return lines == [
        (attempt, number) for attempt in sorted(counts) for number in range(counts[attempt])
    ]


def _count(messages: Sequence[str], attempt: int) -> int:
    return sum(1 for number, _ in _lines(messages) if number == attempt)


def doubled_keys(records: Iterable[Any]) -> list[str]:
    """Keys that more than one run of a job has."""
    counts = Counter((record.class_path, record.key) for record in records if record.key)
    return [f"{key} has {count} runs" for key, count in counts.items() if count > 1]


def processes_of(tag: str) -> list[int]:
    """All living processes that have ``tag`` in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if tag.encode() in Path(f"/proc/{process.pid}/environ").read_bytes():
                found.append(process.pid)
    return [pid for pid in found if pid != os.getpid() and is_alive(pid)]


def threads_of_ours() -> list[str]:
    """The threads that jobnb has in this process."""
    return [item.name for item in threading.enumerate() if item.name.startswith("jobnb")]
