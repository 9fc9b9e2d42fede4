from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from jobnb.engine.updates import Update
from jobnb.protocol import EntryKind, Origin, Status
from jobnb.store.values import Entry
from jobnb.store.watching import RunState
from jobnb.terminal import PlainViewer, say


class Watched:
    """As much of a job result as a plain view asks for."""

    id = "3f2a9c1e-0d4b-4c8e-9a51-6b7c8d9e0f12"

    def __str__(self) -> str:
        return f"Job result {self.id}"


def log(message: str, number: int) -> Entry:
    return Entry(
        kind=EntryKind.LOG, number=number, created=0, message=message, level="INFO", grouping="run"
    )


def printed(message: str, number: int, *, partial: bool = False) -> Entry:
    return Entry(
        kind=EntryKind.CONSOLE,
        number=number,
        created=0,
        message=message,
        source="stdout",
        partial=partial,
    )


@pytest.fixture
def view():
    return PlainViewer(colour=False).open(Watched(), cancels=True)


def update(*entries) -> Update:
    last = entries[-1].number
    state = RunState(status=Status.STARTED, last_entry=last, cancel_requested=False)
    return Update(entries=list(entries), state=state, last=last)


def test_each_entry_is_a_line(view, capsys):
    view.update(update(log("one", 1), printed("two", 2)))

    assert [line[13:].split() for line in capsys.readouterr().out.splitlines()] == [
        ["INFO", "run:", "one"],
        ["two"],
    ]


def test_a_printed_line_goes_on_where_it_stopped(view, capsys):
    view.update(update(printed("work", 1, partial=True)))
    view.update(update(printed("ing", 2)))

    assert capsys.readouterr().out.endswith(" working\n")


def test_what_comes_between_begins_its_own_line(view, capsys):
    view.update(update(printed("work", 1, partial=True)))
    view.update(update(log("now", 2)))

    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == ["work", "now"]


def test_the_end_is_one_line_and_the_reason(view, capsys):
    view.update(update(printed("unfinished", 1, partial=True)))
    record = SimpleNamespace(
        status=Status.FAILURE,
        detail="It broke.",
        duration=1.5,
        last_entry=1,
        run_id="3f2a",
        origin=Origin(),
    )
    view.close(record)

    [_, end, reason] = capsys.readouterr().out.splitlines()
    assert end.startswith("FAILURE · 1.50 s")
    assert reason == "It broke."


def test_who_stops_watching_is_told_how_to_see_it_again(view, capsys):
    view.detach()

    assert "`jobnb log -f 3f2a9c1e`" in capsys.readouterr().out


def test_a_submitted_run_prints_nothing(capsys):
    PlainViewer(colour=True).show(Watched())

    assert capsys.readouterr().out == ""


def test_an_output_that_knows_only_ascii_is_no_reason_to_fail(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)

    say("日本 · ok")

    assert output.buffer.getvalue() == rb"\u65e5\u672c \xb7 ok"


def test_what_a_run_waits_for_is_said_once_before_its_first_line(view, capsys):
    for waits_for in ("", "Waits for a worker.", "Waits for a worker.", "Waits for its turn.", ""):
        state = RunState(
            status=Status.PENDING, last_entry=0, cancel_requested=False, waits_for=waits_for
        )
        view.update(Update(entries=[], state=state, last=0))

    assert capsys.readouterr().out == "Waits for a worker.\nWaits for its turn.\n"
