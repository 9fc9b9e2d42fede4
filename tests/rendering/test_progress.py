from __future__ import annotations

import pytest

from jobnb.rendering.progress import REPEAT, ProgressLine, bar_text
from jobnb.store.watching import Bar

ERASE = "\r\x1b[K"


@pytest.mark.parametrize(
    ("bar", "text"),
    [
        (Bar(45, 100, "devices"), "devices · 45 of 100 · 45 %"),
        (Bar(1500, 3000), "1,500 of 3,000 · 50 %"),
        (Bar(7, None, "files"), "files · 7"),
        (Bar(0.5, 1), "0.5 of 1 · 50 %"),
    ],
)
def test_a_bar_is_written_for_people(bar, text):
    assert bar_text(bar) == text


def test_a_terminal_has_one_line_that_gives_way_to_the_log():
    line = ProgressLine(is_terminal=True)
    drawn = line.drawn([Bar(1, 2, "sites"), Bar(1, 4, "\x1b[31mports\n")])

    assert drawn.startswith(f"{ERASE}━━━━━━━━━━━━──")
    assert drawn.count("\n") == 0
    assert drawn.count("\x1b") == 1
    assert (line.erased(), line.erased()) == (ERASE, "")


def test_a_line_that_has_given_way_is_drawn_again():
    line = ProgressLine(is_terminal=True)
    line.drawn([Bar(1, 2)])
    line.erased()

    assert line.drawn([Bar(1, 2)])


def test_what_has_not_changed_is_not_drawn():
    line = ProgressLine(is_terminal=True)

    assert line.drawn(()) == ""
    assert line.drawn([Bar(1, 2)])
    assert line.drawn([Bar(1, 2)]) == ""


def test_a_file_gets_a_line_now_and_then(monkeypatch):
    line, now = ProgressLine(is_terminal=False), [100.0]
    monkeypatch.setattr("jobnb.rendering.progress.time.monotonic", lambda: now[0])

    assert line.drawn([Bar(1, 4, "sites")]) == "progress: sites · 1 of 4 · 25 %\n"
    assert line.drawn([Bar(2, 4, "sites")]) == ""
    assert line.erased() == ""
    now[0] += REPEAT
    assert line.drawn([Bar(3, 4)]) == "progress: 3 of 4 · 75 %\n"
