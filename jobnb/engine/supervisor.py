"""The supervisor: what runs in a Dask worker's thread. It owns one attempt and runs no job code.

Dask calls ``main`` with an order as bytes, by name through a function of the standard library, so
the scheduler needs no jobnb. Whatever happens, a task of ours returns; it never raises.
"""

from __future__ import annotations

import atexit
import json
import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from distributed import get_worker
from distributed.worker import Worker

from jobnb.catalogs.snapshots import unpack
from jobnb.child.process import ChildProcess
from jobnb.engine.admission import busy_sentence
from jobnb.engine.attempt import Attempt
from jobnb.engine.delivery import InputMissing, deliver, masker_of, resolve
from jobnb.engine.doorbell import DOORBELL, topic_of
from jobnb.engine.observer import Observer
from jobnb.engine.patience import patiently
from jobnb.engine.presence import Presence, hold_presence
from jobnb.engine.recorder import Fenced, Recorder
from jobnb.engine.verdict import Stop
from jobnb.errors import JobnbError, SnapshotError, StoreUnreachable
from jobnb.protocol import (
    PYTHON,
    ChildOrder,
    Reason,
    Refusal,
    RunOrder,
    RunSpec,
    Status,
    WhenBusy,
)
from jobnb.protocol.masking import Masker
from jobnb.settings import Settings, child_environment, load_settings
from jobnb.store.database import Database, open_database, opened_database
from jobnb.store.input_files import InputFiles
from jobnb.store.records import JobRecords
from jobnb.store.results import Results
from jobnb.store.snapshots import Snapshots
from jobnb.store.turns import Turns
from jobnb.store.values import Claim, EndOfRun, GivenFile, RunRecord

_T = TypeVar("_T")
_job_log = logging.getLogger("jobnb.job")
_log = logging.getLogger(__name__)

_GOING = ("closing", "closing_gracefully", "closed", "failed")
"""Dask's words for a worker that ends."""

CLOSING_GRACE = 1.0
"""Seconds that a job has to end by itself when its process goes: nobody waits long for it."""


def main(payload: bytes) -> str | None:
    """Carries out a ``RunOrder``; the body of the Dask task.

    Returns:
        A ``Refusal`` as JSON text if this worker cannot take the run; None if it took it, or if
        another one has it.
    """
    run_id = json.loads(payload).get("run_id", "?")
    try:
        order = _read_order(payload)
        database = find_database(order.database_uuid, order.database_url)
        with _present(database) as presence:
            refusal = _Supervisor(order, database, presence).supervise()
    except (JobnbError, ValueError) as error:
        return Refusal(run_id=run_id, reason=Reason.WORKER_UNFIT, detail=str(error)).to_json()
    except Exception as error:  # noqa: BLE001 - a raising task would be executed again
        _log.exception("run %s", run_id)
        detail = f"jobnb failed on the worker: {type(error).__name__}: {error}"
        return Refusal(run_id=run_id, reason=Reason.SUPERVISOR_ERROR, detail=detail).to_json()
    return None if refusal is None else refusal.to_json()


def check_fitness(payload: bytes) -> str | None:
    """Says why this worker cannot take runs of a submitter, or None if it can.

    Args:
        payload: A ``RunOrder`` of a run that does not exist.
    """
    try:
        order = _read_order(payload)
        find_database(order.database_uuid, order.database_url)
    except (JobnbError, ValueError) as error:
        return str(error)
    return None


def _read_order(payload: bytes) -> RunOrder:
    order = RunOrder.from_json(payload)
    if order.python != PYTHON:
        raise JobnbError(
            f"This worker has Python {PYTHON}, the submitter has {order.python}; jobs are run by "
            "the version that has described them."
        )
    return order


