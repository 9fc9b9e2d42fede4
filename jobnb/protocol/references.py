"""References: text that says where the worker finds a sensitive value, instead of the value."""

from __future__ import annotations

import os
from typing import Final

LITERAL: Final = "text"
"""Kind of a text that is meant as it stands, although it would look like a reference."""


def read_reference(text: object) -> tuple[str, str] | None:
    """Kind and target of a reference; None for any other text, which is the value itself.

    ``env:NAME`` is a variable in the environment of the worker, ``file:PATH`` a file there (with
    its full path, or below ``~``), ``text:REST`` the value ``REST``.
    """
    kind, colon, target = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon:
        return None
    fits = {
        "env": target.isascii() and target.isidentifier(),
        "file": _is_full_path(target),
        LITERAL: True,
    }
    return (kind, target) if fits.get(kind, False) else None


def is_reference(text: object) -> bool:
    """Whether the real value is found only on the worker."""
    found = read_reference(text)
    return found is not None and found[0] != LITERAL


def _is_full_path(target: str) -> bool:
    return target.startswith((os.sep, "~/"))
