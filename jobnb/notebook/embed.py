"""Widgets that an author has chosen for an input: built again in the kernel from what they are.

Only from installed packages: nothing of the jobs folder is imported here.
"""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

import ipywidgets

from jobnb.errors import DeclarationError
from jobnb.notebook.routes import keep_route
from jobnb.protocol import VariableDescription

_BOUNDS: Final = {"min_value": "min", "max_value": "max"}


def build_widget(variable: VariableDescription) -> ipywidgets.Widget:
    """The widget that a variable describes, with the bounds of the variable.

    Raises:
        DeclarationError: It is not installed here, or cannot be built like that.
    """
    assert variable.widget is not None, "a description without a widget has nothing to build"
    widget = _build(variable.widget, variable)
    if not widget.has_trait("value"):
        raise _refusal(variable, "it has no trait 'value'")
    for option, trait in _BOUNDS.items():
        bound = variable.options.get(option)
        if bound is not None and widget.has_trait(trait) and trait not in _state(variable.widget):
            _set_bound(widget, trait, bound)
    return widget


def _set_bound(widget: ipywidgets.Widget, trait: str, bound: Any) -> None:
    """A widget wants its bounds in order at each moment: the other one may have to give way."""
    other = "max" if trait == "min" else "min"
    crosses = getattr(widget, other) < bound if trait == "min" else getattr(widget, other) > bound
    if crosses:
        setattr(widget, other, bound)
    setattr(widget, trait, bound)


def _build(described: Mapping[str, Any], variable: VariableDescription) -> ipywidgets.Widget:
    """A widget of the described class; those inside it are built first."""
    found = _find(described["module"], described["name"], variable)
    state = {name: _inner(value, variable) for name, value in _state(described).items()}
    try:
        widget = found(**state)
    except Exception as error:
        raise _refusal(variable, f"it cannot be built: {error}") from error
    assert isinstance(widget, ipywidgets.Widget), "its class was looked at before"
    keep_route(widget)
    return widget


def _inner(value: Any, variable: VariableDescription) -> Any:
    if isinstance(value, Mapping) and set(value) == {"module", "name", "state"}:
        return _build(value, variable)
    return value


def _state(described: Mapping[str, Any]) -> dict[str, Any]:
    return dict(described.get("state") or {})


def _find(module: str, name: str, variable: VariableDescription) -> Any:
    """The class, imported from where packages are installed, and from nowhere else."""
    package = module.partition(".")[0]
    if package not in sys.modules and not _is_installed(package):
        raise _refusal(variable, f"package {package!r} is not installed in this kernel")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise _refusal(variable, str(error)) from error
    if not (isinstance(found, type) and issubclass(found, ipywidgets.Widget)):
        raise _refusal(variable, "it is no ipywidget")
    return found


def _is_installed(package: str) -> bool:
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    places |= {path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")}
    return PathFinder.find_spec(package, sorted(places)) is not None


def _refusal(variable: VariableDescription, why: str) -> DeclarationError:
    described = variable.widget or {}
    name = f"{described.get('module')}.{described.get('name')}"
    return DeclarationError(
        f"Input {variable.name!r} wants to be asked for with the widget {name}, but {why}. "
        "Install the package, or declare the variable without widget=."
    )
