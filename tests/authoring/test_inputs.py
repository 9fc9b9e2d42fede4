"""All inputs of a job together."""

from __future__ import annotations

from typing import Any

import pytest

from jobnb.authoring.inputs import (
    clean_inputs,
    form_variables,
    look_at_inputs,
    read_inputs,
    restore_inputs,
    settle_forms,
)
from jobnb.authoring.job import Job
from jobnb.authoring.registration import describe_job
from jobnb.authoring.variables import (
    NOT_WHOLE,
    REQUIRED,
    BooleanVar,
    ChoiceVar,
    Complaint,
    DryRunVar,
    FileVar,
    IntegerVar,
    SecretVar,
    StringVar,
)
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


class Unreadable:
    class Strange(StringVar):
        def bound(self, job_class: type) -> StringVar:
            raise RuntimeError(job_class)

    strange = Strange()


def test_the_form_order_puts_named_ones_first_and_ignores_other_names() -> None:
    assert list(form_variables(Greet)) == ["often", "who", "loud"]


def test_variables_that_are_settled_are_looked_for_no_more() -> None:
    class Moved(Greet):
        pass

    settle_forms([Moved, Unreadable])
    Moved.late = StringVar()  # type: ignore[attr-defined]

    assert list(form_variables(Moved)) == ["often", "who", "loud"]
    with pytest.raises(RuntimeError):
        form_variables(Unreadable)


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


FILE = {"file": "a.csv", "digest": "0" * 64, "size": 3}


class Upload:
    site = StringVar()
    rack = ChoiceVar(lambda site: [site, "any"], default="any")
    kind = ChoiceVar(lambda: ["a"])
    upload = FileVar(required=False)
    token = SecretVar(required=False)
    api_key = StringVar(required=False)
    note = StringVar(visible_when={"rack": "any"}, required=False)


class Sensitive(Upload):
    class Meta:
        has_sensitive_variables = True


class Named(StringVar):
    """Its values have labels, but for one."""

    def labels(self, stored: Any) -> list[list[Any]]:
        if stored == "gone":
            raise Complaint(["is gone"])
        return [[stored, stored.upper()]] if stored else []


class Labelled:
    one = Named(required=False)
    two = Named(required=False)


class Dry(Job):
    class Meta:
        dryrun_default = True
        fieldsets = (("Disk", ("path",)),)

    path = StringVar()
    dry = DryRunVar()

    def run(self, **inputs: Any) -> None: ...


def test_what_is_sensitive_is_withheld_but_for_references() -> None:
    cleaned = clean_inputs(
        Upload, {"site": "x", "kind": "a", "token": "env:TOKEN", "api_key": "k", "upload": FILE}
    )

    assert list(cleaned.inputs) == [
        "site", "rack", "kind", "upload", "token", "api_key", "note"
    ]  # fmt: skip
    assert cleaned.withheld == ("api_key",)
    assert cleaned.references == ("token",)
    assert cleaned.files == ("upload",)


def test_a_job_may_withhold_everything() -> None:
    cleaned = clean_inputs(Sensitive, {"site": "x", "kind": "a", "api_key": "env:KEY"})

    assert cleaned.withheld == ("site", "rack", "kind", "upload", "token", "note")
    assert (cleaned.references, cleaned.files) == (("api_key",), ())


@pytest.mark.parametrize(("job_class", "withholds"), [(Sensitive, False), (Upload, True)])
def test_who_enables_the_job_may_decide_whether_all_is_withheld(
    *, job_class: type, withholds: bool
) -> None:
    cleaned = clean_inputs(job_class, {"site": "x", "kind": "a"}, withholds_all=withholds)

    assert ("site" in cleaned.withheld) is withholds


@pytest.mark.parametrize("raw", [{}, {"rack": "x"}, {"upload": FILE}, {"token": "a"}])
def test_what_was_cleaned_can_be_cleaned_again(raw: dict[str, Any]) -> None:
    once = clean_inputs(Upload, {"site": "x", "kind": "a", **raw})

    assert clean_inputs(Upload, once.inputs) == once


def test_a_form_shows_what_is_hidden_and_offered_now() -> None:
    look = look_at_inputs(Upload, {"site": "x", "rack": "x"}, [])

    assert look.hidden == ("note",)
    assert look.choices == {"rack": [["x", "x"], ["any", "any"]], "kind": [["a", "a"]]}
    assert look.problems == {}


def test_nothing_is_offered_as_long_as_the_function_cannot_be_asked() -> None:
    assert look_at_inputs(Upload, {}, []).choices["rack"] == []


def test_only_the_problems_of_some_are_told_in_the_order_of_the_form() -> None:
    look = look_at_inputs(Greet, {"often": "x", "who": ""}, ["who", "often", "other"])

    assert list(look.problems.items()) == [("often", [NOT_WHOLE]), ("who", [REQUIRED])]
    assert look_at_inputs(Greet, {"often": "x"}, ["who"]).problems == {}


def test_what_was_never_touched_has_its_default() -> None:
    assert look_at_inputs(Greet, {}, ["who"]).problems == {}


def test_chosen_objects_have_labels() -> None:
    look = look_at_inputs(Labelled, {"one": "a"}, ["one"])

    assert look.labels == {"one": [["a", "A"]]}


def test_an_object_without_a_label_is_a_problem() -> None:
    look = look_at_inputs(Labelled, {"one": "gone", "two": "gone"}, ["one"])

    assert (look.labels, look.problems) == ({}, {"one": ["is gone"]})


def test_a_choice_function_that_raises_is_told_before_anybody_chooses() -> None:
    class Moody:
        number = IntegerVar()
        part = ChoiceVar(lambda number: [1 // number], required=False)

    look = look_at_inputs(Moody, {"number": 0}, [])

    assert look.choices == {"part": []}
    assert look.problems["part"][0].startswith("The choices cannot be shown: ZeroDivisionError")


def test_what_a_form_holds_can_be_read_incomplete() -> None:
    assert read_inputs(Greet, {"who": "you"}).stored == {"who": "you", "loud": True}


def test_a_resolved_reference_is_checked_when_it_is_restored() -> None:
    with pytest.raises(InvalidInput) as caught:
        restore_inputs(Greet, {"often": "0", "who": "x"}, resolved=["often"])

    assert list(caught.value.problems) == ["often"]


def test_the_default_of_a_dry_run_stands_in_meta() -> None:
    assert clean_inputs(Dry, {"path": "/"}).inputs == {"path": "/", "dry": True}
    assert clean_inputs(Dry, {"path": "/", "dry": False}).inputs["dry"] is False


def test_a_description_has_fieldsets_and_says_whether_a_dry_run_is_possible() -> None:
    described = describe_job(Dry, "x.py")

    assert described.fieldsets == (("Disk", ("path",)),)
    assert described.supports_dryrun
    assert described.variable("dry").default is True  # type: ignore[union-attr]
    assert "fieldsets" not in described.meta
    assert (Dry.supports_dryrun, Dry().supports_dryrun, Job.supports_dryrun) == (True, True, False)
