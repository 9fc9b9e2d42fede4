from __future__ import annotations

import sys

import ipywidgets
import pytest

from jobnb.errors import DeclarationError
from jobnb.notebook.embed import build_widget
from tests.notebook.formjob import variable


def described(name: str, module: str = "ipywidgets", **state):
    return {"module": module, "name": name, "state": state}


def test_a_widget_is_built_with_its_state():
    widget = build_widget(variable("x", widget=described("ColorPicker", value="#112233")))

    assert isinstance(widget, ipywidgets.ColorPicker)
    assert widget.value == "#112233"


def test_widgets_inside_of_it_are_built_too():
    style = described("SliderStyle", handle_color="red")
    widget = build_widget(variable("x", widget=described("IntSlider", style=style)))

    assert widget.style.handle_color == "red"


@pytest.mark.parametrize(
    ("low", "high", "state", "bounds"),
    [
        (8, 48, {}, (8, 48)),
        (200, 300, {}, (200, 300)),
        (-20, -10, {}, (-20, -10)),
        (0, None, {}, (0, 100)),
        (8, 48, {"min": 10, "max": 20}, (10, 20)),
    ],
)
def test_the_bounds_of_the_variable_are_those_of_the_widget(low, high, state, bounds):
    options = {"min_value": low, "max_value": high}
    widget = build_widget(
        variable("x", "IntegerVar", widget=described("IntSlider", **state), options=options)
    )

    assert (widget.min, widget.max) == bounds


@pytest.mark.parametrize(
    ("widget", "said"),
    [
        (described("IntSlider", module="no_such_package"), "not installed in this kernel"),
        (described("Slider"), "has no attribute 'Slider'"),
        (described("link"), "no ipywidget"),
        (described("HBox"), "no trait 'value'"),
        (described("IntSlider", value="many"), "cannot be built"),
    ],
)
def test_what_cannot_be_built_is_said_by_name(widget, said):
    with pytest.raises(DeclarationError) as refused:
        build_widget(variable("ports", widget=widget))

    assert said in str(refused.value)
    assert f"'ports' wants to be asked for with the widget {widget['module']}" in str(refused.value)


def test_nothing_of_the_working_directory_is_imported(tmp_path, monkeypatch):
    (tmp_path / "job_widgets.py").write_text("raise SystemExit('job code in the kernel')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DeclarationError, match="not installed"):
        build_widget(variable("x", widget=described("Mine", module="job_widgets")))

    assert "job_widgets" not in sys.modules
