"""Orders: what a submitter tells a worker, and a parent its child."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, is_dataclass
from typing import Any, Final, Self

from jobnb.protocol.words import PROTOCOL, PYTHON

_parse: Final = json.JSONDecoder().decode


def _parts(item: object) -> dict[str, Any]:
    if not is_dataclass(item):
        raise TypeError(f"an order cannot carry {item!r:.100}")
    return vars(item)


_write: Final = json.JSONEncoder(default=_parts, separators=(",", ":")).encode


class _JsonOrder:
    """What an order dataclass needs to travel as JSON text."""

    def to_json(self, **instead: Any) -> str:
        """The order as JSON text.

        Args:
            instead: Fields that are to be something else in it.
        """
        # Not by asdict(), which copies all that is in it.
        return _write({**vars(self), **instead})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The order in ``text``.

        Raises:
            ValueError: It was written by another protocol, or is no order at all.
        """
        raw = _parse(text if isinstance(text, str) else text.decode())
        found = raw.get("protocol") if isinstance(raw, dict) else None
        if found != PROTOCOL:
            raise ValueError(
                f"this side speaks protocol {PROTOCOL} of jobnb, the order came with {found!r}; "
                "install the same version of jobnb on both sides"
            )
        return cls(**raw)


@dataclass(frozen=True, kw_only=True)
class RunOrder(_JsonOrder):
    """From the submitter to a Dask worker: run this."""

    run_id: str
    """UUID of the job result; also Nautobot's task id."""
    attempt: int
    """Number of the attempt, from 1."""
    database_uuid: str
    """Identity of the database that holds the run."""
    database_url: str
    """Where it was for the submitter, without a password; a worker may be told otherwise."""
    inputs: dict[str, Any] = field(default_factory=dict, repr=False)
    """Cleaned inputs as JSON values, with the sensitive ones that the database has not."""
    unknown: tuple[str, ...] = ()
    """Inputs whose values only another process knew: such an order cannot be carried out."""
    queue: str | None = None
    """Whose workers may take it; None for any."""
    queue_timeout: float | None = None
    """Seconds for which the queue may be without a worker; None for ever."""
    priority: int = 0
    """Higher goes first."""
    code: str = field(default="", repr=False)
    """A class that was typed into a notebook, pickled, as text; empty for one of a file."""
    submitted: float = field(default_factory=time.time)
    """Seconds since the epoch, UTC; of equal priority the earlier goes first."""
    needs: dict[str, str] = field(default_factory=dict)
    """Distributions that the worker must have, with the one version that will do."""
    turn: int = 0
    """How often it was handed out before, and came back because others had its lock."""
    python: str = PYTHON
    """Minor version of the submitter's Python."""
    protocol: int = PROTOCOL

    def __post_init__(self) -> None:
        object.__setattr__(self, "unknown", tuple(self.unknown))


@dataclass(frozen=True, kw_only=True)
class Refusal(_JsonOrder):
    """From a worker back to the submitter: why it did not take the run."""

    run_id: str
    reason: str
    """A ``Reason``."""
    detail: str
    protocol: int = PROTOCOL


@dataclass(frozen=True, kw_only=True)
class ChildOrder(_JsonOrder):
    """From a parent to a child, the first frame on its stdin."""

    verb: str
    """``describe``, ``prepare`` (import the files and fork) or ``run``."""
    folder: str
    """Where the snapshot is unpacked; job modules are imported from here."""
    root: str
    """Where the author keeps the files; tracebacks name paths below it."""
    modules: tuple[str, ...] = ()
    """What is imported before any run; if empty, every module on the top level with jobs in it."""
    is_installed: bool = False
    """Whether Python finds the modules by itself: nothing was unpacked then, and ``folder`` is the
    one in which their package lies."""
    code: str = field(default="", repr=False)
    """A class that was typed into a notebook, pickled, as text; empty for those of files."""
    run: RunSpec | None = None
    """What to run; None for ``describe``."""
    workplace: str = ""
    """Working directory of a fork, which lives before anybody knows it; empty for others."""
    skip: dict[str, str] = field(default_factory=dict)
    """Modules that broke an earlier child, with the reason: not imported again."""
    protocol: int = PROTOCOL

    def __post_init__(self) -> None:
        raw: Any = self.run
        if isinstance(raw, dict):
            object.__setattr__(self, "run", RunSpec(**raw))
        object.__setattr__(self, "modules", tuple(self.modules))


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """What the running child must know of its run; no database, no cluster."""

    run_id: str
    class_path: str
    """``module.Class``, as Nautobot writes it."""
    job_name: str
    """Display name, with the override of the job record."""
    inputs: dict[str, Any] = field(repr=False)
    """As they are stored, but with the values that references lead to."""
    user: str
    resolved: tuple[str, ...] = ()
    """Inputs whose value came out of a reference, and was not checked yet."""
    files: dict[str, str] = field(default_factory=dict)
    """Input to the path of the file that it stands for."""
    attempt: int = 1
    file_limit: int = 10 * 1024 * 1024
    """Bytes that one file of ``create_file()`` may have; Nautobot's default."""
    value_limit: int = 10 * 1024 * 1024
    """Bytes that the return value may have as JSON."""
    display_limit: int = 2 * 1024 * 1024
    """Bytes that one rich output may have."""
    exit_grace: float = 10.0
    """Seconds that threads may take to end after the job has."""
    profile: bool = False
    """Whether ``run()`` is measured; the profile is a file of the run then."""
    is_retried: bool = False
    """Whether another attempt follows if this one fails."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "resolved", tuple(self.resolved))
