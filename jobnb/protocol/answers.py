"""Answers: what the describing child says about the inputs of one job, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """Inputs that fit, complete and ready to be stored or sent."""

    inputs: dict[str, Any] = field(repr=False)
    """A JSON value for every variable, in the order of the form."""
    withheld: tuple[str, ...] = ()
    """Names whose values are sent to the worker, and never stored."""
    references: tuple[str, ...] = ()
    """Names whose values say where the worker finds the real one: ``env:NAME``, ``file:PATH``."""
    files: tuple[str, ...] = ()
    """Names whose values stand for an uploaded file: ``file`` (its name), ``digest``, ``size``."""

    def __post_init__(self) -> None:
        for name in ("withheld", "references", "files"):
            object.__setattr__(self, name, tuple(getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a form that is being filled in looks now."""

    hidden: tuple[str, ...] = ()
    """Variables that are not asked for, as others have other values."""
    choices: dict[str, list[Any]] = field(default_factory=dict)
    """Variable to the choices that it has now, shaped as its description's ``choices``; only of
    variables whose choices depend on something."""
    labels: dict[str, list[list[Any]]] = field(default_factory=dict)
    """Variable to ``[key, label]`` of each object that is chosen now."""
    problems: dict[str, list[str]] = field(default_factory=dict)
    """Variable to what is wrong with its value; only of the variables that were asked about."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the objects that a search has found."""

    items: list[list[Any]]
    """``[key, label]`` of each, in order; the key is a JSON value."""
    has_more: bool = False
    """Whether there is another page."""
