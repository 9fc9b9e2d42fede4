from __future__ import annotations

import mmap
import sys
from subprocess import PIPE, Popen

import pytest

from jobnb.protocol import LEVELS, JobDescription, Reason, Status
from jobnb.store.catalog.records import JobRecords
from jobnb.store.tables.clock import now
from jobnb.store.values import EndOfRun
from tests.processes import SECONDS


def _known_job(database, *, enabled):
    description = JobDescription(
        class_path="hello.Hello",
        module="hello",
        class_name="Hello",
        name="Hello World",
        grouping="Examples",
        description="",
        file="hello.py",
    )
    JobRecords(database).sync([description], enable_new=enabled, place="ada")


def test_a_claim_starts_a_waiting_run(results, pending, make_claim, worker):
    claim = make_claim(pending())

    assert results.claim(claim)
    record = results.get(claim.run_id)
    assert (record.status, record.worker, record.attempts) == (Status.STARTED, worker.name, 1)
    assert record.started is not None
    assert record.ended is None


def test_a_run_is_claimed_only_once(results, started, make_claim):
    claim = started()

    assert not results.claim(make_claim(claim.run_id, 2))
    assert [attempt.token for attempt in results.attempts.of(claim.run_id)] == [claim.token]


def test_a_run_that_nobody_wrote_down_cannot_be_claimed(results, make_claim):
    assert not results.claim(make_claim("00000000-0000-0000-0000-000000000000"))


def test_a_cancelled_run_is_never_claimed(results, pending, make_claim):
    run_id = pending()
    results.request_cancel(run_id, "ada")

    assert not results.claim(make_claim(run_id))


def test_a_run_cancelled_in_its_first_attempt_gets_no_second(results, started, make_claim):
    claim = started()
    results.request_cancel(claim.run_id, "ada")
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.RETRY))

    assert not results.claim(make_claim(claim.run_id, 2))


@pytest.mark.parametrize("enabled", [True, False])
def test_only_an_enabled_job_is_claimed(database, results, pending, make_claim, enabled):
    run_id = pending()
    _known_job(database, enabled=enabled)

    assert bool(results.claim(make_claim(run_id))) is enabled
    assert (results.state(run_id).status is Status.STARTED) is enabled


def test_a_run_of_a_disabled_job_is_not_written_down(database, results, new_run):
    _known_job(database, enabled=False)
    admission = results.create(new_run())

    assert (admission.is_disabled, admission.is_new, admission.record) == (True, False, None)
    assert results.find() == []


def test_a_job_disabled_after_the_start_does_not_stop_the_run(database, results, started, line):
    claim = started()
    _known_job(database, enabled=False)

    assert results.append(claim.run_id, claim.token, [line()]) == 1


def test_of_eight_claims_at_once_exactly_one_wins(results, pending, make_claim, race):
    winners = []
    for _ in range(25):
        run_id = pending()
        claims = [make_claim(run_id, number) for number in range(1, 9)]
        won = race(*(lambda claim=claim: bool(results.claim(claim)) for claim in claims))
        winners.append(won.count(True))

    assert winners == [1] * 25


def test_a_claim_and_a_cancel_at_once_never_both_have_it_their_way(
    results, pending, make_claim, race
):
    outcomes = set()
    for _ in range(200):
        run_id = pending()
        claim = make_claim(run_id)
        claimed, state = race(
            lambda claim=claim: bool(results.claim(claim)),
            lambda run_id=run_id: results.request_cancel(run_id, "ada"),
        )
        outcomes.add((claimed, state.status, results.state(run_id).status))

    assert outcomes <= {
        (True, Status.STARTED, Status.STARTED),
        (False, Status.REVOKED, Status.REVOKED),
    }


@pytest.fixture
def fenced(results, started):
    """A claim whose run has been declared lost."""
    claim = started()
    assert results.declare_lost(claim.run_id, claim.token, "The worker vanished.")
    return claim


@pytest.mark.parametrize(
    "write",
    [
        lambda results, claim, line: results.append(claim.run_id, claim.token, [line]) is not None,
        lambda results, claim, line: results.end(
            claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS), [line]
        ),
        lambda results, claim, _: results.declare_lost(claim.run_id, claim.token, "again"),
        lambda results, claim, _: results.add_file(claim.run_id, claim.token, "a", b"x", 0.0),
    ],
    ids=["append", "end", "declare_lost", "add_file"],
)
def test_a_fenced_attempt_changes_nothing(results, fenced, line, write):
    before = results.get(fenced.run_id), results.entries.read(fenced.run_id)

    assert not write(results, fenced, line())
    assert (results.get(fenced.run_id), results.entries.read(fenced.run_id)) == before
    assert results.files.of(fenced.run_id) == []


def test_the_token_of_another_attempt_is_fenced(results, started, make_claim, line):
    claim = started()
    stranger = make_claim(claim.run_id, 2)

    assert results.append(claim.run_id, stranger.token, [line()]) is None
    assert results.state(claim.run_id).last_entry == 0


def test_a_batch_and_the_loss_of_the_run_at_once_leave_it_consistent(results, started, line, race):
    for _ in range(50):
        claim = started()
        race(
            lambda claim=claim: results.append(claim.run_id, claim.token, [line()] * 3),
            lambda claim=claim: results.declare_lost(claim.run_id, claim.token, "gone"),
        )
        record = results.get(claim.run_id)
        entries = results.entries.read(claim.run_id)
        assert record.status is Status.LOST
        assert [item.number for item in entries] == list(range(1, record.last_entry + 1))
        assert sum(record.counts.values()) == len(entries)
        assert entries[-1].message == "gone"


