"""Declarations of variables that do not fit together."""

from __future__ import annotations

import pytest

from jobnb.authoring.variables import (
    NOT_WHOLE,
    REQUIRED,
    BooleanVar,
    IntegerVar,
    StringVar,
    Variable,
)


@pytest.mark.parametrize(
    "variable",
    [
        StringVar(min_length=0, max_length=0, required=False),
        StringVar(default="x", regex="x"),
        IntegerVar(min_value=-1, max_value=-1, default=-1),
        IntegerVar(default=0),
        BooleanVar(default="no"),
    ],
)
def test_a_sound_declaration_has_none(variable: Variable) -> None:
    assert list(variable.faults()) == []


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        (StringVar(label=3), "label must be of type str, not 3"),  # type: ignore[arg-type]
        (StringVar(description=None), "description must be of type str, not None"),  # type: ignore[arg-type]
        (StringVar(required=1), "required must be of type bool, not 1"),  # type: ignore[arg-type]
        (StringVar(min_length="3"), "min_length must be a whole number, not '3'"),  # type: ignore[arg-type]
        (StringVar(max_length=True), "max_length must be a whole number, not True"),
        (StringVar(min_length=-1), "min_length must be 0 or more, not -1"),
        (StringVar(4, 3), "min_length 4 is above max_length 3, so nothing fits"),
        (StringVar(regex=3), "regex must be a pattern as text, not 3"),  # type: ignore[arg-type]
        (StringVar(regex="("), "regex '(' is no regular expression: "),
        (IntegerVar(1.5), "min_value must be a whole number, not 1.5"),  # type: ignore[arg-type]
        (IntegerVar(4, 3), "min_value 4 is above max_value 3, so nothing fits"),
        (IntegerVar(default="x"), "its own check refuses the default 'x': " + NOT_WHOLE),
        (StringVar(default=""), "its own check refuses the default '': " + REQUIRED),
        (
            IntegerVar(min_value=1, default=0),
            "its own check refuses the default 0: Ensure this value is greater",
        ),
    ],
)
def test_a_declaration_that_does_not_fit_together_is_named(variable: Variable, fault: str) -> None:
    (found,) = variable.faults()

    assert found.startswith(fault)
