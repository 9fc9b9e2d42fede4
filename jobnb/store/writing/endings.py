"""How runs end: with their attempt, without having started, or because somebody asks for it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Connection,
    Integer,
    String,
    bindparam,
    cast,
    column,
    func,
    insert,
    null,
    select,
    true,
    update,
)

from jobnb.protocol import READY_STATES, Reason, Status
from jobnb.store.prepared import Prepared
from jobnb.store.reading.runs import WAITING_STATES
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import attempt, entry, job_result
from jobnb.store.values import EndOfRun
from jobnb.store.writing.appending import GROWN, OWN_NAMES, Batch
from jobnb.store.writing.fence import IS_HELD, HeldAttempt, hold_attempt, hold_status
from jobnb.store.writing.locks import KEY_AFTER_NOTHING

_OUTCOME: Final = (
    *("status", "reason", "detail", "value", "value_problem", "value_file", "due"),
    *("exc_type", "exc_message", "traceback"),
)

_ENDED: Final = (
    update(job_result)
    .where(IS_HELD)
    .values(
        {
            **GROWN,
            **{name: bindparam(f"new_{name}") for name in (*_OUTCOME, "ended")},
            "progress": func.coalesce(
                bindparam("new_progress", type_=String()), job_result.c.progress
            ),
        }
    )
    .returning(job_result.c.id.label("result"), job_result.c.last_entry)
)
_LEFT: Final = (
    update(attempt)
    .where(attempt.c.token == bindparam("its_token"))
    .values(
        {
            **{name: bindparam(f"left_{name}") for name in ("ended", "reason", "exit_code")},
            "pid": func.coalesce(bindparam("its_pid", type_=Integer()), attempt.c.pid),
        }
    )
    .returning(attempt.c.number)
)
_END_RUN: Final = Prepared(_ENDED)
_END_ATTEMPT: Final = Prepared(_LEFT)
_FEW: Final = 100
"""Entries that PostgreSQL takes as fast in the statement of the end as by a COPY before it."""


class Ending:
    """The end of an attempt, and of the run with it, unless that is to be tried again."""

    def __init__(
        self,
        run_id: str,
        token: str,
        end: EndOfRun,
        batch: Batch,
        *,
        progress: str | None,
        pid: int | None,
    ) -> None:
        """Writes nothing yet.

        Args:
            run_id: Which run.
            token: Its attempt.
            end: How it ended; with RETRY the run waits, unless somebody has cancelled it.
            batch: Its last entries.
            progress: How far it is, as JSON text; None: nothing new.
            pid: Process id of its child; None: nothing new.
        """
        self._run_id, self._token = run_id, token
        self._end, self._batch = end, batch
        self._progress, self._pid = progress, pid

    @property
    def is_short(self) -> bool:
        """Whether a database with statements that do several things needs only one of them."""
        is_last = self._end.status is not Status.RETRY
        return is_last and self._batch.growth["more"] <= _FEW and self._batch.is_light

    def write_short(self, connection: Connection) -> bool:
        """Writes a short one by one statement, to PostgreSQL; False if fenced."""
        rows = zip(*self._batch.columns.values(), strict=True)
        texts = [dict(zip(self._batch.columns, row, strict=True)) for row in rows]
        entries = [{"place": place, **text} for place, text in enumerate(texts, 1)]
        given = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
        values = self._values(self._end)
        return _end_shortly().row(connection, **values, entries=given) is not None

    def write(self, connection: Connection) -> bool:
        """Writes it; False if fenced."""
        end = self._end
        if end.status is Status.RETRY:
            held = hold_attempt(connection, self._run_id, self._token)
            if held is not None and held.cancelled_by is not None:
                end = _cancelled(end, held.cancelled_by)
        values = self._values(end)
        ended = _END_RUN.row(connection, **values)
        if ended is None:
            return False
        left = _END_ATTEMPT.row(connection, **values)
        assert left is not None, "whoever holds the run is an attempt"
        before = ended["last_entry"] - self._batch.growth["more"]
        held = HeldAttempt(**left, result=ended["result"], last_entry=before, cancelled_by=None)
        self._batch.store(connection, held)
        return True

    def _values(self, end: EndOfRun) -> dict[str, Any]:
        ended = now()
        return {
            "its_id": self._run_id,
            "its_token": self._token,
            **self._batch.growth,
            **{f"new_{name}": getattr(end, name) for name in _OUTCOME},
            "new_ended": ended if end.status in READY_STATES else None,
            "new_progress": self._progress,
            "left_ended": ended,
            "left_reason": end.reason,
            "left_exit_code": end.exit_code,
            "its_pid": self._pid,
        }


def _cancelled(end: EndOfRun, user: str) -> EndOfRun:
    """The end of a run that would have been tried again."""
    detail = f"Cancelled by {user} before its next attempt."
    return replace(end, status=Status.REVOKED, reason=Reason.CANCELLED, detail=detail, due=None)


@cache
def _end_shortly() -> Prepared:
    """Ends the run and its attempt, and adds what is given as a JSON list of entries."""
    ended = _ENDED.cte("ended")
    left = _LEFT.where(attempt.c.result == ended.c.result).cte("is_left")
    place, *columns = [column("place", Integer()), *(entry.c[name] for name in OWN_NAMES)]
    given = (
        func.json_to_recordset(cast(bindparam("entries", type_=String()), JSON))
        .table_valued(*(column(item.name, item.type) for item in (place, *columns)), name="given")
        .render_derived(with_types=True)
    )
    number = ended.c.last_entry - bindparam("more", type_=Integer()) + given.c.place
    rows = select(
        ended.c.result, number, left.c.number, *(given.c[item.name] for item in columns)
    ).select_from(ended.join(left, true()).join(given, true()))
    names = ["result", "number", "attempt", *OWN_NAMES]
    added = insert(entry).from_select(names, rows).cte("added")
    return Prepared(select(ended.c.result).add_cte(added))


def close_unstarted(
    connection: Connection, run_id: str, *, status: Status, reason: Reason, detail: str
) -> bool:
    """Ends a run that waits for a worker; False if it does not wait any more."""
    closing = update(job_result).where(
        job_result.c.run_id == run_id, job_result.c.status.in_(WAITING_STATES)
    )
    outcome = {"status": status, "reason": reason, "detail": detail, "ended": now()}
    outcome |= {"key": KEY_AFTER_NOTHING, "due": null()}
    return connection.execute(closing.values(outcome)).rowcount == 1


def ask_to_end(connection: Connection, run_id: str, user: str) -> None:
    """Revokes a run that waits; asks the worker of one that works; the first request counts.

    Raises:
        ResultNotFound: There is no such run.
    """
    moment = now()
    values: dict[str, Any] = {"cancel_requested": moment, "cancelled_by": user}
    status = hold_status(connection, run_id)
    if status in WAITING_STATES:
        waits = "before its next attempt" if status is Status.RETRY else "before it started"
        values |= {"status": Status.REVOKED, "reason": Reason.CANCELLED, "due": None}
        values |= {"detail": f"Cancelled by {user} {waits}.", "ended": moment}
        values["key"] = KEY_AFTER_NOTHING
    if status not in READY_STATES:
        asking = update(job_result).where(
            job_result.c.run_id == run_id, job_result.c.cancel_requested == null()
        )
        connection.execute(asking.values(values))
