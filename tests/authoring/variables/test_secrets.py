from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.authoring.variables import Complaint, SecretVar

LONG = "x" * 1_000_000


@pytest.mark.parametrize("raw", ["hunter2", "  blanks stay ", "\n", "☃", "<b>&", "env", LONG])
def test_a_secret_is_taken_as_it_is_typed(raw):
    variable = SecretVar()

    assert variable.restore(variable.clean(raw)) == raw


@pytest.mark.parametrize("raw", [None, ""])
def test_a_secret_that_is_missing_is_said_to_be_required(raw):
    with pytest.raises(Complaint, match="This field is required"):
        SecretVar().clean(raw)


def test_an_optional_secret_that_is_missing_is_empty_text():
    assert SecretVar(required=False).clean(None) == ""


@pytest.mark.parametrize("raw", [1234, 1.5, True, float("nan"), b"hunter2", ["hunter2"], {}])
def test_only_text_is_a_secret_and_the_complaint_does_not_quote(raw):
    with pytest.raises(Complaint) as caught:
        SecretVar().clean(raw)

    assert str(caught.value) == "Not a valid string."


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"min_length": 8}, "Ensure this value has at least 8 characters."),
        ({"max_length": 1}, "Ensure this value has at most 1 character."),
        ({"max_length": 0}, "Ensure this value has at most 0 characters."),
    ],
)
def test_a_bound_tells_nothing_about_the_secret(bounds, message):
    with pytest.raises(Complaint) as caught:
        SecretVar(**bounds).clean("hunter2")

    assert caught.value.messages == [message]


def test_nul_is_refused():
    with pytest.raises(Complaint, match="Null characters"):
        SecretVar().clean("a\0b")


@given(st.text(alphabet=st.characters(exclude_characters="\0"), min_size=1))
def test_what_was_cleaned_stays_the_same(raw):
    variable = SecretVar()
    stored = variable.clean(raw)

    assert variable.clean(stored) == stored
    assert variable.restore(stored) == raw


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        (SecretVar(default="hunter2"), "must be a reference"),
        (SecretVar(default="text:hunter2"), "must be a reference"),
        (SecretVar(sensitive=False), "always sensitive"),
        (SecretVar(min_length=-1), "min_length must be 0 or more"),
        (SecretVar(5, 3), "nothing fits"),
    ],
)
def test_a_wrong_declaration_is_refused_without_quoting_a_secret(variable, fault):
    [found] = variable.faults()

    assert fault in found
    assert "hunter2" not in found


def test_a_reference_may_be_the_default_and_is_described():
    variable = SecretVar(min_length=50, default="env:PASSWORD")

    assert list(variable.faults()) == []
    assert variable.describe("token").default == "env:PASSWORD"


def test_a_secret_is_sensitive_whatever_its_name():
    assert SecretVar().describe("colour").sensitive
