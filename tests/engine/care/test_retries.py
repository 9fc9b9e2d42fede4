from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Final

import pytest

from jobnb.engine.care import retries as retries_module
from jobnb.engine.care.retries import RetryStarter, delay_after, plan_retry
from jobnb.engine.hosts.withheld import KnownInputs
from jobnb.protocol import Reason, Retries, RunOrder, Status
from jobnb.store.values import EndOfRun
from tests.processes import eventually

TWICE = Retries(max_retries=2, retry_delay=5)


def ended(status=Status.FAILURE, reason=Reason.EXCEPTION):
    return EndOfRun(status=status, reason=reason, detail="It broke.", value="7")


LOST = ended(Status.LOST, Reason.WORKER_LOST)
CLOSED = ended(Status.REVOKED, Reason.WORKER_CLOSED)


@pytest.mark.parametrize(("number", "follows"), [(1, True), (2, True), (3, False)])
def test_as_many_attempts_follow_as_the_job_says(number, follows):
    assert (plan_retry(ended(), TWICE, number) is not None) is follows


@pytest.mark.parametrize(
    ("end", "retry_on"),
    [
        (ended(), ("failure", "both")),
        (ended(reason=Reason.TIME_LIMIT), ("failure", "both")),
        (ended(reason=Reason.NOT_LOADED), ()),
        (LOST, ("lost", "both")),
        (CLOSED, ("lost", "both")),
        (ended(Status.REVOKED, Reason.CANCELLED), ()),
        (ended(Status.REVOKED, Reason.OWNER_CLOSED), ()),
        (ended(Status.SUCCESS, None), ()),
    ],
)
def test_what_an_attempt_follows_is_said_by_the_job(end, retry_on):
    following = [
        word
        for word in ("failure", "lost", "both")
        if plan_retry(end, Retries(max_retries=1, retry_on=word), 1)
    ]

    assert following == list(retry_on)


@pytest.mark.parametrize("detail", ["It broke.", "It broke"])
def test_a_run_between_attempts_says_what_failed_and_when_it_goes_on(detail):
    again = plan_retry(replace(ended(), detail=detail), TWICE, 1)

    assert (again.status, again.reason) == (Status.RETRY, Reason.EXCEPTION)
    assert again.detail == (
        "Attempt 1 of 3 ended in FAILURE: It broke. The next one is due in 5 s."
    )
    assert timedelta(seconds=4) < again.due - datetime.now(UTC) <= timedelta(seconds=5)
    assert again.value is None


def test_a_delay_stays_the_same_unless_it_doubles():
    assert [delay_after(TWICE, number) for number in (1, 2, 9)] == [5, 5, 5]


def test_a_doubled_delay_is_cut_at_random_and_has_a_longest():
    retries = Retries(retry_delay=10, retry_backoff=True, retry_delay_max=60)

    for number, longest in ((1, 10), (2, 20), (3, 40), (4, 60), (9999, 60)):
        assert longest / 2 <= delay_after(retries, number) <= longest


class Launcher:
    """Notes what it is to launch."""

    def __init__(self):
        self.orders = []
        self.inputs = []

    def launch(self, order, job):
        self.orders.append((order.run_id, order.attempt, job))
        self.inputs.append(order.inputs)


@pytest.fixture
def starter(results):
    """A starter that reaches one scheduler, with what it did."""
    launcher, woken, known = Launcher(), [], KnownInputs()

    def make_order(record, inputs):
        number = record.attempts + 1
        return RunOrder(
            run_id=record.run_id, attempt=number, database_uuid="", database_url="", inputs=inputs
        )

    made = RetryStarter(
        results,
        reach=lambda wanted: nullcontext(launcher if wanted == "near" else None),
        make_order=make_order,
        wake_in=woken.append,
        known_inputs=known,
    )
    return SimpleNamespace(
        tick=made.tick, orders=launcher.orders, inputs=launcher.inputs, woken=woken, known=known
    )


@pytest.fixture
def waiting(results, make_presence, make_run, make_claim):
    """Makes a run that waits for its second attempt."""
    worker = make_presence().process

    def make(seconds, scheduler_id="near", **facts):
        run = make_run(worker, scheduler_id=scheduler_id, **facts)
        claim = make_claim(run, worker)
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        results.end(run.run_id, claim.token, EndOfRun(status=Status.RETRY, due=due))
        return run.run_id, due

    return make


def test_what_is_due_is_started_once(starter, waiting):
    run_id, _ = waiting(-1)
    starter.tick()
    starter.tick()

    assert starter.orders == [(run_id, 2, "Hello")]


def test_what_is_due_later_wakes_the_starter_then(starter, waiting):
    patient = {"retries": {"max_retries": 1, "retry_delay": 600}}
    waiting(60, options=patient)
    waiting(600, options=patient)
    starter.tick()

    assert starter.orders == []
    assert 50 < min(starter.woken) <= 60


class Earlier(datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) - timedelta(hours=1)


def test_no_delay_is_longer_than_was_planned_though_the_clock_is_set_back_before_the_first_look(
    starter, waiting, monkeypatch
):
    waiting(20, options={"retries": {"max_retries": 1, "retry_delay": 20}})
    monkeypatch.setattr(retries_module, "datetime", Earlier)
    starter.tick()

    assert 19 < min(starter.woken) <= 20


def test_what_is_due_comes_although_the_clock_is_set_back(starter, waiting, monkeypatch):
    run_id, _ = waiting(0.2)
    starter.tick()
    monkeypatch.setattr(retries_module, "datetime", Earlier)
    eventually(lambda: starter.tick() or starter.orders, 5)

    assert starter.orders == [(run_id, 2, "Hello")]


def test_what_is_due_on_another_scheduler_is_left_to_those_who_reach_it(starter, waiting):
    waiting(-1, scheduler_id="far")
    starter.tick()

    assert starter.orders == []


class TestWithheldInputs:
    """The database has not all inputs: only who was given them can start another attempt."""

    OPTIONS: Final = {"withheld": ["password"], "retries": {"max_retries": 1}}

    def test_who_knows_them_starts_it_with_all_of_them(self, starter, waiting, results):
        run_id, _ = waiting(-1, options=self.OPTIONS)
        starter.known.keep(results.get(run_id), {"password": "hunter2"})
        starter.tick()

        assert starter.orders == [(run_id, 2, "Hello")]
        assert starter.inputs == [{"password": "hunter2"}]

    def test_who_does_not_leaves_it_to_others(self, starter, waiting, results):
        run_id, _ = waiting(-1, options=self.OPTIONS)
        starter.tick()

        assert starter.orders == []
        assert results.state(run_id).status == Status.RETRY

    def test_they_are_forgotten_when_the_run_has_ended(self, starter, waiting, results):
        run_id, _ = waiting(60, options=self.OPTIONS)
        starter.known.keep(results.get(run_id), {"password": "hunter2"})
        starter.tick()
        before = starter.known.runs
        results.request_cancel(run_id, "ada")
        starter.tick()

        assert (before, starter.known.runs) == ({run_id}, frozenset())

    @pytest.mark.parametrize("options", [{}, {"withheld": ["password"]}])
    def test_nothing_is_kept_that_no_attempt_could_need(self, starter, waiting, results, options):
        run_id, _ = waiting(60, options=options)
        starter.known.keep(results.get(run_id), {"password": "hunter2"})

        assert starter.known.runs == frozenset()
