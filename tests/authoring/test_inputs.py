"""All inputs of a job together."""

from __future__ import annotations

import pytest

from jobnb.authoring.inputs import clean_inputs, form_variables, restore_inputs
from jobnb.authoring.variables import NOT_WHOLE, REQUIRED, BooleanVar, IntegerVar, StringVar
from jobnb.errors import InvalidInput


class Greet:
    class Meta:
        name = "Hello World"
        field_order = ("often", "nothing")

    who = StringVar(default="world")
    often = IntegerVar(min_value=1)
    loud = BooleanVar(default=True)


class NoInputs:
    pass


def test_the_form_order_puts_named_ones_first_and_ignores_other_names() -> None:
    assert list(form_variables(Greet)) == ["often", "who", "loud"]


def test_defaults_fill_what_is_missing() -> None:
    assert clean_inputs(Greet, {"often": "2"}).inputs == {"often": 2, "who": "world", "loud": True}


def test_all_complaints_come_at_once_in_the_order_of_the_form() -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_inputs(Greet, {"wo": 1, "who": "", "often": "x"})

    assert caught.value.job == "Hello World"
    assert list(caught.value.problems.items()) == [
        ("often", [NOT_WHOLE]),
        ("who", [REQUIRED]),
        ("wo", ["is no input of this job. Did you mean 'who'?"]),
    ]


def test_a_missing_required_input_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_inputs(Greet, {})

    assert caught.value.problems == {"often": [REQUIRED]}


def test_an_unknown_name_like_no_other_is_answered_with_all_names() -> None:
    with pytest.raises(InvalidInput, match="There are: 'often', 'who', 'loud'"):
        clean_inputs(Greet, {"often": 1, "zzz": 1})


def test_a_job_without_inputs_says_so() -> None:
    with pytest.raises(InvalidInput, match="is no input of this job"):
        clean_inputs(NoInputs, {"x": 1})


def test_what_was_cleaned_is_restored_as_it_was() -> None:
    stored = clean_inputs(Greet, {"often": 3, "who": " x ", "loud": "no"}).inputs

    assert restore_inputs(Greet, stored) == {"often": 3, "who": "x", "loud": False}


def test_restoring_drops_what_is_no_variable_and_fills_in_defaults() -> None:
    restored = restore_inputs(Greet, {"often": 1, "gone": 5})

    assert restored == {"often": 1, "who": "world", "loud": True}


def test_a_stored_nothing_for_a_required_input_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        restore_inputs(Greet, {"often": None})

    assert caught.value.problems == {"often": [REQUIRED]}
