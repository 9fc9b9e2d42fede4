"""What every variable is: one declared input of a job, with its check for one value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, TypedDict

from jobnb.authoring.variables.sensitivity import says_secret
from jobnb.protocol import VariableDescription

REQUIRED: Final = "This field is required."

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
        if value is None or value == "":
            if self.required:
                raise Complaint([REQUIRED])
            return self.empty
        if messages := list(self._check(value)):
            raise Complaint(messages)
        return value

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
        if stored is None and self.required:
            raise Complaint([REQUIRED])
        return stored

    def faults(self) -> Iterator[str]:
        """What is wrong with the declaration itself, a sentence each."""
        kinds = {"label": str, "description": str, "required": bool}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                yield f"{name} must be of type {kind.__name__}, not {value!r}"
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
            default=None if self.default is None else self.clean(self.default),
            sensitive=self.is_sensitive(name),
            visible_when=self.visibility,
            options={
                option: getattr(self, option)
                for option in self.options
                if getattr(self, option) is not None
            },
        )

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
        """The value of this type in ``raw``; None or "" if it is empty."""

    def _check(self, _value: Any) -> Iterator[str]:
        """What is wrong with a value of the right type."""
        yield from ()

    def _option_faults(self) -> Iterator[str]:
        yield from ()

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
    names = ChainMap(*(dict(vars(base)) for base in job_class.__mro__))
    return {name: value for name, value in names.items() if isinstance(value, Variable)}


def bound_faults(
    variable: Variable, low_name: str, high_name: str, *, lowest: int | None = None
) -> Iterator[str]:
    """What is wrong with a pair of bounds, each a whole number or None."""
    low, high = getattr(variable, low_name), getattr(variable, high_name)
    sound = True
    for name, bound in ((low_name, low), (high_name, high)):
        if bound is None:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int):
            yield f"{name} must be a whole number, not {bound!r}"
            sound = False
        elif lowest is not None and bound < lowest:
            yield f"{name} must be {lowest} or more, not {bound}"
    if sound and low is not None and high is not None and low > high:
        yield f"{low_name} {low} is above {high_name} {high}, so nothing fits"
