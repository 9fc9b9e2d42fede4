"""Any JSON value."""

from __future__ import annotations

import math
from collections import UserDict
from enum import IntEnum
from typing import Any

import pytest

from jobnb.authoring.variables import NOT_JSON, REQUIRED, JSONVar


class Level(IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    ("raw", "live"),
    [
        ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (" [1] ", [1]),
        ("0", 0),
        ("false", False),
        ("-0.0", -0.0),
        ('"text"', "text"),
        ('"5"', "5"),
        (str(10**400), 10**400),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ([Level.LOW], [1]),
        (0, 0),
        (False, False),
    ],
)
def test_any_json_value_is_taken(raw: Any, live: Any) -> None:
    variable = JSONVar()
    restored = variable.restore(variable.clean(raw))

    assert restored == live
    assert isinstance(restored, type(live))


def test_text_is_stored_in_its_quotes_so_that_it_stays_text() -> None:
    variable = JSONVar()
    stored = variable.clean('"[1]"')

    assert stored == '"[1]"'
    assert variable.restore(stored) == "[1]"
    assert variable.clean(variable.restore(stored)) == stored


@pytest.mark.parametrize("raw", ["null", "{}", "[]", '""', {}, [], None, ""])
def test_an_empty_value_is_refused_where_one_is_required(complaints, raw: Any) -> None:
    assert complaints(JSONVar(), raw) == [REQUIRED]


@pytest.mark.parametrize(("raw", "stored"), [("{}", {}), ([], []), ("null", None), ('""', '""')])
def test_an_empty_value_is_kept_as_it_is_elsewhere(raw: Any, stored: Any) -> None:
    assert JSONVar(required=False).clean(raw) == stored


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"key1": True}', "Expecting value (line 1, column 10)."),
        ("text", "Expecting value (line 1, column 1)."),
        ("{'a': 1}", "Expecting property name enclosed in double quotes (line 1, column 2)."),
        ("[1]\n[2]", "Extra data (line 2, column 1)."),
        ("NaN", "NaN is no number of JSON, or too large."),
        ("[-Infinity]", "-Infinity is no number of JSON, or too large."),
        ("1e400", "1e400 is no number of JSON, or too large."),
        ('{"b": 2, "a": 1, "a": 1}', "The key 'a' is there twice."),
        ("[" * 100_000, "It is nested too deeply."),
        ({1: "x"}, "The key 1 is no text."),
        ({"a": {1, 2}}, "{1, 2} is no value of JSON."),
        (b"{}", "b'{}' is no value of JSON."),
        (UserDict(a=1), "{'a': 1} is no value of JSON."),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(complaints, raw: Any, reason: str) -> None:
    assert complaints(JSONVar(required=False), raw) == [NOT_JSON, reason]


@pytest.mark.parametrize(
    "raw", [math.nan, [math.inf], pytest.param(10**5000, id="number"), "9" * 5000]
)
def test_a_number_that_json_cannot_say_is_refused(complaints, raw: Any) -> None:
    assert complaints(JSONVar(required=False), raw)[0] == NOT_JSON


def test_a_list_inside_of_itself_is_refused(complaints) -> None:
    endless: list[Any] = []
    endless.append(endless)

    assert complaints(JSONVar(), endless) == [NOT_JSON, "It is nested too deeply."]


def test_a_default_may_be_a_value_or_json() -> None:
    assert JSONVar(default={"a": 1}).describe("x").default == {"a": 1}
    assert JSONVar(default='{"a": 1}').describe("x").default == {"a": 1}
    assert [str(fault) for fault in JSONVar(default="{").faults()] != []
