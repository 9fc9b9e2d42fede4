"""Where cells show widgets: in HTML that keeps a place for them, or as views of them.

A place is all that a notebook saves: it needs no kernel, and holds what can be read without one.
JupyterLab and Notebook know each widget of their kernel; other pages those they have a view of.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import anywidget
from IPython.display import display

from jobnb.settings import is_page_of_server


class Slot:
    """A display slot, which has a widget and later a picture.

    A page that was loaded anew hears no more what comes into it, and asks for what is shown.
    """

    def __init__(self, name: str | None = None) -> None:
        """Shows nothing yet.

        Args:
            name: Of a slot that is there; None for a new one in the cell that runs now.
        """
        self.name = name or f"jobnb-{uuid.uuid4()}"
        self.widget_id = uuid.uuid4().hex
        self.place = place_of(self.widget_id)
        self.shown: dict[str, Any] = {}
        self._is_new = name is None

    def show(self, widget: anywidget.AnyWidget, instead: Mapping[str, str]) -> None:
        """Shows a widget that knows the name of the place, with what is read without a kernel."""
        self._put(*placed(widget, self.place, instead))

    def put(self, bundle: Mapping[str, str]) -> None:
        """Has a picture from now on; an empty one leaves room for what is shown later."""
        self._put(bundle, {})

    def _put(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        self.shown = dict(data)
        if self.place:  # by the name a page finds the slot
            self.shown["text/html"] = f'<div class="{self.name}">{data["text/html"]}</div>'
        how = {"metadata": dict(metadata), "update": not self._is_new}
        self._is_new = False
        display(self.shown, raw=True, display_id=self.name, **how)


def place_of(widget_id: str) -> str:
    """The name of the place of a widget that has, or will have, that id.

    It is empty where a view is to be shown.
    """
    return f"jobnb-at-{widget_id}" if is_page_of_server() else ""


def placed(
    widget: anywidget.AnyWidget, place: str, instead: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a cell displays to show a widget: the bundle, and its metadata.

    Args:
        widget: What is shown.
        place: Its name, which the widget knows as well; empty for a view.
        instead: What is read where there is no kernel, as ``text/html`` and ``text/plain``.
    """
    if not place:
        data, metadata = widget._repr_mimebundle_() or ({}, {})
        return {**data, **instead}, metadata
    # No formulas: JupyterLab would look for them in whatever stands there by then.
    page = f'<div class="mathjax_ignore {place}">{instead["text/html"]}</div>'
    return {**instead, "text/html": page}, {}
