from __future__ import annotations

import pytest

from jobnb.notebook.formmodel import FormModel
from jobnb.notebook.formpicture import form_picture
from jobnb.protocol import Look
from tests.notebook.formjob import FakeJob, variable

SITES = {"choices": [["europe", [[1, "Berlin"], [2, "Oslo"]]]]}


def picture(*variables, withheld=(), **inputs):
    job = FakeJob(*variables)
    return form_picture(job, FormModel(job, inputs), withheld)


@pytest.mark.parametrize(
    ("asked", "value", "shown"),
    [
        (variable("it"), "Ada", "Ada"),
        (variable("it", "BooleanVar"), True, "yes"),
        (variable("it", "BooleanVar"), False, "no"),
        (variable("it", "IntegerVar"), 0, "0"),
        (variable("it", "ChoiceVar", options=SITES), 2, "Oslo"),
        (variable("it", "MultiChoiceVar", options=SITES), [1, 2], "Berlin, Oslo"),
        (variable("it", "JSONVar"), {"a": 1}, "{…"),
        (variable("it", "FileVar"), {"file": "a.bin", "size": 1500}, "a.bin (1.5 kB)"),
        (variable("it", "TextVar"), "first\nsecond", "first…"),
    ],
)
def test_a_value_is_shown_as_a_person_would_read_it(asked, value, shown):
    assert f"  It: {shown}\n" in picture(asked, it=value)["text/plain"]


def test_an_object_is_shown_by_its_label():
    class Knows(FakeJob):
        def look(self, inputs, names):
            return Look(labels={"device": [[42, "sw-42"]]})

    job = Knows(variable("device", "ObjectVar"))
    shown = form_picture(job, FormModel(job, {"device": 42}), ())

    assert "Device: sw-42" in shown["text/plain"]


def test_what_nobody_may_read_is_not_in_it():
    shown = picture(variable("token", sensitive=True), withheld={"token"}, token="correct-horse")

    assert "correct-horse" not in str(shown)
    assert "given, and not shown" in shown["text/html"]


def test_it_names_what_is_empty_and_leaves_out_what_is_hidden():
    hidden = variable("why", visible_when={"boss": ["yes"]})
    shown = picture(variable("who"), variable("when"), hidden, variable("boss"), who="Ada")

    assert "  Left empty: When, Boss\n" in shown["text/plain"]
    assert "Why" not in shown["text/plain"]


def test_it_says_how_to_come_to_the_form_and_what_does_without():
    shown = picture(variable("who"))

    for text in (shown["text/plain"], shown["text/html"]):
        assert "run this cell in JupyterLab" in text
        assert "jobnb.run(" in text


def test_nothing_in_it_acts():
    shown = picture(variable("who", label="<script>1</script>"), who="<img src=x>\x1b[31m\u202e")

    assert "<script>" not in shown["text/html"]
    assert "<img" not in shown["text/html"]
    assert "\x1b" not in shown["text/plain"]
    assert "\u202e" not in shown["text/plain"]