def find_database(database_uuid: str, url: str) -> Database:
    """The database of the run, as this process reaches it.

    A worker may have its own way to it (another host name, a password): its own setting
    ``database_url`` goes before the submitter's.

    Raises:
        StoreError: It cannot be reached from here, or what is there is another database.
    """
    database = opened_database(database_uuid)
    if database is not None:
        return database
    own = load_settings().database_url
    database = open_database(own or url)
    if database.uuid != database_uuid:
        origin = "its setting JOBNB_DATABASE_URL" if own else "the submitter's URL"
        raise JobnbError(
            f"This worker has another database: {origin} leads to {database.url} "
            f"(id {database.uuid}), but the run is in the database {url} (id {database_uuid}). "
            "Give the worker the same JOBNB_DATABASE_URL as the submitter."
        )
    return database


@contextmanager
def _present(database: Database) -> Iterator[Presence]:
    """The presence of this worker's process, for the time of a run; of a real worker, for good."""
    worker, holder = get_worker(), object()
    presence = hold_presence(database, load_settings, str(worker.name), holder)
    try:
        observes_first = presence.add_chore("observe", Observer(database, presence).tick)
        if observes_first and not is_embedded(worker):
            hold_presence(database, load_settings, str(worker.name), worker)
            atexit.register(presence.close)
        yield presence
    finally:
        presence.release(holder)


