"""What becomes of a run whose claim failed: nothing, an end, or another turn."""

from __future__ import annotations

from collections.abc import Callable

from jobnb.engine.submitting.admission import busy_sentence
from jobnb.protocol import Reason, Refusal, Status, WhenBusy
from jobnb.store.care.turns import Turns
from jobnb.store.catalog.records import JobRecords
from jobnb.store.database import Database
from jobnb.store.reading.runs import WAITING_STATES
from jobnb.store.results import Results
from jobnb.store.values import RunRecord


def turn_away(run_id: str, database: Database, ring: Callable[[], None]) -> Refusal | None:
    """Finds out why a claim failed, and does what that asks for.

    The run may be taken or over, its job may be disabled, or others may have its lock.

    Args:
        run_id: Which run.
        database: Where it is.
        ring: Called if it has ended here.

    Returns:
        Why it must be handed out again; None if it need not.
    """
    results = Results(database)
    record = results.get(run_id)
    if record.status not in WAITING_STATES:
        return None
    job = JobRecords(database).get(record.class_path)
    if job is not None and not job.enabled:
        _close_disabled(record, results)
        ring()
        return None
    # Between two attempts a run has its lock.
    if record.status is not Status.PENDING or record.lock is None:
        return None
    turns = Turns(database)
    sentence = busy_sentence(record.job_name, record.class_path, record.lock, turns.holders(run_id))
    if record.when_busy is WhenBusy.REFUSE and turns.refuse(run_id, sentence):
        ring()
        return None
    # Or the others have ended in this very moment.
    return Refusal(run_id=run_id, reason=Reason.BUSY, detail=sentence)


def _close_disabled(record: RunRecord, results: Results) -> None:
    results.close_unstarted(
        record.run_id,
        status=Status.FAILURE,
        reason=Reason.NOT_ENABLED,
        detail=f"Job {record.job_name} is not enabled to be run!",
    )
