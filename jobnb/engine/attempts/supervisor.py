"""The supervisor: what runs in a Dask worker's thread. It owns one attempt and runs no job code."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from distributed import get_worker
from distributed.worker import Worker

from jobnb.catalogs.growing.gardener import GARDENER
from jobnb.child.process import ChildProcess
from jobnb.engine.attempts.attempt import Attempt
from jobnb.engine.attempts.declined import turn_away
from jobnb.engine.attempts.delivery import InputMissing
from jobnb.engine.attempts.environment import installed
from jobnb.engine.attempts.guard import Guard
from jobnb.engine.attempts.preparation import Preparation
from jobnb.engine.attempts.rings import rings_of
from jobnb.engine.attempts.startup import START_LIMIT, Startup
from jobnb.engine.attempts.verdict import Stop
from jobnb.engine.care.retries import follows_failure, plan_retry
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.hosts.presence import Presence, care_of
from jobnb.engine.patience import patiently
from jobnb.engine.recording.loglimit import LogLimit
from jobnb.engine.recording.recorder import Recorder
from jobnb.engine.recording.spool import Fenced
from jobnb.errors import ChildError, JobnbError, StoreUnreachable, StoreVanished
from jobnb.protocol import (
    Reason,
    Refusal,
    RunOrder,
    RunPolicy,
    Status,
    Step,
)
from jobnb.settings import Settings, child_environment
from jobnb.store.care.turns import Turns
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import Claim, EndOfRun, RunRecord

_T = TypeVar("_T")
_job_log = logging.getLogger("jobnb.job")
_log = logging.getLogger(__name__)

_GOING = ("closing", "closing_gracefully", "closed", "failed")
"""Dask's words for a worker that ends."""

CLOSING_GRACE = 1.0
"""Seconds that a job has to end by itself when its process goes: nobody waits long for it."""


