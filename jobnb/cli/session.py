"""What every command needs: the workbench, and errors that are told in one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from jobnb.errors import JobnbError

if TYPE_CHECKING:
    # Importing the workbench brings Dask and SQLAlchemy: `jobnb --help` does without.
    from jobnb.workbench import Workbench

_P = ParamSpec("_P")
_T = TypeVar("_T")


def tells_errors(command: Callable[_P, _T]) -> Callable[_P, _T]:
    """A mistake of the user is one message on stderr and exit code 1, never a traceback."""

    @wraps(command)
    def told(*arguments: _P.args, **options: _P.kwargs) -> _T:
        try:
            return command(*arguments, **options)
        except JobnbError as error:
            raise click.ClickException(str(error)) from error

    return told


@contextmanager
def tells_of_files() -> Iterator[None]:
    """The same for what is wrong with the paths that the user has given."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(str(error)) from error


def open_bench() -> Workbench:
    """The workbench of this process, which shows runs as plain text."""
    from jobnb import workbench
    from jobnb.terminal import plain_viewer

    return workbench.current(plain_viewer)
