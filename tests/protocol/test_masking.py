from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.protocol.masking import MOST_LINES, SHORTEST, Masker

SECRET = 'pä ss"w/ö\\rd'
KEY = "-----BEGIN KEY-----\nAAAABBBBCCCC\nshort\n-----END KEY-----\n"


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        repr(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps({"password": SECRET})),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        html.escape(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"ada:" + SECRET.encode()).decode(),
        base64.b64encode(b"root:" + SECRET.encode() + b"\n").decode(),
    ],
)
def test_a_secret_is_masked_in_each_of_its_forms(shown):
    masked = Masker([SECRET])(f"before {shown} after")

    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "********" in masked
    assert not Masker([SECRET]).finds(masked)
    assert shown not in masked


@given(st.text(min_size=4, max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_whatever_the_secret_is_it_is_never_there_as_it_was(secret, before, after):
    masked = Masker([secret])(f"{before}{secret}{after}")

    # What stands around it may make another one of it, as "aa" does around "aaaa".
    assert len(secret.strip()) < SHORTEST or "********" in masked


@pytest.mark.parametrize("secret", ["", "abc", "  a ", None, True, 12])
def test_what_is_too_short_is_not_masked(secret):
    assert Masker([secret])(f"abc {secret} 12 True") == f"abc {secret} 12 True"


@pytest.mark.parametrize("line", ["AAAABBBBCCCC", "-----BEGIN KEY-----"])
def test_each_longer_line_of_a_secret_is_masked(line):
    assert Masker([KEY])(f"key: {line}") == "key: ********"


def test_a_short_line_of_a_secret_is_not():
    assert Masker([KEY])("a short story") == "a short story"


def test_only_so_many_lines_of_a_secret_are_looked_for():
    lines = [f"line number {number:05}" for number in range(MOST_LINES + 1)]
    masker = Masker(["\n".join(lines)])

    assert (masker(lines[-2]), masker(lines[-1])) == ("********", lines[-1])


def test_the_values_inside_of_a_list_or_dictionary_are_masked():
    masker = Masker([{"user": "ada.l", "keys": ["first", 123456]}, 98765.5])

    assert masker("ada.l first 123456 98765.5") == "******** ******** ******** ********"


def test_a_secret_that_contains_another_is_masked_whole():
    assert Masker(["hunter", "hunter2000"])("hunter2000") == "********"


def test_secrets_that_are_learned_later_are_masked_as_well():
    assert Masker(["hunter2"]).and_also(["2024-02-29"])("hunter2 2024-02-29") == "******** ********"


def test_a_long_secret_and_one_of_many_lines_are_masked_in_time():
    begin = time.thread_time()
    lines = [f"line number {number:05}" for number in range(MOST_LINES)]
    masker = Masker(["9" * 1_000_000, "\n".join(lines)])
    text = "nothing of it\n" * 70_000
    masked = masker(f"{text}{'9' * 1_000_000} {lines[7]}")

    assert masked == f"{text}******** ********"
    assert time.thread_time() - begin < 5


def test_blanks_around_a_secret_do_not_hide_it():
    assert Masker([" hunter2 "])("<hunter2>") == "<********>"


def test_without_secrets_nothing_is_changed():
    masker = Masker()

    assert not masker
    assert (masker("text"), masker.optional(None), masker.held_back("text")) == ("text", None, 0)


@pytest.mark.parametrize(
    ("text", "length"),
    [("a hun", 3), ("hunter", 6), ("h", 1), ("hunter2", 0), ("nothing", 0), ("", 0)],
)
def test_the_beginning_of_a_secret_at_the_end_is_held_back(text, length):
    assert Masker(["hunter2"]).held_back(text) == length


@pytest.mark.parametrize(
    ("text", "cut", "moved"),
    [
        ("a hotshot b", 8, 9),
        ("a hotshot b", 2, 2),
        ("a hotshot b", 9, 9),
        ("hotshotshot", 4, 11),
        ("no secret", 3, 3),
    ],
)
def test_no_text_is_cut_within_a_secret(text, cut, moved):
    assert Masker(["hotshot"]).next_cut(text, cut) == moved


def test_a_secret_of_several_lines_is_masked_where_they_were_made_one():
    assert Masker(["ab\n cd ef"])("error: ab cd ef") == "error: ********"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"a": "x hunter2 y"}, {"a": "x ******** y"}),
        ({"hunter2": [1, None, True]}, {"********": [1, None, True]}),
        (["00e9", "é hunter2"], ["00e9", "é ********"]),
        ([771234, 1.5], ["77********", 1.5]),
        (1234, "********"),
    ],
)
def test_json_stays_json(value, masked):
    text = Masker(["hunter2", "1234", "00E9"]).json(json.dumps(value))

    assert json.loads(text) == masked


def test_an_escape_is_not_torn_by_a_secret_that_looks_like_one():
    assert json.loads(Masker(["00e9"]).json(json.dumps("é 00e9"))) == "é ********"


def test_json_without_a_secret_stays_letter_for_letter():
    assert Masker(["hunter2"]).json('{"a": 1.10}') == '{"a": 1.10}'
