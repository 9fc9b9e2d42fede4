"""Rich outputs, progress and values that are files, in both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from jobnb.protocol import EntryKind, Status
from jobnb.store.care import retention
from jobnb.store.care.retention import OldRuns, Retention
from jobnb.store.tables.models import job_result
from jobnb.store.values import EndOfRun
from jobnb.store.watching import Bar

BUNDLE = {"text/html": "<b>1\0</b>\udc80", "text/plain": "1"}


def shown(line, **changes):
    return line("1", kind=EntryKind.DISPLAY, level=None, bundle=BUNDLE, **changes)


def test_what_a_run_shows_is_kept_beside_its_log(results, started, line):
    claim = started()
    results.append(claim.run_id, claim.token, [line("first"), shown(line), shown(line)])

    assert [entry.kind for entry in results.entries.read(claim.run_id)] == [
        EntryKind.LOG,
        EntryKind.DISPLAY,
        EntryKind.DISPLAY,
    ]
    bundles = results.entries.bundles(claim.run_id)
    assert list(bundles) == [2, 3]
    assert bundles[2]["text/plain"] == "1"
    assert bundles[2]["text/html"].endswith("</b>\\udc80")
    assert list(results.entries.bundles(claim.run_id, [3])) == [3]
    assert results.get(claim.run_id).counts["INFO"] == 1


def test_what_others_show_is_their_own(results, started, line):
    one, other = started(), started()
    results.append(one.run_id, one.token, [shown(line)])

    assert results.entries.bundles(other.run_id) == {}


def test_how_far_a_run_is_can_be_seen_while_it_works_and_stays(results, started):
    claim = started()
    results.append(claim.run_id, claim.token, [], progress='[[1,null,"a"],[0.5,2,""]]')
    bars = (Bar(1, None, "a"), Bar(0.5, 2, ""))
    assert results.state(claim.run_id).progress == bars

    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))
    assert results.get(claim.run_id).progress == bars


def test_the_last_progress_comes_with_the_end(results, started):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS), progress='[[2,2,""]]')

    assert results.get(claim.run_id).progress == (Bar(2, 2),)


def test_the_next_attempt_begins_at_nothing(results, started, make_claim):
    claim = started()
    end = EndOfRun(status=Status.RETRY, value_file={"name": "value.csv"})
    results.end(claim.run_id, claim.token, end, progress='[[1,2,""]]')
    results.claim(make_claim(claim.run_id, 2))

    record = results.get(claim.run_id)
    assert (record.progress, record.value_file) == ((), None)


def test_a_value_says_which_file_it_is(results, started):
    claim = started()
    told = {"name": "value.csv", "digest": "0", "dtypes": [["a", "int64"]]}
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS, value_file=told))

    assert results.get(claim.run_id).value_file == told


def test_the_share_of_a_bar_is_between_nothing_and_all():
    assert [Bar(1, 2).share, Bar(3, 2).share, Bar(-1, 2).share] == [0.5, 1.0, 0.0]
    assert [Bar(0, 0).share, Bar(5).share] == [1.0, None]


def test_old_outputs_go_with_their_runs(database, results, started, line, monkeypatch):
    monkeypatch.setattr(retention, "BATCH_ENTRIES", 2)
    claim = started()
    results.append(claim.run_id, claim.token, [shown(line) for _ in range(5)])
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))
    old = OldRuns(before=results.get(claim.run_id).ended + timedelta(days=1))
    list(Retention(database).remove_runs(old))

    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM jobnb_output").scalar() == 0


def test_how_much_a_run_has_shown_is_known_without_reading_it(results, started, line):
    claim = started()
    results.append(claim.run_id, claim.token, [line(), shown(line)])

    sizes = results.entries.bundle_sizes(claim.run_id)
    assert list(sizes) == [2]
    assert sizes[2]["text/plain"] == 1


def test_a_job_usually_takes_the_median_of_its_successes(database, results, started):
    assert results.usual_duration("Hello World") is None
    for seconds, status in ((1, "SUCCESS"), (5, "SUCCESS"), (9, "SUCCESS"), (1000, "FAILURE")):
        claim = started()
        results.end(claim.run_id, claim.token, EndOfRun(status=Status(status)))
        with database.write() as connection:
            ended = job_result.c.run_id == claim.run_id
            moment = results.get(claim.run_id).started + timedelta(seconds=seconds)
            connection.execute(update(job_result).where(ended).values(ended=moment))

    assert results.usual_duration("Hello World") == 5
    assert results.usual_duration("Another") is None
