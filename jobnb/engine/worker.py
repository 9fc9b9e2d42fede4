"""The worker: what Dask calls in it, and what its process does between two runs.

Dask calls ``main`` with an order as bytes, by name through a function of the standard library, so
the scheduler needs no jobnb. Whatever happens, a task of ours returns; it never raises.
"""

from __future__ import annotations

import atexit
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import dask
from distributed import Worker, get_worker

from jobnb.engine.attempts.supervisor import Supervisor, is_embedded
from jobnb.engine.care.caretaker import Caretaker
from jobnb.engine.hosts.presence import Presence, hold_presence
from jobnb.engine.launching.distributions import check_distribution
from jobnb.engine.patience import patiently
from jobnb.errors import JobnbError, StoreUnreachable
from jobnb.protocol import PYTHON, Reason, Refusal, RunOrder
from jobnb.settings import load_settings
from jobnb.store.database import Database, open_database, opened_database

_DATABASE: Final = "jobnb.database-url"
DATABASE_VARIABLE: Final = "DASK_JOBNB__DATABASE_URL"
"""Dask's own configuration: the database whose runs a worker looks after, if it has no setting for
one. Unlike that it does not go before the submitter's."""

_log = logging.getLogger(__name__)


def dask_setup(worker: Worker) -> None:
    """Has a worker look after runs from its start on, and not only from its first run on.

    Dask calls it for ``dask worker --preload jobnb.engine.worker``. The runs of a worker that was
    killed, and that came back as this one, may wait for nothing else.
    """
    thread = threading.Thread(target=_attend, args=(worker,), name="jobnb-attend", daemon=True)
    thread.start()


def _attend(worker: Worker) -> None:
    settings = load_settings()
    url = settings.database_url or dask.config.get(_DATABASE, None)
    if url is None:
        _log.warning("This worker has no JOBNB_DATABASE_URL; it looks after runs from its first on")
        return

    def enter() -> None:
        with _present(open_database(url), worker):
            pass

    try:
        patiently(enter, settings.lost_after)
    except JobnbError as error:
        _log.warning("This worker looks after runs from its first on: %s", error)


def main(payload: bytes) -> str | None:
    """Carries out a ``RunOrder``; the body of the Dask task.

    Returns:
        A ``Refusal`` as JSON text if this worker cannot take the run; None if it took it, or if
        another one has it.
    """
    try:
        order = _read_order(payload)
        with ExitStack() as held:
            database, presence = _enter_patiently(order, held)
            refusal = Supervisor(order, database, presence).supervise()
    except (JobnbError, ValueError) as error:
        return _refusal(payload, Reason.WORKER_UNFIT, str(error))
    except Exception as error:  # noqa: BLE001 - a raising task would be executed again
        _log.exception("run %s", _run_id(payload))
        detail = f"jobnb failed on the worker: {type(error).__name__}: {error}"
        return _refusal(payload, Reason.SUPERVISOR_ERROR, detail)
    return None if refusal is None else refusal.to_json()


def _refusal(payload: bytes, reason: Reason, detail: str) -> str:
    return Refusal(run_id=_run_id(payload), reason=reason, detail=detail).to_json()


def _run_id(payload: bytes) -> str:
    """Of an order that may be no order of ours."""
    return str(json.loads(payload).get("run_id", "?"))


def _enter_patiently(order: RunOrder, held: ExitStack) -> tuple[Database, Presence]:
    """A server may be about to be back; nothing is held yet if a try fails."""
    try:
        return _enter(order, held)
    except StoreUnreachable:
        return patiently(lambda: _enter(order, held), load_settings().lost_after)


def _enter(order: RunOrder, held: ExitStack) -> tuple[Database, Presence]:
    database = find_database(order.database_uuid, order.database_url)
    return database, held.enter_context(_present(database, get_worker()))


def check_fitness(payload: bytes) -> str | None:
    """Says why this worker cannot take runs of a submitter, or None if it can.

    Args:
        payload: A ``RunOrder`` of a run that does not exist.
    """
    try:
        order = _read_order(payload)
        database = find_database(order.database_uuid, order.database_url)
    except (JobnbError, ValueError) as error:
        return str(error)
    # Dask tells only a task in which worker it is; a process with several has one of them here.
    for worker in tuple(Worker._instances)[:1]:  # noqa: SLF001 - it has no public name
        with _present(database, worker):
            pass
    return None


def _read_order(payload: bytes) -> RunOrder:
    order = RunOrder.from_json(payload)
    if order.python != PYTHON:
        raise JobnbError(
            f"This worker has Python {PYTHON}, the submitter has {order.python}; jobs are run by "
            "the version that has described them."
        )
    for name, version in order.needs.items():
        check_distribution(name, version)
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
def _present(database: Database, worker: Worker) -> Iterator[Presence]:
    """The presence of this worker's process, for the time of a run; of a real worker, for good.

    From then on a real worker looks after all runs that wait at its scheduler, whoever submitted
    them, and for those that are lost. In the submitter's process that is the submitter's task.
    """
    holder = object()
    presence = hold_presence(database, load_settings, str(worker.name), holder)
    try:
        if not is_embedded(worker) and not presence.does("care"):
            caretaker = Caretaker(database, presence, worker)
            if presence.add_chore("care", caretaker.tick):
                hold_presence(database, load_settings, str(worker.name), worker)
                atexit.register(presence.close)
        yield presence
    finally:
        presence.release(holder)
