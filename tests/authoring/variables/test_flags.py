"""Flags, and the one for a dry run."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jobnb.authoring.variables import (
    DRY_RUN_HELP,
    NOT_A_FLAG,
    BooleanVar,
    DryRunVar,
)


def test_it_is_false_and_explains_itself_as_in_nautobot() -> None:
    described = DryRunVar().describe("dryrun")

    assert (described.type, described.default, described.required) == ("DryRunVar", False, False)
    assert described.description == "Check to run job in dryrun mode." == DRY_RUN_HELP


@pytest.mark.parametrize("variable", [DryRunVar("Try", "Help"), DryRunVar(description="Help")])
def test_an_explanation_of_the_author_stays(variable: DryRunVar) -> None:
    assert variable.describe("dryrun").description == "Help"


@pytest.mark.parametrize("default", [None, False])
def test_no_default_is_no_fault(default) -> None:
    assert list(DryRunVar(default=default).faults()) == []


def test_a_default_is_refused_with_the_place_where_it_belongs() -> None:
    assert list(DryRunVar(default=True).faults()) == [
        "default True has no effect on a DryRunVar; remove it and set Meta.dryrun_default"
    ]


def test_a_number_with_very_many_digits_is_no_flag(complaints) -> None:
    assert complaints(BooleanVar(), 10**5000) == [NOT_A_FLAG]


class TestBooleanVar:
    @pytest.mark.parametrize("raw", [True, 1, "1", "true", "True", " TRUE ", "yes", "on", "On"])
    def test_these_are_true(self, raw: Any) -> None:
        assert BooleanVar().clean(raw) is True

    @pytest.mark.parametrize(
        "raw", [False, 0, "0", "false", "False", "no", "off", "OFF", "", " ", None]
    )
    def test_these_are_false(self, raw: Any) -> None:
        assert BooleanVar(default=True).clean(raw) is False

    @pytest.mark.parametrize("raw", ["maybe", "2", 2, -1, 1.0, math.nan, [], [1], {}, b"1"])
    def test_anything_else_is_refused(self, raw: Any, complaints) -> None:
        assert complaints(BooleanVar(), raw) == [NOT_A_FLAG]

    def test_it_is_never_required(self) -> None:
        assert BooleanVar(required=True).clean(None) is False
