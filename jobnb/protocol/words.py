"""Words that every process uses: statuses, reasons, kinds of entries, levels."""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from typing import Final

PROTOCOL: Final = 1
"""Number of this protocol; kernel, worker and child must have the same."""

PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Minor version of this process's Python."""

CELL_MODULE: Final = "__main__"
"""The module of what is typed into a notebook."""

WHERE_SIGNAL: Final = signal.SIGUSR1
"""Makes a child that describes, or prepares a run, write to its descriptor 2 where it is."""
NEW_PAGE: Final = b"\f"
"""A describing child writes it to its descriptor 2 before what follows is about another file."""

MASK: Final = "********"
"""What stands wherever a sensitive value is not shown."""


class Status(StrEnum):
    """Where a run stands; Nautobot's (Celery's) words, and LOST."""

    PENDING = "PENDING"
    """Written, and waiting for a worker."""
    STARTED = "STARTED"
    """A worker has claimed it."""
    RETRY = "RETRY"
    """An attempt ended without success and another one is due."""
    SUCCESS = "SUCCESS"
    """The job returned."""
    FAILURE = "FAILURE"
    """The job raised, called fail(), or its process died."""
    REVOKED = "REVOKED"
    """Somebody cancelled it, or it could never start."""
    LOST = "LOST"
    """The worker vanished; whether the work was done is unknown."""


READY_STATES: Final = frozenset({Status.SUCCESS, Status.FAILURE, Status.REVOKED, Status.LOST})
"""A run in one of these has ended; its status never changes again."""

FAILED_STATES: Final = frozenset({Status.FAILURE, Status.LOST})
"""What ``result.failed`` and ``results(failed=True)`` cover."""


class Reason(StrEnum):
    """Why a run ended as it did; None in the database when it simply succeeded."""

    EXCEPTION = "exception"
    """The job, or one of its hooks, raised."""
    FAIL_CALLED = "fail_called"
    """The job called ``self.fail()`` and went on to its end."""
    SYSTEM_EXIT = "system_exit"
    """The job called ``sys.exit()``."""
    EXIT_CODE = "exit_code"
    """The process ended by itself without reporting an end."""
    SIGNAL = "signal"
    """A signal killed the process."""
    SOFT_TIME_LIMIT = "soft_time_limit"
    """The job did not catch the ``SoftTimeLimitExceeded`` that was raised in it."""
    TIME_LIMIT = "time_limit"
    """The job took longer than its time limit and was ended."""
    MEMORY_LIMIT = "memory_limit"
    """The processes of the job took more memory than they may and were ended."""
    OUT_OF_MEMORY = "out_of_memory"
    """The process was killed, and everything speaks for a lack of memory."""
    LOG_LIMIT = "log_limit"
    """The log was full, and the job says that it must fail then."""
    NOT_LOADED = "not_loaded"
    """The job's source could not be imported, or does not define the job any more."""
    NOT_ENABLED = "not_enabled"
    """The job record says that the job may not run."""
    CANCELLED = "cancelled"
    """Somebody cancelled the run."""
    OWNER_CLOSED = "owner_closed"
    """The kernel (or program) that held the default cluster ended."""
    WORKER_CLOSED = "worker_closed"
    """The Dask worker was shutting down and stopped the run."""
    INPUT_MISSING = "input_missing"
    """The worker did not find what a reference among the inputs names, or an input file."""
    NOT_PREPARED = "not_prepared"
    """Loading the job, or checking its inputs on the worker, took too long."""
    NEVER_STARTED = "never_started"
    """No worker ever took it, and none will: scheduler and owner are gone."""
    WORKER_LOST = "worker_lost"
    """The worker process vanished while the run worked."""
    FENCED = "fenced"
    """The run was taken from the attempt; known only to the worker that lost it."""
    WORKER_UNFIT = "worker_unfit"
    """The worker has another database, Python or protocol."""
    BUSY = "busy"
    """Other runs of the job, as many as may work at once, kept it from starting."""
    SUPERVISOR_ERROR = "supervisor_error"
    """jobnb itself could not go on; the detail says why."""


class Step(StrEnum):
    """What a child does before ``run()``, and that it has come to it."""

    LOADING = "loading"
    """The process starts, and imports the job; nobody says that, every run begins so."""
    STARTING = "starting"
    """The job is loaded and its own code begins, with ``before_start()``: its time counts."""
    RESTORING = "restoring"
    """What references lead to is checked, and all inputs become live values."""
    RUNNING = "running"
    """``run()``, and what comes after it."""


class WhenBusy(StrEnum):
    """What becomes of a run that may not work beside others that do."""

    REFUSE = "refuse"
    """It is refused."""
    WAIT = "wait"
    """It stays PENDING, and starts when its turn comes."""


class SourceKind(StrEnum):
    """What kind of place a job comes from."""

    FOLDER = "folder"
    """JOBS_ROOT."""
    GIT = "git"
    """A git repository, at a pinned commit."""
    APP = "app"
    """An installed distribution that offers jobs."""
    CELL = "cell"
    """A cell of a notebook."""


class EntryKind(StrEnum):
    """What an entry of a run's stream is."""

    LOG = "log"
    """A log record; only these count in the counts per level."""
    CONSOLE = "console"
    """A line that was printed."""
    TRACEBACK = "traceback"
    """An unhandled exception."""
    DISPLAY = "display"
    """Something to look at: a table, a figure. Its message is its text, its bundle all of it."""


RETURN_VALUE: Final = "return value"
"""Grouping of the DISPLAY entry that shows what a job returned, where that is no JSON."""
MEDIA_TYPES: Final = (
    "text/html",
    "text/markdown",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/svg+xml",
    "text/latex",
    "application/json",
    "text/plain",
)
"""What a bundle may have, the best to look at first. As in Jupyter images are base64 text."""


def is_binary(media_type: str) -> bool:
    """Whether a bundle has base64 for it, and not the text itself."""
    return media_type.startswith("image/") and media_type != "image/svg+xml"


LEVELS: Final = {
    "DEBUG": 10,
    "INFO": 20,
    "SUCCESS": 25,
    "WARNING": 30,
    "FAILURE": 35,
    "ERROR": 40,
    "CRITICAL": 50,
}
"""Nautobot's seven levels, lowest first."""


_LEVEL_OF: Final = {number: name for name, number in LEVELS.items()}


def level_name(number: int) -> str:
    """The name of the highest of the seven levels that is not above ``number``."""
    if name := _LEVEL_OF.get(number):
        return name
    names = [name for name, value in LEVELS.items() if value <= number]
    return names[-1] if names else "DEBUG"
