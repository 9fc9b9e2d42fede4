from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.engine.recording.lines import LONGEST_PIECE, PATIENCE, QUIET, LineAssembler, NativeText
from jobnb.engine.recording.secrecy import Secrecy
from jobnb.protocol import ConsoleEvent
from jobnb.protocol.masking import Masker


def piece(text, thread=1, stream="stdout"):
    return ConsoleEvent(1.0, stream, text, thread)


def lines_of(*pieces):
    assembler = LineAssembler()
    entries = [entry for text in pieces for entry in assembler.feed(piece(text))]
    return [(entry.message, entry.partial) for entry in [*entries, *assembler.interrupt()]]


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["a", "\n"], [("a", False)]),
        (["a\nb\n"], [("a", False), ("b", False)]),
        (["\n\n"], [("", False), ("", False)]),
        (["a\r\n"], [("a", False)]),
        (["a\r", "\n"], [("a", False)]),
        (["no end"], [("no end", True)]),
        (["\r 10%", "\r 20%", "\n"], [(" 10%", False), (" 20%", False)]),
        (["50%\r"], [("50%", False)]),
    ],
)
def test_pieces_become_lines(pieces, lines):
    assert lines_of(*pieces) == lines


@given(st.lists(st.text(alphabet="ab\n", max_size=8), max_size=12))
def test_the_lines_are_exactly_what_was_printed(pieces):
    text = "".join(message if partial else message + "\n" for message, partial in lines_of(*pieces))

    assert text == "".join(pieces)


def test_the_lines_of_two_threads_do_not_mix():
    assembler = LineAssembler()
    assembler.feed(piece("one ", thread=1))
    assembler.feed(piece("two ", thread=2))
    [entry] = assembler.feed(piece("more\n", thread=1))

    assert entry.message == "one more"


def test_an_interruption_cuts_only_the_lines_of_its_thread():
    assembler = LineAssembler()
    assembler.feed(piece("one", thread=1))
    assembler.feed(piece("two", thread=2))
    [entry] = assembler.interrupt(1)

    assert (entry.message, entry.partial) == ("one", True)


def test_an_unfinished_line_is_shown_after_a_while():
    assembler = LineAssembler()
    assembler.feed(piece("Working ..."))
    due = assembler.next_due

    assert due is not None
    assert assembler.overdue(due - PATIENCE / 2) == []
    assert [entry.message for entry in assembler.overdue(due + 0.001)] == ["Working ..."]
    assert assembler.next_due is None


def test_an_endless_line_is_cut():
    [entry] = LineAssembler().feed(piece("x" * (LONGEST_PIECE + 1)))

    assert entry.partial


def test_a_character_split_between_two_reads_stays_whole():
    native = NativeText("stdout")
    data = "snow ☃\n".encode()
    text = native.feed(data[:6]).text + native.feed(data[6:]).text + native.feed(b"").text

    assert text == "snow ☃\n"


def test_bytes_that_are_no_text_are_shown_as_what_they_are():
    assert NativeText("stdout").feed(b"\xff\n").text == "\\xff\n"


def test_a_line_keeps_the_time_at_which_it_began():
    assembler = LineAssembler()
    assembler.feed(ConsoleEvent(10.0, "stdout", "a", 1))
    [entry] = assembler.feed(ConsoleEvent(time.time(), "stdout", "b\n", 1))

    assert entry.created == 10.0


def test_an_unfinished_line_waits_longer_while_other_threads_speak():
    assembler = LineAssembler()
    assembler.feed(piece("its end is on the way", thread=1))
    begin = time.monotonic()
    assembler._last_word = begin + PATIENCE
    assembler._open[("stdout", 1)].since = begin

    assert assembler.overdue(begin + PATIENCE + QUIET / 2) == []
    assert assembler.overdue(begin + PATIENCE + QUIET)


def held_e():
    """Keeps back every "e" at the end."""
    secrecy = Secrecy()
    secrecy.mask(Masker(["eeeeeeeeee"]))
    return secrecy


def test_what_is_held_back_is_not_shown_with_the_rest_of_an_unfinished_line():
    assembler = LineAssembler(held_e())
    assembler.feed(piece("Maybe se"))
    now = time.monotonic()
    shown = assembler.overdue(now + PATIENCE + 1)
    later = assembler.overdue(now + PATIENCE + 1)
    [rest] = assembler.feed(piece("cret\n"))

    assert [(entry.message, entry.partial) for entry in shown] == [("Maybe s", True)]
    assert (later, rest.message) == ([], "ecret")


def test_what_is_held_back_of_a_line_that_goes_on_waits_with_it():
    assembler = LineAssembler(held_e())
    assembler.feed(piece("e"))
    nothing = assembler.overdue(time.monotonic() + PATIENCE + 1)
    assembler.feed(piece("x"))
    [entry] = assembler.overdue(time.monotonic() + PATIENCE + 1)

    assert nothing == []
    assert (entry.message, entry.partial) == ("ex", True)


def test_what_is_held_back_stays_so_when_something_else_comes_in_between():
    assembler = LineAssembler(held_e())
    assembler.feed(piece("see"))
    [shown] = assembler.interrupt(1)
    due = assembler.next_due
    nothing = assembler.interrupt(1)
    [rest] = assembler.feed(piece("x\n"))

    assert (shown.message, shown.partial, nothing, rest.message) == ("s", True, [], "eex")
    assert due is None


def test_at_the_end_what_is_held_back_is_shown():
    assembler = LineAssembler(held_e())
    assembler.feed(piece("see"))
    assembler.interrupt(1)
    [entry] = assembler.interrupt()

    assert entry.message == "ee"


def test_an_endless_line_is_cut_before_what_is_held_back():
    assembler = LineAssembler(held_e())
    [entry] = assembler.feed(piece("x" * LONGEST_PIECE + "ee"))
    [rest] = assembler.feed(piece("\n"))

    assert (len(entry.message), rest.message) == (LONGEST_PIECE, "ee")
