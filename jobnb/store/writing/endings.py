"""How runs end: with their attempt, without having started, or because somebody asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Integer, bindparam, func, null, update

from jobnb.protocol import READY_STATES, Reason, Status
from jobnb.store.prepared import Prepared
from jobnb.store.reading.runs import WAITING_STATES
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import attempt, job_result
from jobnb.store.values import EndOfRun
from jobnb.store.writing.appending import GROWN, Growth
from jobnb.store.writing.fence import HeldAttempt, hold_status
from jobnb.store.writing.locks import KEY_AFTER_NOTHING

_OUTCOME: Final = (
    *("status", "reason", "detail", "value", "value_problem", "value_file", "due"),
    *("exc_type", "exc_message", "traceback"),
)

_END_RUN: Final = Prepared(
    update(job_result)
    .where(job_result.c.id == bindparam("its_number"))
    .values({**GROWN, **{name: bindparam(f"new_{name}") for name in (*_OUTCOME, "ended")}})
)
_END_ATTEMPT: Final = Prepared(
    update(attempt)
    .where(attempt.c.token == bindparam("its_token"))
    .values(
        {
            **{name: bindparam(f"new_{name}") for name in ("ended", "reason", "exit_code")},
            "pid": func.coalesce(bindparam("its_pid", type_=Integer()), attempt.c.pid),
        }
    )
)


def end_attempt(
    connection: Connection,
    held: HeldAttempt,
    token: str,
    end: EndOfRun,
    growth: Growth,
    *,
    pid: int | None,
) -> None:
    """Ends an attempt, and the run with it, unless that is to be tried again.

    Args:
        connection: Holds the run.
        held: The attempt.
        token: Its token.
        end: How it ended; with RETRY the run waits, unless somebody has cancelled it.
        growth: Of its last entries.
        pid: Process id of its child; None: nothing new.
    """
    if end.status is Status.RETRY and held.cancelled_by is not None:
        end = _cancelled(end, held.cancelled_by)
    ended = now()
    outcome = {f"new_{name}": getattr(end, name) for name in _OUTCOME}
    outcome["new_ended"] = ended if end.status in READY_STATES else None
    _END_RUN.count(connection, its_number=held.result, **growth, **outcome)
    _END_ATTEMPT.count(
        connection,
        its_token=token,
        its_pid=pid,
        new_ended=ended,
        new_reason=end.reason,
        new_exit_code=end.exit_code,
    )


def _cancelled(end: EndOfRun, user: str) -> EndOfRun:
    """The end of a run that would have been tried again."""
    detail = f"Cancelled by {user} before its next attempt."
    return replace(end, status=Status.REVOKED, reason=Reason.CANCELLED, detail=detail, due=None)


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
