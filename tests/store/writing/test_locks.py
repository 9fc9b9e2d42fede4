"""Runs with a lock or a key: which are written, which may start, and when others may."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from jobnb.protocol import Reason, Status, WhenBusy
from jobnb.store.care.turns import Turns
from jobnb.store.values import EndOfRun, NewRun
from jobnb.store.writing.locks import lock_name

LOCK = {"lock": "hello.Hello", "lock_limit": 1, "when_busy": WhenBusy.WAIT}
REFUSES = LOCK | {"when_busy": WhenBusy.REFUSE}
DONE = EndOfRun(status=Status.SUCCESS)


@pytest.fixture
def turns(database):
    return Turns(database)


@pytest.fixture
def submit(results, pending):
    """Makes a run, or not, and says what became of it."""

    def make(**changes):
        known = results.get(pending())
        names = NewRun.__dataclass_fields__
        values = {name: value for name, value in vars(known).items() if name in names}
        return results.create(NewRun(**(values | changes)))

    return make


def test_of_many_claims_at_one_lock_one_succeeds(results, pending, make_claim, race):
    claims = [make_claim(pending(**LOCK)) for _ in range(8)]
    won = race(*[lambda claim=claim: bool(results.claim(claim)) for claim in claims])

    assert sorted(won) == [False] * 7 + [True]


def test_as_many_claims_succeed_as_may_work_at_once(results, pending, make_claim, race):
    claims = [make_claim(pending(**LOCK | {"lock_limit": 3})) for _ in range(8)]
    won = race(*[lambda claim=claim: bool(results.claim(claim)) for claim in claims])

    assert sum(won) == 3


@pytest.mark.parametrize("end", ["end", "lost"])
def test_however_a_run_ends_the_next_may_start(results, started, pending, make_claim, end):
    first = started(**LOCK)
    second = make_claim(pending(**LOCK))
    assert not results.claim(second)
    if end == "end":
        results.end(first.run_id, first.token, DONE)
    else:
        results.declare_lost(first.run_id, first.token, "gone")

    assert results.claim(second)


def test_a_run_between_two_attempts_keeps_its_lock(results, started, pending, make_claim):
    first = started(**LOCK)
    results.end(first.run_id, first.token, EndOfRun(status=Status.RETRY))

    assert not results.claim(make_claim(pending(**LOCK)))
    assert results.claim(make_claim(first.run_id, 2))


def test_a_claim_whose_answer_was_lost_succeeds_again(results, started, pending, make_claim):
    first = started(**LOCK)
    assert results.claim(make_claim(pending(**LOCK | {"lock_limit": None})))

    assert results.claim(first)


def test_a_run_that_ignores_the_lock_starts_and_keeps_others_out(
    results, started, pending, make_claim
):
    started(**LOCK)
    beside = make_claim(pending(**LOCK | {"lock_limit": None}))

    assert results.claim(beside)
    assert not results.claim(make_claim(pending(**LOCK)))


def test_a_run_that_others_keep_out_is_not_written(results, submit, pending):
    first = pending(**REFUSES)
    refused = submit(run_id="r2", **REFUSES)

    assert not refused.is_new
    assert [holder.run_id for holder in refused.holders] == [first]
    assert [record.run_id for record in results.find() if record.run_id == "r2"] == []


def test_of_many_submits_at_one_lock_one_is_written(submit, race):
    said = race(*[lambda n=n: submit(run_id=f"run-{n}", **REFUSES) for n in range(8)])

    assert sum(item.is_new for item in said) == 1
    assert {len(item.holders) for item in said if not item.is_new} == {1}


def test_turns_are_told_in_the_order_of_the_submits(turns, started, pending):
    holder = started(**LOCK)
    first, second = pending(**LOCK), pending(**LOCK)
    found = turns.of([second, first])

    assert [turn.run_id for turn in found] == [first, second]
    assert {turn.is_free for turn in found} == {False}
    assert found[0].holders[0].run_id == holder.run_id


def test_the_one_that_waits_longest_is_next(results, turns, started, pending):
    holder = started(**LOCK)
    first, second = pending(**LOCK), pending(**LOCK)
    results.end(holder.run_id, holder.token, DONE)

    assert [(turn.is_free, turn.is_next) for turn in turns.of([first, second])] == [
        (True, True),
        (True, False),
    ]


def test_a_run_that_ignores_the_lock_waits_for_nobody(turns, started, pending):
    started(**LOCK)
    pending(**LOCK)
    (turn,) = turns.of([pending(**LOCK | {"lock_limit": None})])

    assert (turn.is_free, turn.is_next) == (True, True)


def test_what_a_run_waits_for_is_said_until_it_starts(results, turns, pending, make_claim):
    run_id = pending()
    turns.say(run_id, "Waits for a worker.")
    said = results.get(run_id).detail
    results.claim(make_claim(run_id))
    turns.say(run_id, "Too late.")

    assert said == "Waits for a worker."
    assert results.get(run_id).detail == ""


def test_a_run_is_refused_only_while_others_have_its_lock(results, turns, started, pending):
    holder = started(**LOCK)
    late = pending(**LOCK)
    assert turns.refuse(late, "busy")
    assert (results.get(late).status, results.get(late).reason) == (Status.FAILURE, Reason.BUSY)
    results.end(holder.run_id, holder.token, DONE)

    assert not turns.refuse(pending(**LOCK), "busy")


def test_a_key_has_one_run_however_many_submit_it_at_once(submit, race):
    said = race(*[lambda n=n: submit(run_id=f"run-{n}", key="nightly") for n in range(8)])

    assert sum(item.is_new for item in said) == 1
    assert len({item.run_id for item in said}) == 1


def test_another_job_may_have_the_same_key(submit, pending):
    pending(key="nightly")

    assert submit(run_id="other", key="nightly", class_path="other.Job").is_new


def test_a_run_that_has_failed_keeps_its_key(results, submit, started):
    first = started(key="nightly")
    results.end(first.run_id, first.token, EndOfRun(status=Status.FAILURE))

    assert submit(run_id="again", key="nightly").run_id == first.run_id


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_a_run_that_never_started_loses_its_key(results, submit, pending, how):
    first = pending(key="nightly")
    if how == "cancelled":
        results.request_cancel(first, "ada")
    else:
        end = {"status": Status.REVOKED, "reason": Reason.NEVER_STARTED, "detail": ""}
        results.close_unstarted(first, **end)

    assert submit(run_id="again", key="nightly").is_new


def test_a_run_that_is_cancelled_between_two_attempts_keeps_its_key(results, submit, started):
    first = started(key="nightly")
    results.end(first.run_id, first.token, EndOfRun(status=Status.RETRY))
    results.request_cancel(first.run_id, "ada")

    assert not submit(run_id="again", key="nightly").is_new


def test_a_lock_has_the_same_name_for_the_same_values_and_is_never_long():
    assert lock_name("a.B", {}) == "a.B"
    assert lock_name("a.B", {"y": 1, "x": "1"}) == lock_name("a.B", {"x": "1", "y": 1})
    assert lock_name("a.B", {"x": 1}) != lock_name("a.B", {"x": "1"})
    assert len(lock_name("a.B", {"x": "1" * 5000})) < 100


def test_between_two_attempts_a_run_keeps_its_lock(results, started, pending, make_claim):
    first = started(**LOCK)
    beside = make_claim(pending(**LOCK | {"lock_limit": None}))
    results.end(first.run_id, first.token, EndOfRun(status=Status.RETRY))

    assert not results.claim(make_claim(pending(**LOCK)))
    assert results.claim(beside)
    assert results.claim(make_claim(first.run_id, number=2))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.cluster
def test_a_key_that_is_given_up_while_somebody_finds_it_taken_is_free(database, results, new_run):
    first, second = new_run(key="k"), new_run(key="k")
    steps = [
        ("INSERT", lambda: results.create(first)),
        ("SELECT", lambda: results.request_cancel(first.run_id, "bob")),
    ]
    stepping = []

    def meet(_connection, _cursor, statement, *_):
        if steps and not stepping and statement.startswith(steps[0][0]):
            stepping.append(steps.pop(0))
            stepping[0][1]()
            stepping.clear()

    event.listen(database._writer, "before_cursor_execute", meet)
    admission = results.create(second)

    assert not steps
    assert (admission.run_id, admission.is_new) == (second.run_id, True)
