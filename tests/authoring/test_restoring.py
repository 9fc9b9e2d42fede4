"""What ``run()`` gets for stored inputs."""

from __future__ import annotations

from typing import Any

from jobnb.authoring.restoring import Restoration
from jobnb.authoring.variables import (
    NOT_WHOLE,
    REQUIRED,
    BooleanVar,
    ChoiceVar,
    IntegerVar,
    SecretVar,
    StringVar,
    Variable,
)


def restore(stored: dict[str, Any], *resolved: str, **variables: Variable) -> Restoration:
    return Restoration(variables, stored, resolved)


def test_what_was_not_asked_for_is_nothing() -> None:
    number = IntegerVar(visible_when={"loud": True})

    restoration = restore({"loud": False, "number": None}, loud=BooleanVar(), number=number)

    assert (restoration.live["number"], restoration.problems) == (None, {})


def test_what_the_check_across_has_put_there_is_alive() -> None:
    number = IntegerVar(visible_when={"loud": True})

    assert restore({"loud": False, "number": 7}, loud=BooleanVar(), number=number).live == {
        "loud": False,
        "number": 7,
    }


def test_what_is_missing_gets_its_default() -> None:
    shown = IntegerVar(default=1)
    hidden = IntegerVar(default=2, visible_when={"loud": True})
    absent = StringVar(visible_when={"shown": 5})

    restoration = restore({}, loud=BooleanVar(), shown=shown, hidden=hidden, absent=absent)

    assert restoration.live == {"loud": False, "shown": 1, "hidden": 2, "absent": ""}


def test_what_looks_at_a_hidden_input_is_hidden() -> None:
    middle = IntegerVar(default=5, visible_when={"loud": True})
    below = StringVar(visible_when={"middle": 5})

    restoration = restore({"loud": False}, loud=BooleanVar(), middle=middle, below=below)

    assert restoration.live["below"] == ""


def test_all_that_is_wrong_is_told() -> None:
    restoration = restore({"a": None}, a=IntegerVar(), b=StringVar())

    assert restoration.problems == {"a": [REQUIRED], "b": [REQUIRED]}


def test_a_resolved_reference_is_checked_now() -> None:
    restoration = restore({"a": " 12 ", "b": "x"}, "a", "b", a=IntegerVar(), b=IntegerVar())

    assert restoration.live == {"a": 12}
    assert restoration.problems == {"b": [NOT_WHOLE]}


def test_a_resolved_text_that_looks_like_a_reference_is_taken_as_it_is() -> None:
    assert restore({"a": "text:env:X"}, "a", a=SecretVar()).live == {"a": "text:env:X"}


def test_the_choices_of_a_resolved_input_are_those_of_now() -> None:
    choice = ChoiceVar(lambda site: [site], sensitive=True)

    good = restore({"site": "x", "a": "x"}, "a", site=StringVar(), a=choice)
    bad = restore({"site": "x", "a": "y"}, "a", site=StringVar(), a=choice)

    assert good.live["a"] == "x"
    assert list(bad.problems) == ["a"]


def test_they_are_not_known_if_something_else_is_wrong() -> None:
    choice = ChoiceVar(lambda site: [site], sensitive=True)

    restoration = restore({"site": None, "a": "y"}, "a", site=StringVar(), a=choice)

    assert restoration.problems == {"site": [REQUIRED]}
