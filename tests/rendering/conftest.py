from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobnb.protocol import LEVELS, EntryKind, Status
from jobnb.store.values import Entry, RunRecord

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def make_record():
    def make(**values) -> RunRecord:
        counts = dict.fromkeys(LEVELS, 0) | values.pop("counts", {"INFO": 2})
        return RunRecord(
            **{
                "run_id": "3f2a0000-0000-0000-0000-000000000000",
                "class_path": "hello.Hello",
                "job_name": "Hello World",
                "grouping": "Examples",
                "status": Status.SUCCESS,
                "reason": None,
                "detail": "",
                "inputs": {"who": "x"},
                "options": {},
                "user": "ada",
                "host": "here",
                "owner_id": "o",
                "scheduler_id": "s",
                "embedded": True,
                "snapshot": None,
                "source_root": "/jobs",
                "source_file": "hello.py",
                "created": START,
                "started": START,
                "ended": START + timedelta(seconds=1.5),
                "worker": "default cluster",
                "attempts": 1,
                "last_entry": 2,
                "counts": counts,
                "value": "7",
                "value_problem": None,
                "exc_type": None,
                "exc_message": None,
                "traceback": None,
                "cancelled_by": None,
                "cancel_requested": None,
                **values,
            }
        )

    return make


@pytest.fixture
def make_entry():
    def make(message="Hello", number=1, **values) -> Entry:
        return Entry(
            **{
                "number": number,
                "kind": EntryKind.LOG,
                "created": START.timestamp(),
                "message": message,
                "level": "INFO",
                "grouping": "run",
                **values,
            }
        )

    return make


@pytest.fixture
def make_print(make_entry):
    def make(message, number=1, **values) -> Entry:
        return make_entry(
            message,
            number,
            **{
                "kind": EntryKind.CONSOLE,
                "level": None,
                "grouping": None,
                "source": "stdout",
                **values,
            },
        )

    return make
