"""A pump hears what is said at once, and rests only where nobody waits."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from jobnb.engine.attempts.ears import LITTLE, Ears

LONG = 20.0
"""Seconds of a rest that a test would not survive."""


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def pipes() -> Iterator[list[tuple[int, int]]]:
    made = [os.pipe(), os.pipe()]
    yield made
    for pair in made:
        for descriptor in pair:
            os.close(descriptor)


@pytest.fixture
def heard(ears: Ears, pipes: list[tuple[int, int]]) -> list[Any]:
    """What came over the patient pipe, the first one, and over the other one."""
    found: list[Any] = []
    ears.read(pipes[0][0], lambda data: found.append(("log", data)), patient=True)
    ears.read(pipes[1][0], lambda data: found.append(("output", data)))
    return found


def test_words_that_come_during_a_rest_are_heard_together(ears, pipes, heard):
    os.write(pipes[0][1], b"a")
    ears.hear(LONG)
    os.write(pipes[0][1], b"b")
    ears.rest(0.001)
    os.write(pipes[0][1], b"c")
    ears.hear(LONG)

    assert heard == [("log", b"a"), ("log", b"bc")]


def test_whatever_comes_another_way_ends_the_rest_and_keeps_its_place(ears, pipes, heard):
    def speak() -> None:
        os.write(pipes[0][1], b"a")
        os.write(pipes[1][1], b"b")

    began = time.monotonic()
    threading.Timer(0.02, speak).start()
    ears.rest(LONG)
    ears.hear(LONG)

    assert heard == [("log", b"a"), ("output", b"b")]
    assert time.monotonic() - began < LONG / 2


def test_there_is_no_rest_while_words_come_in_masses(ears, pipes, heard):
    os.write(pipes[0][1], b"x" * LITTLE)
    ears.hear(LONG)
    began = time.monotonic()
    ears.rest(LONG)

    assert time.monotonic() - began < LONG / 2


def test_a_pipe_at_its_end_says_so_once(ears, pipes, heard):
    reading, writing = os.pipe()
    ears.read(reading, heard.append)
    os.close(writing)
    ears.hear(LONG)
    ears.hear(0)
    os.close(reading)

    assert heard == [b""]
    assert not ears.is_open(reading)
    assert ears.is_open(reading, pipes[0][0])


def test_after_the_end_of_the_patient_pipe_there_is_no_rest(ears, heard):
    reading, writing = os.pipe()
    ears.read(reading, lambda data: heard.append(("log", data)), patient=True)
    os.close(writing)
    ears.hear(LONG)
    began = time.monotonic()
    ears.rest(LONG)
    os.close(reading)

    assert heard == [("log", b"")]
    assert time.monotonic() - began < LONG / 2
