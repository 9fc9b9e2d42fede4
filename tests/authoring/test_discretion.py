"""Complaints about sensitive inputs quote nothing of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobnb.authoring.discretion import LONGEST_SECRET, NOT_SHOWN, discreet, discretion
from jobnb.authoring.reading import Reading
from jobnb.authoring.restoring import Restoration
from jobnb.authoring.variables import (
    NOT_WHOLE,
    REQUIRED,
    ChoiceVar,
    Complaint,
    DecimalVar,
    FloatVar,
    IntegerVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
    TableVar,
    Variable,
)
from jobnb.protocol import MASK

TABLE = TableVar({"a": StringVar(max_length=20), "b": ChoiceVar(["good"])}, sensitive=True)
CELL = "row 1, column 'b': "


@pytest.mark.parametrize(
    ("variable", "given", "messages"),
    [
        (MultiChoiceVar(["a"]), '["hunter2Xy"]', [NOT_SHOWN]),
        (ChoiceVar(["a"]), "hunter2Xy", [NOT_SHOWN]),
        (JSONVar(), '{"hunter2Xy": 1, "hunter2Xy": 2}', ["Enter a valid JSON.", NOT_SHOWN]),
        (TABLE, "a,b\nhunterSecret,hunter2Xy\n", [CELL + NOT_SHOWN]),
        (TABLE, [{"a": "hunterSecret" * 9, "b": "good"}],
         ["row 1, column 'a': Ensure this value has at most 20 characters."]),
        (TABLE, "a,hunter2Xy\nx,y\n", [NOT_SHOWN, "column 'b' is missing."]),
        (TABLE, "a,b\nhunter2Xy\n", ["row 1 " + NOT_SHOWN]),
        (TABLE, ["hunter2Xy"], ["row 1 " + NOT_SHOWN]),
        (IPNetworkVar(), "10.0.0.5/24", [NOT_SHOWN]),
        (IPNetworkVar(max_prefix_length=8), "10.0.0.0/24",
         ["The prefix length must be less than or equal to 8."]),
        (StringVar(min_length=20), "hunter2Xy",
         ["Ensure this value has at least 20 characters."]),
        (StringVar(regex="^a$"), "hunter2Xy", ["Invalid value. Must match regex: ^a$"]),
        (IntegerVar(max_value=5), 7, ["Ensure this value is less than or equal to 5."]),
        (FloatVar(min_value=5), 2.5, ["Ensure this value is greater than or equal to 5."]),
        (DecimalVar(max_value=Decimal("1.50")), "7",
         ["Ensure this value is less than or equal to 1.50."]),
        (DecimalVar(max_decimal_places=1), "7.123",
         ["Ensure that there are no more than 1 decimal place."]),
        (IntegerVar(), "hunter2Xy", [NOT_WHOLE]),
        (SecretVar(), "", [REQUIRED]),
    ],
)  # fmt: skip
def test_a_sensitive_input_is_refused_without_a_part_of_it(
    variable: Variable, given: Any, messages: list[str]
) -> None:
    variables = {"token": variable}
    reading = Reading(variables, {"token": given}, wanted=variables)
    restoration = Restoration(variables, {"token": given}, ["token"])

    assert reading.problems == restoration.problems == {"token": messages}


def test_a_table_with_a_sensitive_column_is_refused_without_any_of_its_cells() -> None:
    table = TableVar({"host": IntegerVar(), "psk": StringVar()})
    reading = Reading({"x": table}, {"x": "host,psk\nhunter2Xy,b\n"}, wanted=["x"])

    assert reading.problems == {"x": ["row 1, column 'host': Enter a whole number."]}


def test_what_is_stored_and_does_not_fit_is_not_quoted() -> None:
    variable = DecimalVar(sensitive=True)

    assert Restoration({"a": variable}, {"a": "hunter2"}, []).problems == {"a": ["Enter a number."]}


def test_complaints_about_other_inputs_quote_them() -> None:
    with pytest.raises(Complaint, match="x is bad"), discretion("who", StringVar()):
        raise Complaint(["x is bad"])


def test_complaints_that_become_the_same_are_told_once() -> None:
    assert discreet(ChoiceVar(["a"]), ["b is bad", "c is bad"]) == [NOT_SHOWN]


def test_what_stands_for_a_secret_is_not_taken_for_it() -> None:
    variables = {"token": StringVar(), "who": StringVar()}
    masks = Reading(variables, {"token": MASK, "who": MASK}, wanted=variables)
    meant = Reading(variables, {"token": f"text:{MASK}", "who": "x"}, wanted=variables)

    assert list(masks.problems) == ["token"]
    assert "only stands for a value that is not shown" in masks.problems["token"][0]
    assert meant.stored["token"] == MASK


@pytest.mark.parametrize("given", ["x" * (LONGEST_SECRET + 1), ["x" * LONGEST_SECRET]])
def test_a_sensitive_input_is_refused_if_it_is_too_long_to_be_masked(given: Any) -> None:
    variable = StringVar() if isinstance(given, str) else JSONVar()
    reading = Reading({"token": variable}, {"token": given}, wanted=())

    assert reading.problems == {"token": ["Ensure this value has at most 65536 characters."]}