def test_a_lost_run_says_so_in_its_log(results, fenced):
    record = results.get(fenced.run_id)
    (entry,) = results.entries.read(fenced.run_id)

    assert (record.status, record.reason) == (Status.LOST, Reason.WORKER_LOST)
    assert (record.detail, record.failed) == ("The worker vanished.", True)
    assert record.counts == dict.fromkeys(LEVELS, 0) | {"ERROR": 1}
    assert (entry.level, entry.grouping, entry.message) == (
        "ERROR",
        "supervision",
        "The worker vanished.",
    )


def test_a_waiting_run_cannot_be_lost(results, pending, make_claim):
    run_id = pending()

    assert not results.declare_lost(run_id, make_claim(run_id).token, "gone")
    assert results.state(run_id).status is Status.PENDING


def test_a_claim_whose_answer_was_lost_may_be_tried_again(results, pending, make_claim):
    claim = make_claim(pending())

    assert results.claim(claim)
    assert results.claim(claim)
    assert len(results.attempts.of(claim.run_id)) == 1


def test_an_order_for_an_earlier_attempt_claims_nothing_when_it_comes_again(
    results, started, make_claim
):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.RETRY))

    assert not results.claim(make_claim(claim.run_id, 1))
    assert results.claim(make_claim(claim.run_id, 2))


def test_a_second_attempt_starts_clean_and_keeps_the_first_start(results, started, make_claim):
    claim = started()
    began = results.get(claim.run_id).started
    failed = EndOfRun(
        status=Status.RETRY, reason=Reason.EXCEPTION, detail="x", traceback="t", due=now()
    )
    results.end(claim.run_id, claim.token, failed)
    results.claim(make_claim(claim.run_id, 2))
    record = results.get(claim.run_id)

    assert (record.reason, record.detail, record.traceback, record.due) == (None, "", None, None)
    assert (record.started, record.attempts) == (began, 2)


def test_a_lost_attempt_may_be_followed_by_another_one(results, started):
    claim = started()
    again = EndOfRun(status=Status.RETRY, reason=Reason.WORKER_LOST, detail="again", due=now())
    results.declare_lost(claim.run_id, claim.token, "gone", instead=again)

    assert results.state(claim.run_id).status is Status.RETRY
    assert [run.run_id for run in results.unfinished.due()] == [claim.run_id]
    assert [item.message for item in results.entries.read(claim.run_id)] == ["gone", "again"]


CANCELLER = """
import mmap, sys
from jobnb.store.database import open_database
from jobnb.store.results import Results

url, folder = sys.argv[1:]
results = Results(open_database(url))
with open(f"{folder}/turn", "r+b") as file:
    turn = mmap.mmap(file.fileno(), 4)
print("ready", flush=True)
for number, run_id in enumerate(open(f"{folder}/ids").read().split(), 1):
    while int.from_bytes(turn[:4], "big") < number:
        pass
    results.request_cancel(run_id, "ada")
"""


@pytest.fixture
def canceller(database_url, tmp_path):
    """Another process that cancels each run in its turn; gives what says whose turn it is."""
    (tmp_path / "turn").write_bytes(bytes(4))
    started = []

    def start(run_ids):
        (tmp_path / "ids").write_text(" ".join(run_ids))
        command = [sys.executable, "-c", CANCELLER, database_url, str(tmp_path)]
        started.append(Popen(command, stdout=PIPE))
        started[0].stdout.readline()
        with (tmp_path / "turn").open("r+b") as file:
            return started[0], mmap.mmap(file.fileno(), 4)

    yield start
    started[0].kill()
    started[0].communicate()


@pytest.mark.cluster
def test_in_a_thousand_races_against_another_process_no_cancelled_run_is_claimed(
    results, pending, make_claim, canceller
):
    claims = [make_claim(pending()) for _ in range(1000)]
    process, turn = canceller([claim.run_id for claim in claims])
    won = []
    for number, claim in enumerate(claims, 1):
        turn[:4] = number.to_bytes(4, "big")
        for _ in range(number % 25):
            results.state(claim.run_id)  # gives the other one a start
        won.append(bool(results.claim(claim)))
    process.wait(SECONDS)

    records = {item.run_id: item for item in results.find(limit=1000)}
    ends = [(records[item.run_id].status, records[item.run_id].attempts) for item in claims]
    expected = {True: (Status.STARTED, 1), False: (Status.REVOKED, 0)}
    assert ends == [expected[is_mine] for is_mine in won]
    assert True in won
    assert False in won


def test_a_claim_that_waits_for_one_that_is_over_at_once_does_not_get_the_run(
    results, pending, make_claim, race
):
    def claim_and_fail(claim):
        won = results.claim(claim)
        if won:
            results.end(claim.run_id, claim.token, EndOfRun(status=Status.RETRY))
        return bool(won)

    for _ in range(10):
        run_id = pending()
        claims = [make_claim(run_id) for _ in range(6)]
        won = race(*[lambda claim=claim: claim_and_fail(claim) for claim in claims])
        assert sorted(won) == [False] * 5 + [True]
