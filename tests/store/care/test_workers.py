from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jobnb.errors import StoreError
from jobnb.store.care.workers import Workers


@pytest.fixture
def workers(database):
    return Workers(database)


def test_a_process_comes_back_as_it_registered(workers, worker):
    assert workers.get(worker.worker_id) == worker


def test_a_process_registers_only_once(workers, worker):
    with pytest.raises(StoreError):
        workers.register(worker)


def test_a_process_that_never_registered_is_unknown(workers):
    assert workers.get("nobody") is None


def test_the_beat_counts_up(workers, worker):
    workers.beat(worker.worker_id)
    workers.beat(worker.worker_id)

    assert workers.get(worker.worker_id) == replace(worker, beat=2)


def test_a_process_that_says_goodbye_has_ended(workers, worker):
    workers.ended(worker.worker_id)
    ended = workers.get(worker.worker_id).ended

    assert abs((datetime.now(UTC) - ended).total_seconds()) < 60
