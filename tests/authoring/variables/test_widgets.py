"""Widgets that an author gives, as plain data."""

from __future__ import annotations

import json
import sys
from datetime import date
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import ipywidgets
import pytest
import traitlets

from jobnb.authoring.variables import IntegerVar
from jobnb.authoring.variables.widgets import describe_widget, widget_fault


class Gauge(ipywidgets.IntSlider):
    reading = traitlets.Int(read_only=True)


class OurLoader:
    """Stands for the loader of job files, which is one of ours."""

    __module__ = "jobnb.child.importing.loader"


@pytest.fixture
def job_module(monkeypatch):
    """A module as the child loads it from the jobs folder."""
    module = ModuleType("some_job")
    module.__spec__ = ModuleSpec("some_job", OurLoader())  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "some_job", module)
    return module


def test_a_class_is_its_public_name_without_a_state() -> None:
    assert describe_widget(ipywidgets.ColorPicker) == {
        "module": "ipywidgets",
        "name": "ColorPicker",
        "state": {},
    }


def test_the_state_has_only_what_the_author_changed() -> None:
    described = describe_widget(ipywidgets.IntSlider(min=0, max=50, step=5))

    assert described == {
        "module": "ipywidgets",
        "name": "IntSlider",
        "state": {"max": 50, "step": 5},
    }


def test_a_widget_inside_of_it_is_described_in_the_same_way() -> None:
    widget = ipywidgets.IntSlider(
        style={"handle_color": "red"}, layout=ipywidgets.Layout(width="50%")
    )

    assert describe_widget(widget)["state"] == {
        "layout": {"module": "ipywidgets", "name": "Layout", "state": {"width": "50%"}},
        "style": {"module": "ipywidgets", "name": "SliderStyle", "state": {"handle_color": "red"}},
    }


def test_what_nobody_can_set_is_left_out() -> None:
    gauge = Gauge(max=5)
    gauge.set_trait("reading", 3)

    assert describe_widget(gauge)["state"] == {"max": 5}


def test_a_style_of_another_type_is_described_even_if_nothing_in_it_was_changed() -> None:
    described = describe_widget(ipywidgets.Dropdown(style=ipywidgets.SliderStyle()))

    assert described["state"]["style"]["name"] == "SliderStyle"


def test_a_widget_can_be_built_again_from_it() -> None:
    widget = ipywidgets.Dropdown(options=[("One", 1), ("Two", 2)], value=2, disabled=True)
    state = json.loads(json.dumps(describe_widget(widget)))["state"]
    again = ipywidgets.Dropdown(**state)

    assert (again.value, again.disabled) == (2, True)
    assert [tuple(option) for option in again.options] == [("One", 1), ("Two", 2)]


def test_a_class_that_its_package_hides_goes_by_its_own_module(monkeypatch) -> None:
    monkeypatch.delattr(ipywidgets, "IntText")

    assert describe_widget(ipywidgets.widgets.IntText)["module"] == "ipywidgets.widgets.widget_int"


@pytest.mark.parametrize(
    "widget",
    [
        *("django.forms.Textarea", 5, object(), int, {"type": "slider"}),
        *(ipywidgets.VBox, ipywidgets.HBox(), ipywidgets.Button()),
    ],
)
def test_what_has_no_value_is_refused(widget: Any) -> None:
    assert widget_fault(widget).startswith(
        "widget must be an ipywidget that has a value, or its class, not "
    )
    assert describe_widget(widget) is None


def test_no_widget_is_no_fault() -> None:
    assert widget_fault(None) == ""
    assert describe_widget(None) is None


def test_a_widget_of_the_job_files_is_refused(job_module) -> None:
    class Dial(ipywidgets.IntSlider):
        pass

    Dial.__module__, Dial.__qualname__ = "some_job", "Dial"
    job_module.Dial = Dial

    assert widget_fault(Dial) == (
        "widget Dial must come from an installed package, as job code does not run in the kernel; "
        "it is defined in some_job"
    )


def test_a_widget_that_no_module_gives_is_refused() -> None:
    class Dial(ipywidgets.IntSlider):
        pass

    assert "must come from an installed package" in widget_fault(Dial())


def test_a_widget_of_the_main_program_is_refused(monkeypatch) -> None:
    class Dial(ipywidgets.IntSlider):
        pass

    Dial.__module__, Dial.__qualname__ = "__main__", "Dial"
    monkeypatch.setattr(sys.modules["__main__"], "Dial", Dial, raising=False)

    assert "must come from an installed package" in widget_fault(Dial)


def test_a_state_that_is_no_json_is_refused() -> None:
    assert widget_fault(ipywidgets.DatePicker(min=date(2026, 1, 1))) == (
        "widget DatePicker cannot be carried to the form: its min is datetime.date(2026, 1, 1), "
        "which is no JSON value"
    )


def test_a_variable_describes_its_widget_and_names_a_wrong_one() -> None:
    assert IntegerVar(widget=ipywidgets.IntSlider).describe("x").widget["name"] == "IntSlider"
    assert list(IntegerVar(widget=ipywidgets.IntSlider(max=5)).faults()) == []
    assert [fault[:30] for fault in IntegerVar(widget="x").faults()] == [
        "widget must be an ipywidget th"
    ]
