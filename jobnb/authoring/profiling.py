"""The profile of a run: where its time went, kept as a file of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobnb.authoring.job import Job

Log = Callable[[str, str, str], None]
"""Adds a line: its level, grouping and message."""


@contextmanager
def profiled(job: Job, log: Log, *, wanted: bool) -> Iterator[None]:
    """Measures what happens within the block, on this thread, and keeps the profile.

    It is kept however the block ends, as in Nautobot. Other threads of the job are not measured.

    Args:
        job: Whose run it is.
        log: Takes the lines that say so.
        wanted: Whether anything is measured at all.
    """
    if not wanted:
        yield
        return
    import cProfile
    import marshal

    name = f"{type(job).__name__}.pstats"
    log("INFO", "initialization", f"Writing profiling information to {name}.")
    profile = cProfile.Profile()
    try:
        with profile:
            yield
    finally:
        profile.create_stats()
        # What Profile.dump_stats() writes; `stats` is there once it was created.
        content = marshal.dumps(profile.stats)
        if len(content) <= job.request.file_limit:
            job.request.send_file(name, content)
            log("INFO", "post_run", f"{_SAVE} `snakeviz {name}` or `python -m pstats {name}`.")
        else:
            log("WARNING", "post_run", f"The profile has {len(content)} bytes, and is not kept.")


_SAVE = "The profile is a file of this run. Save it with result.files, and look at it with"