class _Supervisor:
    """Owns one attempt at one run."""

    def __init__(self, order: RunOrder, database: Database, presence: Presence) -> None:
        self._order = order
        self._results = Results(database)
        self._records = JobRecords(database)
        self._turns = Turns(database)
        self._snapshots = Snapshots(database)
        self._input_files = InputFiles(database)
        self._resolved: dict[str, str] = {}
        self._presence = presence
        self._settings: Settings = presence.settings
        self._worker = get_worker()
        self._attempt: Attempt | None = None
        self._word: Stop | None = None

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
            if self._patiently(lambda: self._results.claim(claim)):
                self._own(claim)
                return None
            return self._turn_away()
        finally:
            self._presence.leave(claim.token)

    def _turn_away(self) -> Refusal | None:
        """A claim fails if the run is taken or over.

        It also fails if its job was disabled meanwhile, or if others have its lock.
        """
        record = self._results.get(self._order.run_id)
        job = self._records.get(record.class_path)
        if record.status is not Status.PENDING:
            return None
        if job is None or job.enabled:
            return self._turn_away_from_lock(record)
        self._close_disabled(record)
        return None

    def _turn_away_from_lock(self, record: RunRecord) -> Refusal | None:
        """Refuses the run, or has it handed out again when its turn comes."""
        if record.lock is None:
            return None
        holders = self._turns.holders(record.run_id)
        sentence = busy_sentence(record.job_name, record.class_path, record.lock, holders)
        if record.when_busy is WhenBusy.REFUSE and self._turns.refuse(record.run_id, sentence):
            self._ring()
            return None
        # Or the others have ended in this very moment.
        return Refusal(run_id=record.run_id, reason=Reason.BUSY, detail=sentence)

    def _close_disabled(self, record: RunRecord) -> None:
        self._results.close_unstarted(
            record.run_id,
            status=Status.FAILURE,
            reason=Reason.NOT_ENABLED,
            detail=f"Job {record.job_name} is not enabled to be run!",
        )
        self._ring()

    def _own(self, claim: Claim) -> None:
        self._ring()
        recorder = Recorder(self._results, claim, self._ring, patience=self._settings.lost_after)
        try:
            is_ours = recorder.end(self._work(claim, recorder))
        except Fenced:
            is_ours = False
        except StoreUnreachable as error:
            self._end_later(claim, error)
            raise
        if not is_ours:
            _log.warning("run %s was taken from this worker; its child is stopped", claim.run_id)

    def _end_later(self, claim: Claim, error: StoreUnreachable) -> None:
        """The child is gone; what it said last could not be written, and neither could that."""
        detail = f"The run was stopped, as its log could not be written any more. {error}"
        reason = Reason.SUPERVISOR_ERROR
        end = EndOfRun(status=Status.FAILURE, reason=reason, detail=detail)

        def write() -> None:
            self._results.end(claim.run_id, claim.token, end)
            DOORBELL.ring(claim.run_id)

        self._presence.end_later(claim.token, write)

    def _warn_if_beside_others(self, record: RunRecord, recorder: Recorder) -> None:
        """A run that ignores the lock of its job says so, as in Nautobot."""
        if record.options.get("ignore_singleton_lock") and self._turns.holders(record.run_id):
            recorder.note(
                "WARNING",
                f"Job {record.job_name} is a singleton and already running, but singleton will be "
                "ignored because `ignore_singleton_lock` is set.",
            )

    def _work(self, claim: Claim, recorder: Recorder) -> EndOfRun:
        """How the attempt ended; an error of ours is an end as well."""
        try:
            with self._started(claim, recorder) as self._attempt:
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
            _log.exception("run %s", claim.run_id)
            detail = f"jobnb failed on the worker: {type(error).__name__}: {error}"
        return EndOfRun(status=Status.FAILURE, reason=Reason.SUPERVISOR_ERROR, detail=detail)

    @contextmanager
    def _started(self, claim: Claim, recorder: Recorder) -> Iterator[Attempt]:
        """A child that has its order, in an empty folder that goes away with it."""
        record = self._patiently(lambda: self._results.get(claim.run_id))
        self._warn_if_beside_others(record, recorder)
        folder = self._patiently(lambda: self._unpack(record))
        masker = self._prepare(record)
        recorder.mask(masker)
        with self._places(record) as (workplace, files):
            order = self._child_order(record, folder, files)
            child = ChildProcess.start(order, environment=child_environment(), cwd=workplace)
            with closing(child):
                self._patiently(lambda: self._results.set_pid(claim.token, child.pid))
                yield Attempt(
                    child,
                    recorder,
                    exit_grace=self._settings.exit_grace,
                    worker_log=lambda level, text: _job_log.log(level, "%s", masker(text)),
                )

    def _prepare(self, record: RunRecord) -> Masker:
        """Finds what references lead to; gives what hides it, and all else that is sensitive."""
        inputs = self._order.inputs
        self._resolved = resolve(record, inputs, child_environment())
        return masker_of(record, {**inputs, **self._resolved})

    @contextmanager
    def _places(self, record: RunRecord) -> Iterator[tuple[Path, dict[str, str]]]:
        """An empty working directory, and beside it the input files by input."""
        workplace, shelf = self._presence.make_workplace(), None
        try:
            files: dict[str, str] = {}
            given = self._patiently(lambda: self._input_files.of_run(record.run_id))
            if given:
                shelf = self._presence.make_workplace("files-")
                files = self._patiently(partial(self._deliver, given, shelf))
            yield workplace, files
        finally:
            for place in (workplace, shelf):
                if place is not None:
                    shutil.rmtree(place, ignore_errors=True)

    def _deliver(self, given: list[GivenFile], shelf: Path) -> dict[str, str]:
        """Each try in a folder of its own."""
        return deliver(given, Path(tempfile.mkdtemp(dir=shelf)), self._input_files.pieces)

    def _patiently(self, action: Callable[[], _T]) -> _T:
        return patiently(action, self._settings.lost_after)

    def _unpack(self, record: RunRecord) -> Path:
        if record.snapshot is None:
            raise SnapshotError(f"Run {record.run_id} has no source.")
        snapshot = self._snapshots.load(record.snapshot)
        return unpack(
            snapshot, self._settings.cache_dir, lambda file: self._snapshots.blob(file.digest)
        )

    def _child_order(self, record: RunRecord, folder: Path, files: dict[str, str]) -> ChildOrder:
        spec = RunSpec(
            run_id=record.run_id,
            class_path=record.class_path,
            job_name=record.job_name,
            inputs={**self._order.inputs, **self._resolved},
            resolved=tuple(self._resolved),
            files=files,
            user=record.user,
            attempt=self._order.attempt,
            file_limit=self._settings.file_limit,
            value_limit=self._settings.value_limit,
            profile=bool(record.options.get("profile")),
        )
        return ChildOrder(verb="run", folder=str(folder), root=record.source_root, run=spec)

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
        DOORBELL.ring(run_id)
        if not is_embedded(self._worker):
            self._worker.log_event(topic_of(run_id), run_id)


def is_embedded(worker: Worker) -> bool:
    """Whether the worker lives in the process of the submitter, so that a callback reaches it."""
    return str(worker.address).startswith("inproc://")
