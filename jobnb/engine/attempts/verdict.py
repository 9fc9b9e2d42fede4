"""The verdict: from what is known of a child's end to the status, the reason and one sentence."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from jobnb.child.exits import describe_exit, name_exit
from jobnb.protocol import FinishedEvent, Reason, Status
from jobnb.store.values import EndOfRun


@dataclass(frozen=True, kw_only=True)
class Stop:
    """That, why and by whom a run was told to stop."""

    reason: Reason
    sentence: str
    """For people: ``Cancelled by ada.``"""
    grace: float
    """Seconds until SIGTERM, and again until SIGKILL."""
    status: Status = Status.REVOKED
    """What the run ends in, unless its work was done."""
    is_gentle: bool = True
    """Whether it begins with an exception in the job; otherwise with SIGTERM."""


@dataclass(frozen=True, kw_only=True)
class Clues:
    """What tells why a child is gone without a word; each is empty if it tells nothing."""

    memory: str = ""
    """That memory was short."""
    place: str = ""
    """Where native code crashed, as Python's fault handler has said it: `` at disk.py:12``."""


def reach_verdict(
    finished: FinishedEvent | None,
    stop: Stop | None,
    exit_code: int | None,
    *,
    was_killed: bool,
    clues: Clues | None = None,
) -> EndOfRun:
    """How the run ended.

    Args:
        finished: The child's own last word; None if it gave none.
        stop: What it was told; None if nobody stopped it.
        exit_code: Of the child; negative for a signal, None if nobody knows it.
        was_killed: Whether we sent SIGKILL, so that the signal tells nothing.
        clues: What else tells why a child is gone without a word.
    """
    if finished is None:
        return _died(stop, exit_code, clues or Clues(), was_killed=was_killed)
    if stop is not None and finished.status != Status.SUCCESS:
        return _ended(finished, stop.status, stop.reason, stop.sentence, exit_code)
    reason = Reason(finished.reason) if finished.reason else None
    return _ended(finished, Status(finished.status), reason, finished.detail, exit_code)


def _ended(
    finished: FinishedEvent,
    status: Status,
    reason: Reason | None,
    detail: str,
    exit_code: int | None,
) -> EndOfRun:
    return EndOfRun(
        status=status,
        reason=reason,
        detail=detail,
        value=finished.value,
        value_problem=finished.value_problem,
        value_file=finished.value_file,
        exc_type=finished.exc_type,
        exc_message=finished.exc_message,
        traceback=finished.traceback,
        exit_code=exit_code,
    )


def _died(stop: Stop | None, exit_code: int | None, clues: Clues, *, was_killed: bool) -> EndOfRun:
    """The child is gone without a word."""
    # What Python says of a crash may be what has filled the log.
    if stop is not None and not (stop.reason is Reason.LOG_LIMIT and clues.place):
        how = (
            "it did not end by itself, so its process was killed."
            if was_killed
            else f"its process ended ({name_exit(exit_code)})."
        )
        detail = f"{stop.sentence} Told to stop, {how}"
        return EndOfRun(status=stop.status, reason=stop.reason, detail=detail, exit_code=exit_code)
    if exit_code == -signal.SIGKILL and clues.memory:
        reason, how = (
            Reason.OUT_OF_MEMORY,
            f"killed by SIGKILL, probably out of memory: {clues.memory}",
        )
    else:
        reason = Reason.SIGNAL if (exit_code or 0) < 0 else Reason.EXIT_CODE
        how = describe_exit(exit_code)
    detail = f"The process of the job ended without reporting an end: {how}{clues.place}."
    return EndOfRun(status=Status.FAILURE, reason=reason, detail=detail, exit_code=exit_code)
