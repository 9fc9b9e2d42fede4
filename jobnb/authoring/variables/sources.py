"""Where the objects of an input come from: the source given, or rows of the author's database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from jobnb.objects.source import ObjectSource


def row_source(model: type, job_class: type | None, display_field: str) -> ObjectSource:
    """The rows of a mapped class, in the database that the job's module names.

    Raises:
        LookupError: It names none.
    """
    from jobnb.objects.rows import SqlAlchemySource

    return SqlAlchemySource(model, session_factory(job_class), display_field)


def session_factory(job_class: type | None) -> Callable[[], Any]:
    """The factory that the module of the class names, or that of its nearest base.

    Raises:
        LookupError: None of them does.
    """
    if job_class is None:
        raise LookupError(
            "an ObjectVar outside of a job class has no database; make it an attribute of one"
        )
    modules = list(dict.fromkeys(cls.__module__ for cls in job_class.__mro__))
    for name in modules:
        factory = getattr(sys.modules.get(name), "session_factory", None)
        if callable(factory):
            return factory  # type: ignore[no-any-return]  # what it gives is checked there
        if factory is not None:
            raise LookupError(
                f"session_factory in module {name!r} must be a function or a sessionmaker, not of "
                f"type {type(factory).__name__!r}"
            )
    raise LookupError(
        f"module {modules[0]!r} names no session_factory, so that nobody knows the database; add "
        "this line above the class: "
        "session_factory = sqlalchemy.orm.sessionmaker(sqlalchemy.create_engine(URL))"
    )


def source_faults(source: Any) -> Iterator[str]:
    """Why this is no source of objects."""
    if not isinstance(source, ObjectSource) or isinstance(source, type):
        yield (
            "source must be an object with the methods search, get, key and label "
            f"(jobs.ObjectSource), not {source!r}"
        )


def row_faults(
    model: Any, job_class: type | None, display_field: str, filters: Sequence[str]
) -> Iterator[str]:
    """Why there are no rows of this model to choose from; nothing connects."""
    if not isinstance(model, type):
        yield f"model must be a class that SQLAlchemy maps, not {model!r}"
        return
    from jobnb.objects.rows import model_faults

    yield from model_faults(model, display_field, filters)
    try:
        session_factory(job_class)
    except LookupError as error:
        yield str(error)
