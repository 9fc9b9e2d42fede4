"""Widgets: an ipywidget that an author gives, as plain data from which the kernel builds it again.

ipywidgets is not imported here: only an author who gives a widget has it in the process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator
from typing import Any, Final

_OWN_MATTERS: Final = frozenset({"comm", "keys", "log"})
"""Public traits that a widget has for itself."""


def widget_fault(widget: Any) -> str:
    """What is wrong with what an author gave as ``widget``; empty if a form can show it."""
    if widget is None:
        return ""
    cls = _class_of(widget)
    if "value" not in _trait_names(cls):
        return f"widget must be an ipywidget that has a value, or its class, not {widget!r:.100}"
    if not _is_installed(cls):
        return (
            f"widget {cls.__qualname__} must come from an installed package, as job code does not "
            f"run in the kernel; it is defined in {cls.__module__}"
        )
    try:
        _state(widget)
    except Exception as error:  # noqa: BLE001 - the code of any widget takes part in this
        return f"widget {cls.__qualname__} cannot be carried to the form: {error}"
    return ""


def describe_widget(widget: Any) -> dict[str, Any] | None:
    """The widget's ``module``, ``name`` and ``state``; None if there is none, or a faulty one.

    The state has the traits that differ from those of a new widget; a widget inside of it (its
    ``style``, its ``layout``) is described in the same way.
    """
    if widget is None or widget_fault(widget):
        return None
    return _described(widget)


def _described(widget: Any) -> dict[str, Any]:
    cls = _class_of(widget)
    return {"module": _public_module(cls), "name": cls.__qualname__, "state": _state(widget)}


def _state(widget: Any) -> dict[str, Any]:
    """The changed traits; a class has none.

    Raises:
        ValueError: One is no JSON value.
    """
    if isinstance(widget, type):
        return {}
    return dict(_changed_traits(widget, type(widget)()))


def _changed_traits(widget: Any, fresh: Any) -> Iterator[tuple[str, Any]]:
    for name, trait in widget.traits().items():
        if name.startswith("_") or name in _OWN_MATTERS or trait.read_only:
            continue
        value, usual = getattr(widget, name), getattr(fresh, name)
        if _trait_names(type(value)):
            described = _described(value)
            if described["state"] or type(value) is not type(usual):
                yield name, described
        elif type(value) is not type(usual) or value != usual:
            yield name, _plain(name, value)


def _plain(name: str, value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"its {name} is {value!r:.100}, which is no JSON value") from error


def _class_of(widget: Any) -> type:
    return widget if isinstance(widget, type) else type(widget)


def _trait_names(cls: Any) -> Collection[str]:
    """Of a class of any library that is built on traitlets, as ipywidgets is; else none."""
    names: Collection[str] = cls.class_trait_names() if hasattr(cls, "class_trait_names") else ()
    return names


def _public_module(cls: type) -> str:
    """The package at the top if it gives the class, as ``ipywidgets`` does."""
    top = cls.__module__.partition(".")[0]
    return top if getattr(sys.modules[top], cls.__qualname__, None) is cls else cls.__module__


def _is_installed(cls: type) -> bool:
    """Whether any process can import the class by its name; job files have a loader of ours."""
    module = sys.modules.get(cls.__module__)
    if module is None or getattr(module, cls.__qualname__, None) is not cls:
        return False
    loader = type(getattr(module.__spec__, "loader", None))
    return cls.__module__ != "__main__" and loader.__module__.partition(".")[0] != "jobnb"
