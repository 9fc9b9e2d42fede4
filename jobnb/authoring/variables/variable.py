"""What every variable is: one declared input of a job, with its check for one value."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import islice
from typing import Any, ClassVar, Final, TypedDict

from jobnb.authoring.variables.sensitivity import is_reference, says_secret
from jobnb.authoring.variables.widgets import describe_widget, widget_fault
from jobnb.protocol import VariableDescription

REQUIRED: Final = "This field is required."

_LONGEST: Final = 100
"""Characters of a value that a message repeats."""

_MOST: Final = 20
"""Messages about one value."""

_ROOM: Final = __name__.rpartition(".")[0]


class Complaint(ValueError):
    """A value does not fit its variable.

    Attributes:
        messages: What is wrong, a sentence each; at least one.
    """

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__(self.messages)

    def __str__(self) -> str:
        return " ".join(self.messages)


class CommonArguments(TypedDict, total=False):
    """What every variable takes after the arguments of its type, in this order."""

    label: str
    description: str
    default: Any
    required: bool
    widget: Any
    sensitive: bool | None
    visible_when: Mapping[str, Any] | None


class Variable(ABC):
    """One declared input of a job; the types below say what fits.

    Args:
        label: What the form shows; the attribute's name in words if empty.
        description: Help text.
        default: What an input that is not given becomes; None means that there is no default.
        required: Whether an empty value is refused.
        widget: How the form asks: an ipywidget that has a ``value``, or its class; None for the way
            of the type.
        sensitive: Whether the value is withheld from the database and masked wherever it appears;
            None if the name decides (``password``, ``api_token`` ...).
        visible_when: Inputs with the value, or the values in a list, that they must all have for
            this one to be asked for; None for always.
    """

    options: ClassVar[tuple[str, ...]] = ()
    """Names of the arguments that only this type has."""
    empty: ClassVar[Any] = None
    """What ``run()`` gets for an optional input without a value."""
    is_file: ClassVar[bool] = False
    """Whether what is stored stands for an uploaded file."""

    def __init__(  # noqa: PLR0913 - Nautobot's arguments, and ours
        self,
        label: str = "",
        description: str = "",
        default: Any = None,
        required: bool = True,  # noqa: FBT001, FBT002 - Nautobot's argument order
        widget: Any = None,
        *,
        sensitive: bool | None = None,
        visible_when: Mapping[str, Any] | None = None,
    ) -> None:
        self.label = label
        self.description = description
        self.default = default
        self.required = required
        self.widget = widget
        self.sensitive = sensitive
        self.visible_when = visible_when

    def clean(self, raw: Any) -> Any:
        """The value that is stored for what somebody gave; a JSON value.

        Raises:
            Complaint: It does not fit.
        """
        value = self._parse(raw)
        if value is None or (isinstance(value, str | list) and not value):
            if self.required:
                raise Complaint([REQUIRED])
            return copy(self.empty)
        if messages := first_few(self._check(value)):
            raise Complaint(messages)
        return self._store(value)

    def default_value(self) -> Any:
        """The value that is stored when the input is not given at all.

        Raises:
            Complaint: The input is required and has no default.
        """
        return self.clean(self.default)

    def restore(self, stored: Any) -> Any:
        """The live value that ``run()`` gets for a stored one.

        Raises:
            Complaint: It is none that ``clean()`` gives.
        """
        if stored is None:
            if self.required:
                raise Complaint([REQUIRED])
            return None
        return self._revive(stored)

    @property
    def depends(self) -> tuple[str, ...]:
        """Names of the other inputs whose live values ``settled()`` wants."""
        return ()

    def settled(self, _others: Mapping[str, Any]) -> Variable:
        """This variable, or a copy whose choices are fixed for these live values of others.

        Job code may run in here, and raise whatever it likes.
        """
        return self

    def bound(self, _job_class: type) -> Variable:
        """This variable, or a copy that knows the class whose input it is."""
        return self

    def labels(self, _stored: Any) -> list[list[Any]]:
        """``[key, label]`` of each object that a value chooses."""
        return []

    def faults(self) -> Iterator[str]:
        """What is wrong with the declaration itself, a sentence each."""
        kinds = {"label": str, "description": str, "required": bool}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                yield f"{name} must be of type {kind.__name__}, not {value!r}"
        if self.sensitive not in (True, False, None):
            yield f"sensitive must be True, False or None, not {self.sensitive!r}"
        yield from visibility_faults(self.visible_when)
        if fault := widget_fault(self.widget):
            yield fault
        faults = list(self._option_faults())
        yield from faults or self._default_faults()

    def describe(self, name: str) -> VariableDescription:
        """This variable as plain data, under the name that the class gives it."""
        return VariableDescription(
            name=name,
            type=self._type_name(),
            label=self.label or name.replace("_", " ").capitalize(),
            description=self.description,
            required=self.required,
            default=self._described_default(name),
            sensitive=self.is_sensitive(name),
            visible_when=self.visibility,
            depends=self.depends,
            widget=describe_widget(self.widget),
            options=self._described_options(),
        )

    def _described_default(self, name: str) -> Any:
        """The default as JSON; one that is a secret itself stays in the source."""
        if is_reference(self.default) and self.is_sensitive(name):
            return self.default
        hides = self.default is None or self.is_sensitive(name)
        return None if hides else self.clean(self.default)

    def is_sensitive(self, name: str) -> bool:
        """Whether what is given under this name is withheld and masked."""
        return says_secret(name) if self.sensitive is None else self.sensitive

    @property
    def visibility(self) -> dict[str, list[Any]]:
        """Other inputs with the values that show this one; empty if it is always asked for."""
        return {
            name: list(wanted) if isinstance(wanted, list | tuple) else [wanted]
            for name, wanted in (self.visible_when or {}).items()
        }

    @abstractmethod
    def _parse(self, raw: Any) -> Any:
        """The live value of this type in ``raw``; None, "" or [] if it is empty."""

    def _check(self, _value: Any) -> Iterator[str]:
        """What is wrong with a value of the right type."""
        yield from ()

    def _store(self, value: Any) -> Any:
        """The JSON value for a live one that has passed the check."""
        return value

    def _revive(self, stored: Any) -> Any:
        """The live value for a JSON one; never called with None."""
        return stored

    def _option_faults(self) -> Iterator[str]:
        yield from ()

    def _described_options(self) -> dict[str, Any]:
        """The arguments of the type that were given, as JSON values."""
        given = ((option, getattr(self, option)) for option in self.options)
        return {option: value for option, value in given if value is not None}

    def _default_faults(self) -> Iterator[str]:
        try:
            if self.default is not None:
                self.clean(self.default)
        except Complaint as complaint:
            yield f"its own check refuses the default {self.default!r}: {complaint}"

    def _type_name(self) -> str:
        """The type of jobnb that an author's own type builds on: forms know only those."""
        return next(cls.__name__ for cls in type(self).__mro__ if cls.__module__.startswith(_ROOM))


