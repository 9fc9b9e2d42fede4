"""The way of what a front end says to a widget: the one that the front end has chosen for it."""

from __future__ import annotations

from typing import Any

import ipywidgets


def keep_route(widget: ipywidgets.Widget) -> None:
    """Lets a widget hear each front end by that front end's own subshell, in the order it speaks.

    ipykernel 7.4 decides anew by whatever the widget has sent last. Then words overtake each other,
    are lost when they go to the subshell of a page that is gone, or are never called done when they
    go to a cell that awaits: ipywidgets waits for that, and keeps all later values to itself.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = _as_sent  # noqa: SLF001 - there is no other way to it


def _as_sent(_data: Any, subshell: str | None) -> str | None:
    return subshell
