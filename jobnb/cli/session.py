"""What every command needs: the workbench, and errors that are told in one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from jobnb.errors import JobnbError
from jobnb.garbage import swiftly

if TYPE_CHECKING:
    # Importing the workbench brings Dask and SQLAlchemy: `jobnb log --help` does without.
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
    """The workbench of this command, which shows runs as plain text.

    It is opened by the first who asks, with the options that stand before the command.
    """
    with swiftly():
        from jobnb.terminal import plain_viewer
        from jobnb.workbench import current

    command = click.get_current_context().find_root()
    if command.obj is None:
        given = dict(command.params)
        if given["jobs_root"] is not None:
            given["jobs_root"] = given["jobs_root"].absolute()
        current.configure(**given)
        command.obj = current.workbench(plain_viewer)
    bench: Workbench = command.obj
    return bench
