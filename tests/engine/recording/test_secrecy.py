"""Secrecy: known values and patterns together, in everything that one attempt says."""

from __future__ import annotations

import json

import pytest

from jobnb.engine.recording.lines import LONGEST_PIECE, PATIENCE, LineAssembler
from jobnb.engine.recording.redaction import WITHHELD, Redactor
from jobnb.engine.recording.secrecy import Secrecy
from jobnb.protocol import ConsoleEvent, EntryKind, Reason, Status
from jobnb.protocol.masking import Masker
from jobnb.protocol.patterns import DEFAULT_PATTERNS
from jobnb.store.values import EndOfRun, NewEntry


@pytest.fixture
def secrecy():
    made = Secrecy()
    made.mask(Masker(["correct horse"]))
    made.redact(Redactor(DEFAULT_PATTERNS))
    return made


def entry(message, **more):
    return NewEntry(kind=EntryKind.LOG, created=1.0, message=message, level="INFO", **more)


def printed(secrecy, *pieces):
    """The lines of pieces with a pause, a second long, after each."""
    assembler = LineAssembler(secrecy)
    entries = []
    for text in pieces:
        entries += assembler.feed(ConsoleEvent(1.0, "stdout", text))
        entries += assembler.overdue((assembler.next_due or 0) + PATIENCE + 1)
    return [item.message for item in secrecy.entries([*entries, *assembler.interrupt()])]


def test_a_known_value_is_hidden_whole_before_a_pattern_finds_half_of_it(secrecy):
    assert secrecy.text("password correct horse battery") == "password (redacted) battery"


@pytest.mark.parametrize("secret", ["hotshot", "abab", "my user", "xusername"])
def test_a_secret_whose_end_may_begin_something_else_is_hidden_before_its_line_ends(secret):
    secrecy = Secrecy()
    secrecy.mask(Masker([secret]))
    secrecy.redact(Redactor([*DEFAULT_PATTERNS, (r"user \w+", "{replacement}")]))
    shown = printed(secrecy, f"<{secret}", "", "> and more\n")

    assert shown[0] == "<********"


def test_message_and_object_of_an_entry_are_redacted(secrecy):
    [shown] = secrecy.entries([entry("password x", object="u:p@host", grouping="password y")])

    assert shown.message == "password (redacted)"
    assert (shown.object, shown.grouping) == ("(redacted)@host", "password y")


def test_an_end_is_redacted_but_for_its_value(secrecy):
    said = "ValueError: https://u:p@host"
    end = EndOfRun(
        status=Status.FAILURE,
        reason=Reason.EXCEPTION,
        detail=said,
        value=json.dumps({"password": "password x"}),
        value_problem=said,
        exc_type="ValueError",
        exc_message=said,
        traceback=f"line\n{said}",
    )
    shown = secrecy.end(end)

    texts = (shown.detail, shown.value_problem, shown.exc_message, shown.traceback[5:])
    assert set(texts) == {"ValueError: https://(redacted)@host"}
    assert shown.value == end.value


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["password: ", "hunt", "er2", "\n"], ["password: ", "(redacted)", "(redacted)", ""]),
        (["at https://u:", "pw", "@host", " now\n"], ["at ", "https://(redacted)@host now"]),
        (["at https://u:p", "w@ho", "st\n"], ["at ", "https://(redacted)@host"]),
        (["see u", ":pw@host\n"], ["see u", "(redacted)host"]),
        (["Connecting", ".", ".", " ok\n"], ["Connecting", ".", ".", " ok"]),
        (["the correct", " horse\n"], ["the ", "********"]),
        (["at 10:4", "2 o'clock\n"], ["at ", "10:42 o'clock"]),
    ],
)
def test_what_is_printed_in_pieces_with_pauses_is_hidden(secrecy, pieces, lines):
    assert printed(secrecy, *pieces) == lines


@pytest.mark.parametrize("cut", range(1, 30))
def test_wherever_a_pause_falls_no_part_of_a_secret_is_seen(cut):
    secrecy = Secrecy()
    secrecy.redact(Redactor([*DEFAULT_PATTERNS, ("(?<=key )[0-9]{8}", "{replacement}")]))
    text = "key 12345678 password zzzz https://qq:qq@h"
    shown = "".join(printed(secrecy, text[:cut], text[cut:] + "\n"))

    assert not {"1", "8", "z", "q"} & set(shown)


@pytest.mark.parametrize("before", [LONGEST_PIECE - 20, LONGEST_PIECE - 3, LONGEST_PIECE])
def test_a_secret_at_the_cut_of_an_endless_line_is_hidden(secrecy, before):
    line = "x" * (before - 1) + " password https://qq:qq@host"
    lines = printed(secrecy, *(line[at : at + 7] for at in range(before - 7, len(line), 7)))

    assert "q" not in "".join(lines)


def test_a_long_line_does_not_wait_for_ever():
    secrecy = Secrecy()
    secrecy.redact(Redactor([("<x+>", "{replacement}")]))
    lines = printed(secrecy, "<" + "x" * 200_000, "z\n")

    assert [len(line) for line in lines] == [200_001, 1]


def test_a_pattern_that_takes_too_long_is_named_once(secrecy):
    secrecy.redact(Redactor([(r"(a|aa)+$", "{replacement}")]))
    first = secrecy.entries([entry("a" * 60 + "!")])
    second = secrecy.entries([entry("a" * 60 + "!"), entry("fine")])

    assert [item.message for item in second] == [WITHHELD, "fine"]
    assert first[0].message == WITHHELD
    assert (first[1].level, first[1].source) == ("WARNING", "jobnb")
    assert first[1].message.startswith("The redaction pattern '(a|aa)+$' takes too long.")
