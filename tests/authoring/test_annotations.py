"""Which variable asks for which type."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, Optional, Union

import netaddr
import pytest

from jobnb.authoring.annotations import Unsupported, ask_for
from jobnb.authoring.variables import ChoiceVar, Complaint, IntegerVar, StringVar, Variable
from jobnb.authoring.variables.files import FileVar


class Colour(Enum):
    RED = 1
    SEA_GREEN = "green"


class Speed(StrEnum):
    FAST = "fast"


class Opened:
    path = Path("/somewhere/a.csv")


def live(annotation: Any, raw: Any) -> Any:
    """What a function gets for what somebody gave."""
    asked = ask_for(annotation)
    return asked.revive(asked.variable.restore(asked.variable.clean(raw)))


@pytest.mark.parametrize(
    ("annotation", "type_name"),
    [
        (str, "StringVar"),
        (int, "IntegerVar"),
        (float, "FloatVar"),
        (bool, "BooleanVar"),
        (Decimal, "DecimalVar"),
        (date, "DateVar"),
        (datetime, "DateTimeVar"),
        (Path, "FileVar"),
        (BinaryIO, "FileVar"),
        (Any, "JSONVar"),
        (Literal["a", "b"], "ChoiceVar"),
        (Colour, "ChoiceVar"),
        (list[Colour], "MultiChoiceVar"),
        (list[Literal[1, 2]], "MultiChoiceVar"),
        (list, "JSONVar"),
        (dict, "JSONVar"),
        (list[str], "JSONVar"),
        (dict[str, Any], "JSONVar"),
        (netaddr.IPAddress, "IPAddressVar"),
        (netaddr.IPNetwork, "IPNetworkVar"),
    ],
)
def test_each_type_has_its_variable(annotation: Any, type_name: str) -> None:
    asked = ask_for(annotation)

    assert asked.variable.describe("x").type == type_name
    assert not asked.is_optional


@pytest.mark.parametrize(
    "annotation",
    [
        int | None,
        Optional[int],  # noqa: UP045 - people write it
        Union[None, int],  # noqa: UP007
        Annotated[int | None, "n"],
        Annotated[int, "n"] | None,
    ],
)
def test_none_makes_it_optional(annotation: Any) -> None:
    asked = ask_for(annotation)

    assert isinstance(asked.variable, IntegerVar)
    assert (asked.is_optional, asked.variable.required) == (True, False)


def test_none_among_literals_makes_it_optional() -> None:
    asked = ask_for(Literal["a", None])  # noqa: PYI061 - people write it

    assert asked.is_optional
    assert asked.variable.describe("x").options["choices"] == [["a", "a"]]


@pytest.mark.parametrize(
    ("annotation", "raw", "value"),
    [
        (Colour, "1", Colour.RED),
        (Colour, Colour.SEA_GREEN, Colour.SEA_GREEN),
        (Speed, "fast", Speed.FAST),
        (Literal["a", 5, True], 5, 5),
        (Literal["a", 5, True], "5", 5),
        (Literal["a", 5, True], True, True),
        (list[Literal[1, 2]], [2, "1"], [2, 1]),
        (list[Colour], ["green"], [Colour.SEA_GREEN]),
        (list[str], ["a"], ["a"]),
        (list[str], '["a"]', ["a"]),
        (list[float], [1, 2.5], [1, 2.5]),
        (list[list[int]], [[1]], [[1]]),
        (list, [1, "a"], [1, "a"]),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (dict[str, dict[str, int]], {"a": {"b": 1}}, {"a": {"b": 1}}),
        (list[bool], [True], [True]),
        (netaddr.IPAddress, "10.0.0.1", netaddr.IPAddress("10.0.0.1")),
    ],
)
def test_a_function_gets_the_type_that_it_names(annotation: Any, raw: Any, value: Any) -> None:
    found = live(annotation, raw)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("annotation", "raw", "message"),
    [
        (list[str], "5", 'Enter a JSON list, as ["a", "b"].'),
        (dict, [1], 'Enter a JSON object, as {"name": "value"}.'),
        (list[str], ["a", 5], "Item 2 must be text."),
        (list[int], [True], "Item 1 must be a whole number."),
        (list[float], [True], "Item 1 must be a number."),
        (list[bool], [1], "Item 1 must be true or false."),
        (dict[str, int], {"a": "b"}, "Item 'a' must be a whole number."),
        (list[dict[str, int]], [3], "Item 1 must be an object."),
    ],
)
def test_items_of_another_type_are_refused(annotation: Any, raw: Any, message: str) -> None:
    with pytest.raises(Complaint) as caught:
        ask_for(annotation).variable.clean(raw)

    assert caught.value.messages == [message]


def test_an_optional_collection_may_be_nothing() -> None:
    assert ask_for(list[str] | None).variable.clean(None) is None


def test_a_path_is_that_of_the_uploaded_file() -> None:
    assert ask_for(Path).revive(Opened()) == Opened.path
    assert ask_for(Annotated[Path, FileVar()]).revive(Opened()) == Opened.path


def test_a_text_in_annotated_is_the_help() -> None:
    assert ask_for(Annotated[int, "Percent", "more", 3]).variable.description == "Percent"


def test_a_variable_in_annotated_is_taken_and_stays_as_it_is() -> None:
    variable = IntegerVar(1, 4094)

    asked = ask_for(Annotated[int | None, "VLAN", variable, IntegerVar()])

    taken: Any = asked.variable
    assert (taken.max_value, taken.description, taken.required) == (4094, "VLAN", False)
    assert (variable.description, variable.required) == ("", True)


@pytest.mark.parametrize(
    ("annotation", "variable", "raw", "value"),
    [
        (Colour, ChoiceVar(Colour, label="C"), "1", Colour.RED),
        (Literal[1, 2], ChoiceVar(["1", "2", "3"]), "2", 2),
        (Literal[1, 2], ChoiceVar(["1", "2", "3"]), "3", "3"),
        (object, StringVar(), "x", "x"),
        (list, StringVar(), "x", "x"),
    ],
)
def test_its_values_arrive_in_the_annotated_type(
    annotation: Any, variable: Variable, raw: Any, value: Any
) -> None:
    assert live(Annotated[annotation, variable], raw) == value


def test_so_do_several() -> None:
    from jobnb.authoring.variables import MultiChoiceVar

    assert live(Annotated[list[Colour], MultiChoiceVar(Colour)], ["1"]) == [Colour.RED]


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (object, "has the type object, for which there is no variable; there are: str, int"),
        (set[str], "has the type set[str], for which there is no variable"),
        (tuple[int, ...], "has the type tuple[int, ...]"),
        (int | str, "has several types; name one of them"),
        (int | str | None, "has several types; name one of them"),
        (bool | None, "is bool | None, but a box is ticked or it is not"),
        (dict[int, str], "is a dictionary whose keys are no text"),
        (list[date], "holds items of type <class 'datetime.date'>; there are: str, int"),
        (Annotated[str, StringVar], "is annotated with the class StringVar; write StringVar(...)"),
        (3, "has the type 3, for which there is no variable"),
    ],
)
def test_what_nothing_asks_for_is_refused_with_what_there_is(annotation: Any, reason: str) -> None:
    with pytest.raises(Unsupported) as caught:
        ask_for(annotation)

    assert str(caught.value).startswith(reason)
