"""One pass over the inputs of a job."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jobnb.authoring.reading import Reading, may_differ
from jobnb.authoring.variables import (
    NOT_WHOLE,
    REQUIRED,
    BooleanVar,
    ChoiceVar,
    DateVar,
    IntegerVar,
    SecretVar,
    StringVar,
    UploadedFile,
    Variable,
)
from jobnb.authoring.variables.files import FileVar


def read(raw: dict[str, Any], **variables: Variable) -> Reading:
    return Reading(variables, raw, wanted=variables)


def modes(**more: Variable) -> dict[str, Variable]:
    """A mode, and a number that only some modes ask for."""
    number = IntegerVar(visible_when={"mode": ["slow", "other"]})
    return {"number": number, "mode": StringVar(), **more}


class TestVisibility:
    @pytest.mark.parametrize("mode", ["slow", "other"])
    def test_an_input_is_asked_for_where_another_has_one_of_its_values(self, mode: str) -> None:
        reading = read({"mode": mode}, **modes())

        assert reading.problems == {"number": [REQUIRED]}

    def test_what_nobody_asks_for_is_nothing_and_never_required(self) -> None:
        reading = read({"mode": "fast"}, **modes())

        assert reading.hidden == {"number"}
        assert (reading.stored["number"], reading.live["number"]) == (None, None)

    def test_what_nobody_asks_for_gets_its_default(self) -> None:
        day = DateVar(default="2024-02-29", visible_when={"mode": "slow"})

        reading = read({"mode": "fast"}, mode=StringVar(), day=day)

        assert reading.stored["day"] == "2024-02-29"
        assert reading.live["day"] == date(2024, 2, 29)

    @pytest.mark.parametrize("given", [3, "x", ""])
    def test_what_nobody_asks_for_is_refused_if_it_is_given_nonetheless(self, given: Any) -> None:
        variables = modes(mode=StringVar())
        variables["number"].default = 5

        reading = read({"mode": "fast", "number": given}, **variables)

        assert reading.problems == {
            "number": ["is not asked for unless mode is 'slow' or 'other'."]
        }

    @pytest.mark.parametrize("given", [5, "5"])
    def test_what_it_would_be_anyway_may_be_given(self, given: Any) -> None:
        variables = modes()
        variables["number"].default = 5

        assert read({"mode": "fast", "number": given}, **variables).problems == {}

    def test_all_conditions_must_fit_and_are_named(self) -> None:
        note = StringVar(visible_when={"mode": "slow", "loud": True})

        reading = read(
            {"mode": "slow", "note": "x"}, mode=StringVar(), loud=BooleanVar(), note=note
        )

        assert reading.problems == {
            "note": ["is not asked for unless mode is 'slow' and loud is True."]
        }

    def test_one_is_not_true(self) -> None:
        note = StringVar(visible_when={"count": True})

        assert read({"count": 1}, count=IntegerVar(), note=note).hidden == {"note"}

    def test_what_looks_at_a_hidden_input_is_hidden_as_well(self) -> None:
        below = StringVar(visible_when={"number": 5})
        variables = modes(below=below)
        variables["number"].default = 5

        assert read({"mode": "fast"}, **variables).hidden == {"number", "below"}

    def test_nothing_is_missed_while_nobody_knows_whether_it_is_asked_for(self) -> None:
        below = StringVar(visible_when={"number": 5})

        reading = read({"mode": ""}, **modes(below=below))

        assert reading.problems == {"mode": [REQUIRED]}
        assert reading.hidden == set()

    def test_nor_is_what_looks_at_an_input_that_may_turn_out_to_be_hidden(self) -> None:
        below = StringVar(visible_when={"number": 5})

        reading = read({"mode": "", "number": 5}, **modes(below=below))

        assert reading.problems == {"mode": [REQUIRED]}

    def test_its_own_check_is_done_even_then(self) -> None:
        reading = read({"mode": "", "number": "x"}, **modes())

        assert reading.problems == {"mode": [REQUIRED], "number": [NOT_WHOLE]}


class TestChoices:
    def test_a_function_gets_live_values(self) -> None:
        seen: list[Any] = []

        def years(day: date) -> list[int]:
            seen.append(day)
            return [day.year]

        reading = read({"day": "2024-01-02", "year": 2024}, day=DateVar(), year=ChoiceVar(years))

        assert (reading.stored["year"], seen) == ("2024", [date(2024, 1, 2)])

    def test_what_it_does_not_offer_is_refused(self) -> None:
        reading = read({"a": "x", "b": "y"}, a=StringVar(), b=ChoiceVar(lambda a: [a]))

        assert reading.problems["b"][0].startswith("Select a valid choice. y is not one")

    def test_what_depends_on_something_wrong_is_not_called(self) -> None:
        choice = ChoiceVar(lambda number: [number + 1])

        reading = read({"number": "x", "b": "y"}, number=IntegerVar(), b=choice)

        assert reading.problems == {"number": [NOT_WHOLE]}

    def test_a_function_that_raises_is_a_problem_of_its_input(self) -> None:
        reading = read({"n": 0, "b": "y"}, n=IntegerVar(), b=ChoiceVar(lambda n: [1 // n]))

        assert reading.problems == {
            "b": [("The choices cannot be shown: ZeroDivisionError: integer division or modulo by "
                  "zero.")]
        }  # fmt: skip

    def test_what_a_function_gives_may_be_no_choices(self) -> None:
        (problem,) = read({"b": "y"}, b=ChoiceVar(lambda: 3)).problems["b"]

        assert problem.startswith("The choices cannot be shown: choices must be pairs")


class TestSensitive:
    @pytest.mark.parametrize("reference", ["env:TOKEN", "file:/run/secret"])
    def test_a_reference_is_not_checked_here(self, reference: str) -> None:
        variable = StringVar(max_length=3, sensitive=True)

        reading = read({"key": reference}, key=variable)

        assert reading.stored == reading.live == {"key": reference}
        assert reading.references == {"key"}

    def test_only_sensitive_inputs_have_references(self) -> None:
        reading = read({"note": "env:TOKEN"}, note=StringVar())

        assert (reading.stored, reading.references) == ({"note": "env:TOKEN"}, set())

    def test_a_default_may_be_a_reference(self) -> None:
        assert read({}, key=SecretVar(default="env:TOKEN")).references == {"key"}

    def test_so_it_is_where_nobody_asks_for_it(self) -> None:
        secret = SecretVar(default="env:TOKEN", visible_when={"loud": True})

        reading = read({}, loud=BooleanVar(), key=secret)

        assert (reading.hidden, reading.references) == ({"key"}, {"key"})
        assert reading.live["key"] == "env:TOKEN"

    def test_text_before_it_makes_it_a_literal(self) -> None:
        reading = read({"key": "text:env:TOKEN"}, key=SecretVar())

        assert (reading.stored, reading.references) == ({"key": "env:TOKEN"}, set())
        assert reading.as_raw() == {"key": "text:env:TOKEN"}

    def test_what_is_stored_of_others_reads_as_it_is(self) -> None:
        reading = read({"key": "env:TOKEN", "who": "env:X"}, key=SecretVar(), who=StringVar())

        assert reading.as_raw() == {"key": "env:TOKEN", "who": "env:X"}


def test_a_file_is_alive_without_its_content() -> None:
    value = {"file": "a.csv", "digest": "0" * 64, "size": 3}

    live = read({"upload": value}, upload=FileVar()).live["upload"]

    assert live == UploadedFile(name="a.csv", digest="0" * 64, size=3)


def test_what_cannot_be_brought_to_life_is_a_problem() -> None:
    class Broken(StringVar):
        def restore(self, stored: Any) -> Any:
            return IntegerVar().clean(stored)

    reading = read({"a": "x"}, a=Broken())

    assert (reading.problems, reading.live) == ({"a": [NOT_WHOLE]}, {})


def test_only_what_is_wanted_is_brought_to_life() -> None:
    variables = {"a": StringVar(), "b": StringVar()}

    assert Reading(variables, {"a": "x", "b": "y"}, wanted=["b"]).live == {"b": "y"}


@pytest.mark.parametrize(
    ("value", "before", "differs"), [("a", "a", False), (None, None, False), (1, 2, True)]
)
def test_another_value_differs(value: Any, before: Any, differs: bool) -> None:  # noqa: FBT001
    assert may_differ(value, before) is differs


def test_what_has_items_may_have_been_changed_inside() -> None:
    items = [1]

    assert may_differ(items, items)
