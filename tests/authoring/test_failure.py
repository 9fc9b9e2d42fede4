"""Exceptions in words, however odd they are."""

from __future__ import annotations

import os

import pytest

from jobnb.authoring.failure import (
    LONGEST_DETAIL,
    LONGEST_MESSAGE,
    LONGEST_TRACEBACK,
    ExceptionInfo,
    one_line,
    shorten,
)
from jobnb.child.running.pipe import FrameWriter
from jobnb.errors import RunCancelled

NOWHERE = "no such file"


class Odd(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def caught(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as raised:
        raise error
    return raised.value


def test_a_type_of_python_goes_by_its_plain_name() -> None:
    info = ExceptionInfo.of(ValueError("bad"), hidden=NOWHERE)

    assert (info.type_name, info.message) == ("ValueError", "bad")
    assert info.sentence == "ValueError: bad"


def test_any_other_type_goes_by_its_full_name() -> None:
    assert ExceptionInfo.of(Odd(), hidden=NOWHERE).type_name == f"{__name__}.Odd"


def test_without_a_message_the_sentence_is_the_type() -> None:
    assert ExceptionInfo.of(KeyboardInterrupt(), hidden=NOWHERE).sentence == "KeyboardInterrupt"


def test_an_exception_whose_str_fails_is_still_told() -> None:
    info = ExceptionInfo.of(caught(Odd()), hidden=NOWHERE)

    assert info.message == "<Odd: its str() failed>"
    assert "Odd: <exception str() failed>" in info.traceback


def test_a_message_of_a_megabyte_is_cut_everywhere() -> None:
    info = ExceptionInfo.of(caught(ValueError("x" * 2_000_000)), hidden=NOWHERE)

    assert len(info.sentence) < LONGEST_DETAIL + 100
    assert len(info.message) < LONGEST_MESSAGE + 100
    assert len(info.traceback) < LONGEST_TRACEBACK + 100
    assert info.traceback.startswith("Traceback (most recent call last):")


def test_the_text_of_the_info_is_the_traceback() -> None:
    info = ExceptionInfo.of(caught(ValueError("bad")), hidden=NOWHERE)

    assert str(info).splitlines()[-1] == "ValueError: bad"
    assert "in caught" in str(info)


def test_hidden_frames_at_the_outer_end_are_left_out_in_the_whole_chain() -> None:
    error = caught(ValueError("second"))
    error.__context__ = caught(KeyError("first"))

    text = ExceptionInfo.of(error, hidden=__file__).traceback

    assert "KeyError: 'first'" in text
    assert "ValueError: second" in text
    assert "test_failure.py" not in text


def test_a_group_is_told_with_all_its_parts() -> None:
    group = ExceptionGroup("both", [caught(ValueError("one")), caught(KeyError("two"))])

    info = ExceptionInfo.of(caught(group), hidden=NOWHERE)

    assert "ValueError: one" in info.traceback
    assert "KeyError: 'two'" in info.traceback


def test_a_group_nested_thousands_deep_is_still_told() -> None:
    error: Exception = ValueError("deep")
    for _ in range(3000):
        error = ExceptionGroup("level", [error])

    assert "ExceptionGroup: level" in ExceptionInfo.of(error, hidden=NOWHERE).traceback


def test_an_exception_that_breaks_its_own_traceback_is_still_told() -> None:
    class Broken(Exception):
        @property
        def __notes__(self) -> list[str]:
            raise OSError

    info = ExceptionInfo.of(Broken("x"), hidden=NOWHERE)

    assert info.message == "x"
    assert info.traceback == "Broken (its traceback cannot be shown: OSError)\n"


def test_an_endless_recursion_has_a_short_traceback() -> None:
    def recurse() -> None:
        recurse()

    with pytest.raises(RecursionError) as raised:
        recurse()

    assert len(ExceptionInfo.of(raised.value, hidden=NOWHERE).traceback) < 5000


def test_one_line_has_no_line_ends() -> None:
    assert one_line("a\n  b\r\nc") == "a b c"


def test_a_text_is_shortened_in_its_middle() -> None:
    assert shorten("abcdefghij", 4) == "ab [... 6 characters left out ...] ij"
    assert shorten("abcd", 4) == "abcd"


def test_how_a_signal_of_ours_became_the_exception_is_not_shown() -> None:
    writer = FrameWriter(os.open(os.devnull, os.O_WRONLY))
    with pytest.raises(RunCancelled) as raised:
        writer.stop(RunCancelled("Cancelled by ada."))
    writer.abandon()
    shown = ExceptionInfo.of(raised.value, hidden=NOWHERE).traceback

    assert "in test_how_a_signal" in shown
    assert "pipe.py" not in shown
