"""``python -m jobnb.cli``, and the command ``jobnb``: a process of its own, which ends with it."""

from __future__ import annotations

import atexit
import logging
import os
import sys

from jobnb.cli import main


def program() -> None:
    """Carries out the command; the process ends as soon as all is closed."""
    codes: list[int] = []
    atexit.register(_leave, codes)  # the first one is called last
    try:
        main(prog_name="jobnb")
    except SystemExit as end:
        if isinstance(end.code, int):
            codes.append(end.code)
        raise


def _leave(codes: list[int]) -> None:
    """Ends the process without taking Python apart, which takes a fourth of a second with Dask.

    Args:
        codes: Has the exit code; empty if an error that nobody has foreseen ends the process.
    """
    if not codes:
        return
    logging.shutdown()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # Python itself says what is wrong with them
    os._exit(codes[0])


if __name__ == "__main__":
    program()