def declared_variables(job_class: type) -> dict[str, Variable]:
    """Every variable of a class by name: those of base classes first, then as written.

    A subclass that declares a name anew keeps the base's place; anything else there removes it.
    """
    names: dict[str, Any] = {}
    for base in job_class.__mro__[-2::-1]:  # the last one is ``object``
        names.update(vars(base))
    return {
        name: value.bound(job_class) for name, value in names.items() if isinstance(value, Variable)
    }


def is_blank(raw: Any) -> bool:
    """Whether nothing was given: None, or text of blanks only."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def shortened(value: Any) -> str:
    """A value as text for a message, however long it is."""
    try:
        text = str(value)
    except ValueError:  # Python refuses to write out a number with so many digits
        text = f"a number of type {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def first_few(messages: Iterable[str]) -> list[str]:
    """As many messages as somebody can read; the others are counted."""
    given = iter(messages)
    first = list(islice(given, _MOST))
    more = sum(1 for _ in given)
    return [*first, f"and {more} more."] if more else first


def bound_faults(
    variable: Variable, low_name: str, high_name: str = "", *, lowest: int | None = None
) -> Iterator[str]:
    """What is wrong with one or two bounds, each a whole number or None."""
    bounds = {name: getattr(variable, name) for name in (low_name, high_name) if name}
    sound = True
    for name, bound in bounds.items():
        if bound is None:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int):
            yield f"{name} must be a whole number, not {bound!r}"
            sound = False
        elif lowest is not None and bound < lowest:
            yield f"{name} must be {lowest} or more, not {bound}"
    low, high = bounds[low_name], bounds.get(high_name)
    if sound and low is not None and high is not None and low > high:
        yield f"{low_name} {low} is above {high_name} {high}, so nothing fits"


def visibility_faults(visible_when: Any) -> Iterator[str]:
    """What is wrong with the shape of a ``visible_when``, a sentence each."""
    if visible_when is None:
        return
    if not isinstance(visible_when, Mapping) or not visible_when:
        yield f"visible_when must map names of inputs to their values, not {visible_when!r}"
        return
    for name, wanted in visible_when.items():
        values = wanted if isinstance(wanted, list | tuple) else [wanted]
        if not isinstance(name, str):
            yield f"visible_when must map names of inputs to their values, not {name!r}"
        elif not values:
            yield f"visible_when has no value for {name!r}, so the variable is never asked for"
        elif strange := [item for item in values if not _is_json(item)]:
            yield (
                f"visible_when has {strange[0]!r} for {name!r}; give it as the input is stored, "
                "as text, a number, True, False or None"
            )


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError):
        return False
