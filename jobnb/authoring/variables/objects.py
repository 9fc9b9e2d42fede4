"""Objects as input: one, or several, of those that a source has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Final, Unpack

from jobnb.authoring.variables.finding import Finder, in_bounds, is_uuid
from jobnb.authoring.variables.sources import row_faults, row_source, source_faults
from jobnb.authoring.variables.variable import REQUIRED, CommonArguments, Complaint, Variable
from jobnb.objects.source import ObjectSource
from jobnb.protocol import Page, VariableDescription

NOT_A_LIST: Final = "Enter a list of values."
NULL: Final = "null"
"""The key of the choice that ``null_option`` adds; Nautobot's."""
PAGE_SIZE: Final = 20
"""Objects on one page of a search."""


class ObjectVar(Variable):
    """An object of the author's own: a row of a database, or whatever else a source finds.

    Args:
        model: A class that SQLAlchemy maps. Sessions come from the ``session_factory`` that the
            job's module names.
        queryset: Nautobot's, which is refused; ``query_params`` does the same.
        display_field: Attribute that people know an object by; ``site.name`` goes through a
            relationship.
        query_params: Attributes with the values that the objects on offer have. ``"$site"`` is
            the value that the input ``site`` has; while that is empty, it does not count.
        null_option: Label of one more choice, for which ``run()`` gets None.
        *common: As for every variable: label, description, default, required, widget.
        source: Where the objects come from, instead of a model.
        **named: The same as ``common``, by name.
    """

    options = ("null_option",)

    def __init__(
        self,
        model: type | None = None,
        queryset: Any = None,
        display_field: str = "display",
        query_params: Mapping[str, Any] | None = None,
        null_option: str | None = None,
        *common: Any,
        source: ObjectSource | None = None,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.model = model
        self.queryset = queryset
        self.display_field = display_field
        self.query_params = query_params
        self.null_option = null_option
        self.source = source
        self._job_class: type | None = None

    def __set_name__(self, owner: type, _name: str) -> None:
        self._job_class = owner

    def bound(self, job_class: type) -> Variable:
        """A copy whose sessions come from the module of this class, or of a base of it."""
        bound = copy(self)
        bound._job_class = job_class  # noqa: SLF001 - it is of this class
        return bound

    @property
    def depends(self) -> tuple[str, ...]:
        """The inputs that ``query_params`` names."""
        names = [_reference(item) for values in self._filters.values() for item in values]
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def clean(self, raw: Any) -> Any:
        """The key of the object that somebody gave, or of which somebody gave the key."""
        if self._is_null(raw):
            return NULL if self.required else None
        value = self._parse(raw)
        if value is None and self.required:
            raise Complaint([REQUIRED])
        return None if value is None else self._finder.keys([value])[0]

    def default_value(self) -> Any:
        """As everywhere; the choice "none" has to be made, it is no default."""
        return self.clean("" if self.default is None else self.default)

    def restore(self, stored: Any) -> Any:
        """The object; its session is open as long as the run, or the question, goes on."""
        if stored is None and self.required:
            raise Complaint([REQUIRED])
        return None if stored is None else self._objects([stored])[0]

    def labels(self, stored: Any) -> list[list[Any]]:
        """``[key, label]`` of the object that a value chooses; nothing if it is gone."""
        if self._is_null(stored):
            return [[NULL, self.null_option]]
        try:
            return [] if _is_empty(stored) else self._finder.labelled([stored])
        except Complaint:
            return []

    def search(self, text: str, page: int, others: Mapping[str, Sequence[Any]]) -> Page:
        """The objects on offer that fit a text, one page of them.

        Args:
            text: What was typed; empty for all.
            page: Which one, from 0.
            others: What is stored for each input of ``depends``, as a list; empty if nothing is.

        Raises:
            Complaint: They cannot be had.
        """
        filters = {
            name: wanted
            for name, values in self._filters.items()
            if (wanted := [value for item in values for value in _values(item, others)])
        }
        found = self._finder.search(text, filters, page * PAGE_SIZE, PAGE_SIZE + 1)
        items = found[:PAGE_SIZE]
        if page == 0 and self.null_option and text.casefold() in self.null_option.casefold():
            items = [[NULL, self.null_option], *items]
        return Page(items=items, has_more=len(found) > PAGE_SIZE)

    def describe(self, name: str) -> VariableDescription:
        """As everywhere, but the default is not looked for: describing asks no database."""
        plain = copy(self)
        plain.default = None
        return replace(Variable.describe(plain, name), default=_as_key(self.default))

    @property
    def _filters(self) -> dict[str, list[Any]]:
        """``query_params`` with a list of values for each name."""
        return {
            name: list(value) if isinstance(value, list | tuple) else [value]
            for name, value in (self.query_params or {}).items()
        }

    @property
    def _finder(self) -> Finder:
        if self.model is None:
            return Finder(self._given_source, self.label or "Object")
        model = self.model
        return Finder(
            lambda: row_source(model, self._job_class, self.display_field), model.__name__
        )

    def _given_source(self) -> ObjectSource:
        assert self.source is not None, "a variable without faults has a source or a model"
        return self.source

    def _parse(self, raw: Any) -> Any:
        return None if _is_empty(raw) else _read(raw)

    def _is_null(self, raw: Any) -> bool:
        """Whether this is the choice that ``null_option`` adds; an explicit None is as well."""
        is_none = raw is None or (isinstance(raw, str) and raw == NULL)
        return is_none and self.null_option is not None

    def _objects(self, stored: Sequence[Any]) -> list[Any]:
        """The object for each key, None for the choice "none"."""
        objects = iter(self._finder.objects([key for key in stored if not self._is_null(key)]))
        return [None if self._is_null(key) else next(objects) for key in stored]

    def _option_faults(self) -> Iterator[str]:
        label: Any = self.null_option
        path: Any = self.display_field
        if self.queryset is not None:
            yield (
                "queryset is not taken, as it would ask the database whenever the file is "
                "imported; give model=, and query_params= for what is to be on offer"
            )
        if label is not None and not (isinstance(label, str) and label):
            yield f"null_option must be the label of a choice, not {label!r}"
        faults = list(_filter_faults(self.query_params))
        if not (isinstance(path, str) and path):
            faults.append(f"display_field must be the name of an attribute, not {path!r}")
        yield from faults or self._source_faults()

    def _source_faults(self) -> Iterator[str]:
        if (self.model is None) == (self.source is None):
            yield "give either model=, a class that SQLAlchemy maps, or source=, an ObjectSource"
        elif self.model is None:
            yield from source_faults(self.source)
        else:
            names = list(self._filters)
            yield from row_faults(self.model, self._job_class, self.display_field, names)

    def _default_faults(self) -> Iterator[str]:
        if self.default is not None and not _is_key(self.default):
            yield f"default must be the key of an object, not {self.default!r}"


class MultiObjectVar(ObjectVar):
    """Several objects; ``run()`` gets a list of them, in the order in which they were given."""

    empty: ClassVar[Any] = []

    def clean(self, raw: Any) -> Any:
        """The keys of the objects, in order."""
        values = self._parse(raw)
        if not values:
            if self.required:
                raise Complaint([REQUIRED])
            return []
        found = iter(self._finder.keys([item for item in values if not self._is_null(item)]))
        keys = [NULL if self._is_null(item) else next(found) for item in values]
        texts = [json.dumps(key) for key in keys]
        counts = Counter(texts)
        if twice := [text for text, count in counts.items() if count > 1]:
            noun = self._finder.noun
            raise Complaint(in_bounds([f"{noun} {text} is given twice." for text in twice]))
        return keys

    def restore(self, stored: Any) -> Any:
        """The objects; their session is open as long as the run, or the question, goes on."""
        values = self._parse(stored)
        if not values and self.required:
            raise Complaint([REQUIRED])
        return self._objects(values)

    def labels(self, stored: Any) -> list[list[Any]]:
        """``[key, label]`` of each object that a value chooses; none of those that are gone."""
        keys = stored if isinstance(stored, list) else [stored]
        return [found for key in keys for found in super(MultiObjectVar, self).labels(key)]

    def _parse(self, raw: Any) -> list[Any]:
        if _is_empty(raw):
            return []
        values = _read(raw)
        if not isinstance(values, list | tuple | set | frozenset):
            raise Complaint([NOT_A_LIST])
        return list(values)

    def _default_faults(self) -> Iterator[str]:
        default = self.default
        if default is not None and not (isinstance(default, list) and all(map(_is_key, default))):
            yield f"default must be a list of keys, not {default!r}"


def _filter_faults(params: Any) -> Iterator[str]:
    if not isinstance(params, Mapping | None):
        yield f"query_params must be a dictionary, not {params!r}"
        return
    try:
        json.dumps(dict(params or {}))
    except (TypeError, ValueError):
        yield f"query_params must hold JSON values or '$name', not {params!r}"


def _is_empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _read(raw: Any) -> Any:
    """What was given; lists and lookups may be written as JSON, as on a command line."""
    if not isinstance(raw, str) or raw.strip()[:1] not in {"[", "{"}:
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw


def _reference(item: Any) -> str | None:
    """The input that a value of ``query_params`` stands for; None if it stands for itself."""
    return item[1:] if isinstance(item, str) and item.startswith("$") else None


def _values(item: Any, others: Mapping[str, Sequence[Any]]) -> Sequence[Any]:
    name = _reference(item)
    return [item] if name is None else others.get(name, [])


def _is_key(value: Any) -> bool:
    return (
        isinstance(value, str | int)
        or is_uuid(value)
        or (
            isinstance(value, list)
            and bool(value)
            and all(isinstance(part, str | int) for part in value)
        )
    )


def _as_key(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_key(item) for item in value]
    return str(value) if is_uuid(value) else value
