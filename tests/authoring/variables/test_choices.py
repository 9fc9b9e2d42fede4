"""One of several values, or some of them."""

from __future__ import annotations

import functools
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest

from jobnb.authoring.variables import NOT_A_LIST, REQUIRED, ChoiceVar, Complaint, MultiChoiceVar

PAIRS = (("#ff0000", "Red"), ("#00ff00", "Green"))
GROUPED = [("", "none"), ("Warm", [("r", "Red"), ("o", "Orange")]), ("b", "Blue")]


class Colour(StrEnum):
    DARK_RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Shape(Enum):
    ROUND = (1, 2)
    FLAT = None


def no_choice(value: Any) -> str:
    return f"Select a valid choice. {value} is not one of the available choices."


def rooms(site, floor, limit=2):
    return [f"{site}-{floor}-{number}" for number in range(limit)]


class TestChoiceVar:
    @pytest.mark.parametrize(
        ("choices", "described"),
        [
            (PAIRS, [["#ff0000", "Red"], ["#00ff00", "Green"]]),
            (["a", 1, 2.5], [["a", "a"], ["1", "1"], ["2.5", "2.5"]]),
            ([(1, "One"), (True, 5)], [["1", "One"], ["True", "5"]]),
            (
                GROUPED,
                [["", "none"], ["Warm", [["r", "Red"], ["o", "Orange"]]], ["b", "Blue"]],
            ),
            ([("G", ["a", ("b", "B")])], [["G", [["a", "a"], ["b", "B"]]]]),
            ({"a": "A", "G": {"b": "B"}}, [["a", "A"], ["G", [["b", "B"]]]]),
            (Colour, [["red", "Dark red"], ["blue", "Blue"]]),
            (Level, [["1", "Low"], ["2", "High"]]),
            (Shape, [["ROUND", "Round"], ["FLAT", "Flat"]]),
            ((item for item in "ab"), [["a", "a"], ["b", "b"]]),
        ],
    )
    def test_choices_may_be_given_in_many_shapes(self, choices: Any, described: Any) -> None:
        assert ChoiceVar(choices).describe("x").options == {"choices": described}

    @pytest.mark.parametrize(
        ("choices", "raw", "stored"),
        [
            (PAIRS, "#ff0000", "#ff0000"),
            (GROUPED, "o", "o"),
            ([1, 2], 1, "1"),
            ([1, 2], "2", "2"),
            ([(True, "Yes"), (False, "No")], False, "False"),
            (Colour, Colour.BLUE, "blue"),
            (Level, Level.HIGH, "2"),
            (Shape, Shape.ROUND, "ROUND"),
            ([" a "], " a ", " a "),
            ([" ", "a"], " ", " "),
        ],
    )
    def test_a_value_is_taken_as_text(self, choices: Any, raw: Any, stored: str) -> None:
        cleaned = ChoiceVar(choices).clean(raw)

        assert cleaned == stored
        assert type(cleaned) is str

    @pytest.mark.parametrize(
        "raw", ["Red", "#FF0000", " #ff0000", "\uff03ff0000", "Warm", 1, [], {}]
    )
    def test_what_is_no_choice_is_refused_with_nautobots_words(self, complaints, raw: Any) -> None:
        assert complaints(ChoiceVar(PAIRS), raw) == [no_choice(raw)]

    def test_the_name_of_a_group_is_no_choice(self, complaints) -> None:
        assert complaints(ChoiceVar(GROUPED), "Warm") == [no_choice("Warm")]

    def test_a_long_value_is_not_repeated_in_full(self, complaints) -> None:
        assert complaints(ChoiceVar(PAIRS), "x" * 1000) == [no_choice("x" * 100 + "...")]

    def test_the_empty_choice_is_no_value(self, complaints) -> None:
        assert complaints(ChoiceVar(GROUPED), "") == [REQUIRED]
        assert ChoiceVar(GROUPED, required=False).clean("") == ""

    def test_choices_come_first_as_in_nautobot(self) -> None:
        described = ChoiceVar(PAIRS, "Colour", "Help", "#ff0000").describe("x")

        assert (described.label, described.default) == ("Colour", "#ff0000")

    @pytest.mark.parametrize(
        ("choices", "fault"),
        [
            ([], "choices is empty, so nothing fits"),
            (
                "abc",
                "choices must be pairs of value and label, values, an Enum class or a function",
            ),
            (None, "choices must be pairs of value and label, values, an Enum class or a function"),
            (int, "choices must be pairs of value and label, values, an Enum class or a function"),
            ([("a", "A", "B")], "choices has ('a', 'A', 'B'), which is no value with its label"),
            ([(None, "None")], "choices has None as a value; give text or a number"),
            ([object], "choices has <class 'object'> as a value; give text or a number"),
            (["a", "b", "a"], "choices has 'a' 2 times"),
            ([("1", "One"), (1, "Uno")], "choices has '1' 2 times"),
            ([("G", ["a"]), "a"], "choices has 'a' 2 times"),
            ([("G", [("H", ["a"])])], "choices has the group 'H' inside of another one"),
        ],
    )
    def test_wrong_choices_are_named(self, choices: Any, fault: str) -> None:
        (found,) = ChoiceVar(choices).faults()

        assert found.startswith(fault)

    @pytest.mark.parametrize(
        "variable", [ChoiceVar(["a"], default="x"), MultiChoiceVar(["a"], default=["x"])]
    )
    def test_a_default_that_is_no_choice_is_named(self, variable: ChoiceVar) -> None:
        (found,) = variable.faults()

        assert found.endswith(no_choice("x"))


