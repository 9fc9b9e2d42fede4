from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from jobnb.authoring.variables.flags import DRY_RUN_HELP
from jobnb.notebook.formfields import field_spec, form_spec, shown_value
from tests.notebook.formjob import job, variable

FEW = [["a", "A"], ["Group", [["b", "B"]]]]
MANY = [[str(number), str(number)] for number in range(50)]


@pytest.mark.parametrize(
    ("described", "kind"),
    [
        (variable("x"), "text"),
        (variable("x", "TextVar"), "area"),
        (variable("x", "IntegerVar"), "text"),
        (variable("x", "BooleanVar"), "check"),
        (variable("x", "DryRunVar"), "dryrun"),
        (variable("x", "SecretVar", sensitive=True), "secret"),
        (variable("x", "IntegerVar", sensitive=True), "secret"),
        (variable("x", "ChoiceVar", options={"choices": FEW}), "select"),
        (variable("x", "ChoiceVar", options={"choices": MANY}), "combo"),
        (variable("x", "ChoiceVar"), "select"),
        (variable("x", "MultiChoiceVar", options={"choices": FEW}), "checks"),
        (variable("x", "MultiChoiceVar", options={"choices": MANY}), "chips"),
        (variable("x", "MultiChoiceVar"), "chips"),
        (variable("x", "ObjectVar"), "combo"),
        (variable("x", "MultiObjectVar"), "chips"),
        (variable("x", "FileVar"), "file"),
        (variable("x", "TableVar"), "table"),
        (variable("x", "DateTimeVar"), "date"),
        (variable("x", "ATypeOfTomorrow"), "text"),
        (variable("x", widget={"module": "m", "name": "n", "state": {}}), "widget"),
    ],
)
def test_each_type_has_its_control(described, kind):
    assert field_spec(described)["kind"] == kind


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("StringVar", "x", "x"),
        ("StringVar", None, ""),
        ("IntegerVar", 0, "0"),
        ("IntegerVar", "1x", "1x"),
        ("DecimalVar", Decimal("1.50"), "1.50"),
        ("DateVar", date(2026, 12, 1), "2026-12-01"),
        ("BooleanVar", True, True),
        ("JSONVar", {"a": [1]}, '{\n  "a": [\n    1\n  ]\n}'),
        ("JSONVar", "{a", "{a"),
        ("JSONVar", True, "true"),
        ("ObjectVar", 7, 7),
        ("MultiObjectVar", [1, 2], [1, 2]),
        ("MultiObjectVar", 1, [1]),
        ("MultiChoiceVar", "", []),
        ("TableVar", "a\n1", "a\n1"),
        ("TableVar", [{"a": 1, "b": "x,y"}], 'a,b\n1,"x,y"\n'),
        ("TableVar", [{"a": ["x", 1], "b": None}], 'a,b\n"[""x"", 1]",\n'),
        ("TableVar", [1], "[1]"),
    ],
)
def test_a_value_is_shown_as_a_person_would_have_typed_it(kind, value, shown):
    assert shown_value(variable("x", kind), value) == shown


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"min_value": 0, "max_value": 9}, "Help. 0 to 9."),
        ({"min_value": 0}, "Help. 0 or more."),
        ({"max_value": 0}, "Help. 0 or less."),
        ({}, "Help."),
    ],
)
def test_bounds_are_part_of_the_help(options, hint):
    described = variable("x", "IntegerVar", description="Help.", options=options)

    assert field_spec(described)["help"] == hint


@pytest.mark.parametrize(
    ("kind", "options", "hint"),
    [
        ("DateVar", {"min_value": "2026-12-01"}, "2026-12-01 or later."),
        (
            "DateTimeVar",
            {"max_value": "2026-12-01T08:00:00+01:00"},
            "2026-12-01 08:00+01:00 or earlier.",
        ),
        (
            "DateTimeVar",
            {"min_value": "2026-12-01T08:00:09+01:00"},
            "2026-12-01 08:00:09+01:00 or later.",
        ),
    ],
)
def test_days_and_moments_are_bounded_as_people_write_them(kind, options, hint):
    assert field_spec(variable("x", kind, options=options))["help"] == hint


@pytest.mark.parametrize(
    ("options", "example"),
    [({}, "YYYY-MM-DD hh:mm+00:00"), ({"timezone": "Europe/Berlin"}, "YYYY-MM-DD hh:mm")],
)
def test_a_time_without_a_zone_of_its_own_asks_for_one(options, example):
    spec = field_spec(variable("x", "DateTimeVar", options=options))

    assert spec["example"] == example
    assert spec.get("zoned", False) == (options == {})


def test_a_dry_run_says_what_it_is_once():
    own = variable("x", "DryRunVar", description="Only looks.")
    common = variable("x", "DryRunVar", description=DRY_RUN_HELP)

    assert field_spec(own)["help"] == "Only looks."
    assert "help" not in field_spec(common)


def test_fields_of_no_fieldset_come_first():
    described = job(variable("a"), variable("b"), fieldsets=(("Title", ("a",)),))

    assert form_spec(described, [])["fieldsets"] == [["", ["b"]], ["Title", ["a"]]]


def test_the_default_of_a_secret_is_nowhere():
    described = job(variable("token", sensitive=True, default="env:THE_TOKEN"))

    assert "THE_TOKEN" not in json.dumps(form_spec(described, []))
