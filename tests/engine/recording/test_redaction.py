"""Redaction hides what patterns find, in bounded time, however the text arrives."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import jobnb
from jobnb.engine.recording.redaction import CREDIT, WITHHELD, Redactor
from jobnb.errors import ConfigurationError
from jobnb.protocol.patterns import DEFAULT_PATTERNS

EXPLODING = (r"(a|aa)+$", "{replacement}")
BAIT = "a" * 60 + "!"


@pytest.fixture
def redactor():
    return Redactor(DEFAULT_PATTERNS)


# As Nautobot's own tests have them, and what its users log.
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:password@localhost", "http://(redacted)@localhost"),
        ("HTTPS://:password@EXAMPLE.COM", "HTTPS://(redacted)@EXAMPLE.COM"),
        (
            "username myusername, password mypassword",
            "username (redacted) password (redacted)",
        ),
        ("Username: me Password: you", "Username: (redacted) Password: (redacted)"),
        ("My username is someuser", "My username is (redacted)"),
        ("My password is: supersecret!123", "My password is: (redacted)"),
        (
            "I use username FOO and password BAR to log in as https://FOO:BAR@example.com",
            (
                "I use username (redacted) and password (redacted) to log in as "
                "https://(redacted)@example.com"
            ),
        ),
        ("{'password': 'x y', 'a': 1}", "{'password': (redacted) y', 'a': 1}"),
        ("the secrets hunter2", "the secrets (redacted)"),
    ],
)
def test_the_default_patterns_hide_what_nautobot_hides(redactor, text, shown):
    assert redactor(text) == shown
    assert redactor(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "in ask_password\n    foo(password)\n",
        "  return value\n  @decorator\n",
        "0123456789 is up, 99 % of 4 GB, no error",
    ],
)
def test_what_is_no_secret_stays(redactor, text):
    assert redactor(text) == text


OURS = Path(jobnb.__file__).parent
ROOMS = ("authoring", "child", "engine", "objects", "store")


class Sentences(ast.NodeVisitor):
    """What the code of a file may say, with a letter for what it fills in."""

    def __init__(self, file):
        self.said = set()
        self.visit(ast.parse(file.read_text()))

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # documentation
            self.generic_visit(node)

    def visit_JoinedStr(self, node):
        parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        self.said.add("".join(parts))

    def visit_Constant(self, node):
        if isinstance(node.value, str) and node.value.count(" ") > 3:
            self.said.add(node.value)


def test_no_sentence_of_ours_holds_what_the_default_patterns_hide(redactor):
    files = [file for room in ROOMS for file in (OURS / room).rglob("*.py")]
    said = {text for file in files for text in Sentences(file).said}
    # An " @ " stands between a repository and its commit, or in a complaint that is not searched.
    hidden = {text for text in said if " @ " not in text and redactor(text) != text}

    assert len(said) > 300
    assert [text.partition(" is no URL")[0] for text in hidden] == ["Setting 'database_url'"]


def test_several_patterns_act_one_after_the_other():
    redactor = Redactor([("key-[0-9]+", "key-{replacement}"), ("(?<=pin )[0-9]+", "****")])

    assert redactor("key-17 with pin 1234") == "key-(redacted) with pin ****"


def test_what_has_been_shown_of_a_line_tells_what_follows(redactor):
    line = "The password is hunter2, really"
    start = line.index("hunter2") + 4

    assert redactor(line, start) == "(redacted) really"
    assert redactor("x https://u:p@ss@host", len("x https://u:p@")) == "(redacted)host"
    assert redactor("password: x; password: yz", 12) == " password: (redacted)"


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("Connecting... ", ""),
        ("....", ""),
        ("The password is ", ""),
        ("to https://ada:hunt", "https://ada:hunt"),
        ("a@b and c:d", "c:d"),
    ],
)
def test_only_what_may_be_a_secret_waits_for_its_line_to_end(redactor, line, held):
    assert line[len(line) - redactor.held_back(line) :] == held


@pytest.mark.parametrize(
    ("line", "start", "held"),
    [
        ("see key-1", 0, "key-1"),
        ("see ke", 0, "ke"),
        ("see key-12345678 and on", 0, "see key-12345678 and on"),
        ("see key-", 4, "key-"),
        ("nothing", 0, ""),
    ],
)
def test_of_other_patterns_whatever_may_begin_a_match_waits(line, start, held):
    redactor = Redactor([("key-[0-9]{8}", "{replacement}")])

    assert line[len(line) - redactor.held_back(line, start) :] == held


def test_a_long_text_costs_next_to_nothing(redactor):
    texts = ["x" * 1_000_000, "word 1.5, " * 100_000, ("QUJD" * 19 + "\n") * 13_000]
    texts += [f"{text} ada@example.org" for text in texts]
    began = time.thread_time()
    shown = [redactor(text) for text in texts]

    assert WITHHELD not in shown
    assert time.thread_time() - began < 2


def test_a_pattern_that_explodes_withholds_the_text_and_is_named():
    redactor = Redactor([EXPLODING])

    assert redactor(BAIT) == WITHHELD
    assert redactor("b") == "b"
    assert redactor.slow == "(a|aa)+$"


@pytest.mark.parametrize("size", [60, 100_000, 1_000_000])
@pytest.mark.parametrize(
    "pattern",
    [r"(a|aa)+$", r"(a+)+$", r"(a+a+)+b", r"(.)(.*)\1{50}$", r"^(([a-z])+.)+[A-Z]([a-z])+$"],
)
def test_no_pattern_keeps_a_text_for_long(pattern, size):
    redactor = Redactor([(pattern, "{replacement}")])
    text = "a" * size + "!"
    began = time.thread_time()
    shown = redactor(text)
    held = redactor.held_back(text)

    assert time.thread_time() - began < 4
    assert shown in {WITHHELD, text}
    assert held <= len(text)


def test_a_thousand_texts_for_an_exploding_pattern_take_little_more():
    redactor = Redactor([EXPLODING])
    began = time.thread_time()
    shown = {redactor(BAIT) for _ in range(1000)}

    assert shown == {WITHHELD}
    assert time.thread_time() - began < 4 * CREDIT


def test_on_a_busy_machine_an_exploding_pattern_takes_no_larger_share(monkeypatch):
    busy = SimpleNamespace(thread_time=time.thread_time, monotonic=lambda: 10 * time.thread_time())
    monkeypatch.setattr("jobnb.engine.recording.redaction.time", busy)
    redactor = Redactor([EXPLODING])
    began = time.thread_time()
    for _ in range(2000):
        redactor(BAIT)

    assert time.thread_time() - began < 4 * CREDIT


def test_an_unfinished_line_that_cannot_be_searched_in_time_waits():
    assert Redactor([EXPLODING]).held_back(BAIT) == len(BAIT)


def test_a_pattern_that_cannot_be_used_is_refused():
    with pytest.raises(ConfigurationError, match=r"The pattern '\(a' cannot be used: missing \)"):
        Redactor([("(a", "b")])