class Supervisor:
    """Owns one attempt at one run."""

    def __init__(self, order: RunOrder, database: Database, presence: Presence) -> None:
        self._order = order
        self._database = database
        self._results = Results(database)
        self._preparation = Preparation(order, database, presence)
        self._presence = presence
        self._settings: Settings = presence.settings
        self._worker = get_worker()
        self._policy = RunPolicy()
        self._child: ChildProcess | None = None
        self._attempt: Attempt | None = None
        self._word: Stop | None = None
        self._is_ending = False

    def supervise(self) -> Refusal | None:
        """Claims the run, works on it, and writes its end; nothing if somebody else has it.

        Returns:
            Why the run must be handed out again; None if it need not.
        """
        claim = Claim(
            run_id=self._order.run_id,
            token=str(uuid.uuid4()),
            number=self._order.attempt,
            worker_id=self._presence.worker_id,
        )
        self._presence.attend(claim.token, claim.run_id, self._stop)
        try:
            record = self._patiently(lambda: self._results.claim(claim, installed()))
            if record is not None:
                self._own(claim, record)
                return None
            return turn_away(claim.run_id, self._database, self._ring)
        finally:
            self._presence.leave(claim.token)

    def _own(self, claim: Claim, record: RunRecord) -> None:
        self._presence.own(claim.token)
        recorder = Recorder(
            self._results,
            claim,
            self._ring,
            patience=self._settings.lost_after,
            last=record.last_entry,
        )
        try:
            try:
                is_ours = self._close(recorder, self._work(record, recorder))
            finally:  # of the child only now: nobody waits for its process
                self._let_go()
        except Fenced:
            is_ours = False
        except StoreUnreachable as error:
            self._end_later(claim, recorder, error)
            raise
        except StoreVanished as error:
            _log.error("run %s was stopped, and its end cannot be kept: %s", claim.run_id, error)
            raise
        if not is_ours:
            _log.warning("run %s was taken from this worker; its child is stopped", claim.run_id)

    def _end_later(self, claim: Claim, recorder: Recorder, error: StoreUnreachable) -> None:
        """The child is gone; what it said last could not be written, and neither could that."""
        detail = f"The run was stopped, as its log could not be written any more. {error}"
        reason = Reason.SUPERVISOR_ERROR
        end = EndOfRun(status=Status.FAILURE, reason=reason, detail=detail)
        end = self._plan_retry(end) or end
        recorder.conclude(end)
        recorder.note("ERROR", detail)

        def write() -> None:
            if recorder.write_end(end):
                self._wake_for(end)

        self._presence.end_later(claim.token, write)

    def _warn_if_beside_others(self, record: RunRecord, recorder: Recorder) -> None:
        """A run that ignores the lock of its job says so, as in Nautobot."""
        is_told_to = record.options.get("ignore_singleton_lock")
        if is_told_to and Turns(self._database).holders(record.run_id):
            recorder.note(
                "WARNING",
                f"Job {record.job_name} is a singleton and already running, but singleton will be "
                "ignored because `ignore_singleton_lock` is set.",
            )

    def _close(self, recorder: Recorder, end: EndOfRun) -> bool:
        """Writes the end, or that another attempt follows; False if the run is not ours."""
        end = self._plan_retry(end) or end
        self._is_ending = True
        try:
            is_ours = recorder.end(end)
        finally:
            self._is_ending = False
        if is_ours:
            self._wake_for(end)
        return is_ours

    def _let_go(self) -> None:
        """Ends what is left of the child; what the run was is written, or known to others."""
        try:
            if self._child is not None:
                self._child.close()
        except ChildError as error:
            _log.warning("%s", error)

    def _plan_retry(self, end: EndOfRun) -> EndOfRun | None:
        return plan_retry(end, self._policy.retries, self._order.attempt)

    def _wake_for(self, end: EndOfRun) -> None:
        if end.due is not None:
            self._presence.wake_in(0)  # whoever starts it sees when it is due

    def _work(self, record: RunRecord, recorder: Recorder) -> EndOfRun:
        """How the attempt ended; an error of ours is an end as well."""
        try:
            with self._started(record, recorder) as self._attempt:
                if self._word is not None:
                    self._attempt.stop(self._word)
                return self._attempt.pump(self._look)
        except (Fenced, StoreUnreachable):
            raise
        except InputMissing as error:
            return EndOfRun(status=Status.FAILURE, reason=Reason.INPUT_MISSING, detail=str(error))
        except JobnbError as error:
            detail = str(error)
        except Exception as error:  # noqa: BLE001 - the run must get an end, whatever it was
            _log.exception("run %s", record.run_id)
            detail = f"jobnb failed on the worker: {type(error).__name__}: {error}"
        recorder.note("ERROR", detail)
        return EndOfRun(status=Status.FAILURE, reason=Reason.SUPERVISOR_ERROR, detail=detail)

    @contextmanager
    def _started(self, record: RunRecord, recorder: Recorder) -> Iterator[Attempt]:
        """A child that has its order, in an empty folder that goes away with it."""
        self._warn_if_beside_others(record, recorder)
        self._policy = RunPolicy.of(record.options)
        recorder.log_limit = LogLimit(self._policy.limits)
        self._presence.known_inputs.keep(record, self._order.inputs)
        is_retried = follows_failure(self._policy.retries, self._order.attempt)
        with self._preparation.ready(
            record, recorder, self._policy, is_retried=is_retried
        ) as ready:
            care = care_of(self._settings, self._policy)
            child, reason = GARDENER.begin(ready.order, child_environment(), ready.workplace, care)
            reason = reason if self._policy.fork else "Meta.fork is False"
            self._child = child
            try:
                if reason:
                    recorder.note("DEBUG", f"Not forked from a template: {reason}.")
                recorder.note_pid(child.pid)
                yield self._attempt_of(child, recorder)
            except BaseException:
                child.close()  # before an end is written: nobody hears what it does from here on
                raise

    def _attempt_of(self, child: ChildProcess, recorder: Recorder) -> Attempt:
        settings = self._settings
        load_limit = START_LIMIT + settings.describe_time_limit
        return Attempt(
            child,
            recorder,
            guard=Guard(self._policy.limits, child, recorder, grace=settings.cancel_grace),
            startup=Startup({Step.LOADING: load_limit, Step.RESTORING: settings.answer_time_limit}),
            exit_grace=settings.exit_grace,
            worker_log=lambda level, text: _job_log.log(level, "%s", recorder.secrecy.text(text)),
        )

    def _patiently(self, action: Callable[[], _T]) -> _T:
        return patiently(action, self._settings.lost_after)

    def _stop(self, reason: Reason, sentence: str) -> None:
        """Passes the word on to the attempt, or keeps it until there is one."""
        grace = self._settings.cancel_grace
        if reason is not Reason.CANCELLED:
            grace = min(grace, CLOSING_GRACE)
        self._word = self._word or Stop(reason=reason, sentence=sentence, grace=grace)
        if self._attempt is not None:
            self._attempt.stop(self._word)

    def _look(self) -> None:
        if self._worker.status.name in _GOING:
            sentence = "The Dask worker was shutting down; the run was stopped with it."
            self._stop(Reason.WORKER_CLOSED, sentence)

    def _ring(self) -> None:
        run_id = self._order.run_id
        DOORBELL.ring(run_id, has_ended=self._is_ending)
        if not is_embedded(self._worker):
            rings = rings_of(self._worker)
            (rings.ring_last if self._is_ending else rings.ring)(run_id)


def is_embedded(worker: Worker) -> bool:
    """Whether the worker lives in the process of the submitter, so that a callback reaches it."""
    return str(worker.address).startswith("inproc://")