class TestChoicesFromAFunction:
    def test_they_depend_on_the_inputs_that_it_asks_for(self) -> None:
        described = ChoiceVar(rooms).describe("room")

        assert described.depends == ("site", "floor")
        assert described.options == {}

    @pytest.mark.parametrize(
        "function", [lambda: ["a"], lambda *a, **b: ["a"], staticmethod(rooms)]
    )
    def test_any_callable_will_do(self, function: Any) -> None:
        assert list(ChoiceVar(function).faults()) == []

    def test_what_is_bound_already_is_no_input(self) -> None:
        assert ChoiceVar(functools.partial(rooms, floor=1)).depends == ("site",)

    def test_once_settled_it_offers_what_the_function_gives(self, complaints) -> None:
        variable = ChoiceVar(rooms)
        settled = variable.settled({"site": "fra", "floor": 3, "other": None})

        assert settled.offered == [["fra-3-0", "fra-3-0"], ["fra-3-1", "fra-3-1"]]
        assert settled.clean("fra-3-1") == "fra-3-1"
        assert complaints(settled, "ber-1-1") == [no_choice("ber-1-1")]

    def test_the_declared_one_stays_as_it_was(self) -> None:
        variable = ChoiceVar(rooms)
        variable.settled({"site": "fra", "floor": 3})

        assert variable.offered is None
        assert variable.clean("anything") == "anything"

    def test_given_choices_are_settled_already(self) -> None:
        variable = ChoiceVar(PAIRS)

        assert variable.settled({}) is variable

    def test_a_default_is_only_checked_with_the_choices_at_hand(self) -> None:
        variable = ChoiceVar(rooms, default="x")

        assert list(variable.faults()) == []
        with pytest.raises(Complaint, match="x is not one of"):
            variable.settled({"site": "fra", "floor": 3}).default_value()

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            (["a", "a"], "choices has 'a' 2 times"),
            (None, "choices must be pairs of value and label"),
            ([None], "choices has None as a value"),
        ],
    )
    def test_what_are_no_choices_is_a_complaint(self, given: Any, reason: str) -> None:
        with pytest.raises(Complaint) as caught:
            ChoiceVar(lambda: given).settled({})

        assert str(caught.value).startswith(f"The choices cannot be shown: {reason}")

    def test_no_choices_at_all_refuse_every_value(self, complaints) -> None:
        assert complaints(ChoiceVar(list[str]().copy).settled({}), "a") == [no_choice("a")]

    def test_a_function_that_raises_is_let_through(self) -> None:
        with pytest.raises(ZeroDivisionError):
            ChoiceVar(lambda: 1 / 0).settled({})

    @pytest.mark.parametrize(
        ("function", "fault"),
        [
            (lambda site, /: site, "choices is <lambda>(), which takes 'site' by position only"),
            (dict.fromkeys, "choices is fromkeys"),
        ],
    )
    def test_a_function_that_cannot_be_asked_is_named(self, function: Any, fault: str) -> None:
        variable = ChoiceVar(function)
        (found,) = variable.faults()

        assert found.startswith(fault)
        assert variable.depends == ()

    def test_a_function_whose_arguments_are_hidden_is_named(self) -> None:
        class Odd:
            __signature__ = 5

            def __call__(self):
                return []

        (found,) = ChoiceVar(Odd()).faults()

        assert found == "choices is function, whose arguments are not known; wrap it in a function"

    def test_an_async_function_is_named(self) -> None:
        async def later():
            return ["a"]

        assert list(ChoiceVar(later).faults()) == [
            "choices is later(), which is async, and nothing awaits it"
        ]


class TestMultiChoiceVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            (["b", "a"], ["b", "a"]),
            (("b",), ["b"]),
            ([1], ["1"]),
            ({"a"}, ["a"]),
            ('["b", "a"]', ["b", "a"]),
        ],
    )
    def test_the_order_is_kept(self, raw: Any, stored: list[str]) -> None:
        variable = MultiChoiceVar(["a", "b", 1])

        assert variable.clean(raw) == stored
        assert variable.restore(stored) == stored

    @pytest.mark.parametrize("raw", ["a", "a,b", 1, True, {"a": 1}, '{"a": 1}', "[", "[" * 100_000])
    def test_what_is_no_list_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(MultiChoiceVar(["a"]), raw) == [NOT_A_LIST]

    def test_each_wrong_value_is_named(self, complaints) -> None:
        assert complaints(MultiChoiceVar(["a"]), ["x", "a", None]) == [
            no_choice("x"),
            no_choice("None"),
        ]

    def test_a_value_given_twice_is_refused(self, complaints) -> None:
        assert complaints(MultiChoiceVar(["a", "b"]), ["a", "b", "a"]) == ["a is given 2 times."]

    def test_very_many_wrong_values_are_counted(self, complaints) -> None:
        messages = complaints(MultiChoiceVar(["a"]), [str(number) for number in range(1000)])

        assert len(messages) == 21
        assert messages[-1] == "and 980 more."

    def test_choices_may_come_from_a_function(self) -> None:
        variable = MultiChoiceVar(rooms).settled({"site": "fra", "floor": 3})

        assert variable.clean(["fra-3-0"]) == ["fra-3-0"]
