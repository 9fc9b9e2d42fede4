"""The installed distributions of a worker, as far as jobs come from them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from jobnb.errors import JobnbError


def check_distribution(name: str, wanted: str) -> None:
    """Passes if this process has that version of a distribution.

    It is read from the disk each time: an upgrade counts from the next run on, as each run imports
    what it needs in a process of its own.

    Raises:
        JobnbError: There is another one, or none; the message names both.
    """
    try:
        found = version(name)
    except PackageNotFoundError:
        found = None
    if found != wanted:
        has = f"{name} {found}" if found else f"no {name}"
        raise JobnbError(
            f"This worker has {has}, but the job was read from {name} {wanted}. Install "
            f"{name}=={wanted} where the worker runs, or run the job from what the worker has."
        )
