"""Which inputs look at which others."""

from __future__ import annotations

from typing import Any

import pytest

from jobnb.authoring.dependencies import (
    dependency_faults,
    names_in_use,
    reading_order,
    same_json,
)
from jobnb.authoring.variables import (
    BooleanVar,
    ChoiceVar,
    FileVar,
    IntegerVar,
    ObjectVar,
    SecretVar,
    StringVar,
    Variable,
)

MODE = ChoiceVar(["fast", "slow"])


def looking_at(*names: str) -> StringVar:
    return StringVar(visible_when=dict.fromkeys(names, "x"))


def test_each_is_read_after_those_that_it_looks_at() -> None:
    variables: dict[str, Variable] = {
        "last": ChoiceVar(lambda middle: [middle]),
        "middle": looking_at("first"),
        "first": StringVar(),
    }

    assert reading_order(variables) == ["first", "middle", "last"]


def test_only_arguments_of_functions_are_needed_alive() -> None:
    variables: dict[str, Variable] = {
        "site": StringVar(),
        "rack": ChoiceVar(lambda site: [site]),
        "note": looking_at("rack"),
    }

    assert names_in_use(variables) == {"site"}


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        (
            {"a": looking_at("mod"), "mode": StringVar()},
            (
                "variable 'a': visible_when looks at 'mod', but there is no variable 'mod'; "
                "perhaps you mean 'mode'"
            ),
        ),
        (
            {"a": ChoiceVar(lambda site: [site])},
            (
                "variable 'a' depends on 'site', but there is no variable 'site'; declare it, or "
                "name another one"
            ),
        ),
        (
            {"a": looking_at("key"), "key": SecretVar()},
            (
                "variable 'a': visible_when looks at 'key', which is sensitive, so that the form "
                "would tell its value; let it look at another input"
            ),
        ),
        (
            {"a": StringVar(visible_when={"mode": ["fast", "slwo"]}), "mode": MODE},
            (
                "variable 'a': visible_when waits for 'mode' to be 'slwo', which it never is; "
                "give a value as it is stored"
            ),
        ),
        (
            {"a": StringVar(visible_when={"loud": 1}), "loud": BooleanVar()},
            (
                "variable 'a': visible_when waits for 'loud' to be 1, which it never is; "
                "give a value as it is stored"
            ),
        ),
        (
            {"a": looking_at("a")},
            (
                "variable 'a' looks at 'a', so that none of them can be read first; remove one of "
                "these links"
            ),
        ),
        (
            {"a": looking_at("b"), "b": ChoiceVar(lambda c: [c]), "c": looking_at("a")},
            (
                "variable 'a' looks at 'b', which looks at 'c', which looks at 'a', so that none "
                "of them can be read first; remove one of these links"
            ),
        ),
    ],
)
def test_a_wrong_link_is_named_with_both_sides(variables: dict[str, Variable], fault: str) -> None:
    (found,) = dependency_faults(variables)

    assert found == fault


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (StringVar(), "x"),
        (StringVar(), ""),
        (BooleanVar(), False),
        (IntegerVar(), [None, 3]),
        (MODE, ["fast", "slow"]),
        (ChoiceVar(lambda: ["a"]), "b"),
        (FileVar(), None),
        (FileVar(), "never asked"),
        (ObjectVar(source=object()), 12),  # type: ignore[arg-type]  # it is never asked
    ],
)
def test_a_sound_link_has_no_fault(other: Variable, wanted: Any) -> None:
    variables = {"a": StringVar(visible_when={"b": wanted}), "b": other}

    assert list(dependency_faults(variables)) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        ("1", 1, False),
        (None, "", False),
        ([1, "a"], [1, "a"], True),
        ([1], [True], False),
        ([1], [1, 2], False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"b": 1}, False),
        ([], {}, False),
    ],
)
def test_json_values_are_compared_exactly(one: Any, other: Any, same: bool) -> None:  # noqa: FBT001
    assert same_json(one, other) is same
    assert same_json(other, one) is same
