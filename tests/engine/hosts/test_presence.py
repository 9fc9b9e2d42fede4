from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from jobnb.engine.hosts import workplaces
from jobnb.engine.hosts.presence import hold_presence, is_gone
from jobnb.engine.patience import _OUTAGES
from jobnb.protocol import Reason
from jobnb.settings import load_settings
from jobnb.store.care.workers import Workers
from tests.processes import SECONDS, eventually


def test_a_process_beats(database, make_presence):
    presence = make_presence(beat_interval=0.02, lost_after=0.1)

    eventually(lambda: Workers(database).get(presence.worker_id).beat > 2)


def test_a_cancel_reaches_the_run_with_its_user(results, make_presence, make_run, make_claim):
    presence = make_presence(cancel_poll=0.01)
    run = make_run(presence.process)
    claim = make_claim(run, presence.process)
    heard = []
    presence.attend(claim.token, run.run_id, lambda *words: heard.append(words))
    results.request_cancel(run.run_id, "ada")

    eventually(lambda: heard)
    assert heard[0] == (Reason.CANCELLED, "Cancelled by ada.")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_outage_is_over_although_the_run_has_ended_in_it(
    database, database_url, make_presence, make_run, make_claim
):
    path = Path(database_url.removeprefix("sqlite:///"))
    _OUTAGES.forget_all()  # those of earlier tests in this process
    presence = make_presence(beat_interval=0.05, cancel_poll=0.01)
    run = make_run(presence.process)
    claim = make_claim(run, presence.process)
    aside = path.rename(path.with_suffix(".aside"))
    presence.attend(claim.token, run.run_id, lambda *words: None)
    eventually(lambda: len(_OUTAGES.cut_off) > 1)  # neither the beat nor the look for stops
    presence.leave(claim.token)
    aside.rename(path)

    eventually(lambda: not _OUTAGES.cut_off)


def test_stop_runs_waits_until_the_runs_have_ended(make_presence):
    presence = make_presence()

    def stop(reason, sentence):
        threading.Thread(target=lambda: presence.leave("token")).start()

    presence.attend("token", "run", stop)

    assert presence.stop_runs(["run"], Reason.OWNER_CLOSED, "over", 10)


def test_stop_runs_does_not_wait_for_ever(make_presence):
    presence = make_presence()
    presence.attend("token", "run", lambda reason, sentence: None)

    assert not presence.stop_runs(["run"], Reason.OWNER_CLOSED, "over", 0.01)


def test_a_lock_tells_whether_its_process_lives(locked_worker):
    process, worker = locked_worker

    assert is_gone(worker) is False
    process.kill()
    process.wait()
    assert is_gone(worker) is True


@pytest.mark.parametrize(
    "changes", [{"boot_id": "another"}, {"lock_inode": 1}, {"lock_path": "/nowhere/at/all"}]
)
def test_a_lock_that_may_be_another_one_tells_nothing(make_presence, changes):
    worker = replace(make_presence().process, worker_id="other", **changes)

    assert is_gone(worker) is None


def test_a_closed_presence_leaves_no_lock_file_and_no_thread(database, make_presence):
    before = set(threading.enumerate())
    presence = make_presence()
    presence.close()

    assert not Path(presence.process.lock_path).exists()
    assert set(threading.enumerate()) <= before
    assert Workers(database).get(presence.worker_id).ended is not None


def test_what_the_process_forks_neither_holds_its_lock_nor_closes_it(make_presence):
    presence = make_presence()
    pid = os.fork()
    if pid == 0:
        presence.close()
        os._exit(0)
    os.waitpid(pid, 0)

    assert Path(presence.process.lock_path).exists()


def test_the_pulse_survives_a_chore_that_fails(database, make_presence):
    presence = make_presence(beat_interval=0.02, lost_after=0.1)
    presence.add_chore("broken", lambda: 1 / 0)
    beat = Workers(database).get(presence.worker_id).beat

    eventually(lambda: Workers(database).get(presence.worker_id).beat > beat + 3)


def test_a_chore_that_takes_its_time_delays_neither_the_beat_nor_a_stop(
    database, results, make_presence, make_run, make_claim
):
    presence = make_presence(beat_interval=0.02, lost_after=0.1, cancel_poll=0.01)
    begun, may_end, heard = threading.Event(), threading.Event(), threading.Event()
    presence.add_chore("slow", lambda: begun.set() or may_end.wait(SECONDS))
    assert begun.wait(SECONDS)
    beat = Workers(database).get(presence.worker_id).beat
    run = make_run(presence.process)
    claim = make_claim(run, presence.process)
    presence.attend(claim.token, run.run_id, lambda *words: heard.set())
    results.request_cancel(run.run_id, "ada")

    assert heard.wait(SECONDS)
    eventually(lambda: Workers(database).get(presence.worker_id).beat > beat + 3)
    may_end.set()


def test_a_presence_lives_until_its_last_holder_lets_go(database, clean_environment):
    first, second = object(), object()
    presence = hold_presence(database, load_settings, "test", first)

    assert hold_presence(database, load_settings, "test", second) is presence
    assert presence.release(first) is False
    assert presence.release(second) is True
    again = hold_presence(database, load_settings, "test", first)
    assert again is not presence
    assert again.release(first) is True


def test_an_attempt_whose_run_was_taken_hears_of_it_although_it_writes_nothing(
    results, make_presence, make_run, make_claim
):
    presence = make_presence(cancel_poll=0.01)
    run = make_run(presence.process)
    heard = []
    claim = make_claim(run, presence.process)
    presence.attend(claim.token, run.run_id, lambda *words: heard.append(words))
    presence.own(claim.token)
    results.declare_lost(run.run_id, claim.token, "gone")

    eventually(lambda: heard)
    assert heard[0][0] is Reason.FENCED


def test_an_attempt_that_has_not_claimed_its_run_yet_is_left_alone(
    results, make_presence, make_run
):
    presence = make_presence(cancel_poll=0.01)
    heard, looked = [], threading.Event()
    ask = presence._results.attempts.held_by
    presence._results.attempts.held_by = lambda worker_id: looked.set() or ask(worker_id)
    presence.attend("token", make_run(presence.process).run_id, lambda *w: heard.append(w))

    assert looked.wait(SECONDS)
    presence.close()
    assert heard == []


def test_chores_are_done_when_somebody_asked_for_it(make_presence):
    presence, done = make_presence(beat_interval=600, lost_after=1200), threading.Event()
    presence.add_chore("note", done.set)
    presence.wake_in(0.05)

    assert done.wait(SECONDS)


def test_what_its_runs_have_left_is_removed_at_a_beat(make_presence, monkeypatch):
    monkeypatch.setattr(workplaces, "CALM", 0.0)
    presence = make_presence(beat_interval=0.02, lost_after=0.1)
    place = presence.workplaces.make("run-")
    presence.workplaces.leave(place)

    eventually(lambda: not any(Path(place).parent.iterdir()))
