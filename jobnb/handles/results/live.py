"""A run while somebody looks on: what is new of it, how it is drawn, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final, Protocol

from jobnb.engine.dispatch import Dispatch
from jobnb.engine.following import await_end, await_word, follow
from jobnb.engine.updates import Update
from jobnb.errors import Interrupted
from jobnb.handles.results.interrupts import Interrupts
from jobnb.handles.results.outputs import RichOutput, rich_outputs
from jobnb.handles.results.pictures import picture_of
from jobnb.store.values import RunRecord


class LiveRun:
    """One run, for who shows it or waits for it. Safe for any thread."""

    def __init__(self, dispatch: Dispatch, run_id: str) -> None:
        self._dispatch = dispatch
        self._held = dispatch.held.hold(run_id)
        self.id: Final = run_id

    @property
    def record(self) -> RunRecord:
        """Everything about the run except its log and its files, as it is now."""
        return self._dispatch.held.record_of(self._held)

    @property
    def usual_duration(self) -> float | None:
        """Seconds that the job usually takes; None if it has not succeeded lately."""
        return self._dispatch.results.usual_duration(self.record.job_name)

    def updates(
        self,
        after: int = 0,
        *,
        newest: int | None = None,
        timeout: float | None = None,
        is_interrupted: Callable[[], bool] = lambda: False,
    ) -> Iterator[Update]:
        """What is new of the run, as it comes, until it has ended; the caller's thread waits.

        Args:
            after: Entries up to this number are known already.
            newest: How many entries the caller can use at once; None: all are wanted.
            timeout: Seconds after which to stop although the run works on; None: never.
            is_interrupted: Whether to give an update at once, so that the caller can act.
        """
        return follow(
            self._dispatch,
            self.id,
            after,
            newest=newest,
            timeout=timeout,
            is_interrupted=is_interrupted,
        )

    def peek(self, after: int = 0, *, newest: int | None = None) -> Update:
        """What is new of the run right now; like every watcher it looks for lost runs, too."""
        self._dispatch.observe()
        return self._dispatch.peek(self.id, after, newest=newest)

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for the end; False if the run works on after that many seconds (None: never)."""
        try:
            return await_end(self._dispatch, self._held, timeout)
        except KeyboardInterrupt:
            raise _left_alone(self) from None

    def outputs(self, numbers: Collection[int] | None = None) -> list[RichOutput]:
        """What the job has shown besides text, in order; None for the numbers: in all entries."""
        return rich_outputs(self._dispatch, self.id, numbers)

    def picture(self) -> dict[str, str]:
        """What a saved notebook keeps of the run, as ``text/html`` and ``text/plain``."""
        return picture_of(self._dispatch.results, self.record, self._dispatch.summary_limit)

    def cancel(self) -> None:
        """Asks for the end: what waits never starts, what works is told to stop. Does not wait."""
        self._dispatch.cancel(self.id)


class View(Protocol):
    """Shows one run while it works."""

    newest: int | None
    """How many of the newest entries it can use at once; None if it wants all of them."""

    def update(self, update: Update) -> None:
        """Shows what is new."""

    def close(self, record: RunRecord) -> None:
        """Shows how it ended, for good."""

    def detach(self) -> None:
        """Nobody watches any more, but the run works on."""


def watch(run: LiveRun, view: View, *, cancels: bool, is_new: bool = False) -> None:
    """Shows a run until it ends.

    Args:
        run: The run.
        view: Opened for it.
        cancels: Whether an interrupt cancels the run; otherwise it only ends the watching.
        is_new: Whether it has just been started, so that there is nothing to see yet.

    Raises:
        Interrupted: Somebody interrupted; the run has ended if that cancels.
    """
    try:
        is_interrupted = _show(run, view, cancels=cancels, is_new=is_new)
    except KeyboardInterrupt:
        raise _left_alone(run) from None
    if is_interrupted:
        raise Interrupted(f"Job result {run.id} ended in {run.record.status}.")


def _show(run: LiveRun, view: View, *, cancels: bool, is_new: bool) -> bool:
    """Whether somebody interrupted, and the run has ended."""
    with Interrupts() as interrupts:
        if is_new:
            await_word(run.id, interrupts.is_pending)
        for update in run.updates(newest=view.newest, is_interrupted=interrupts.is_pending):
            view.update(update)
            if interrupts.is_pending():
                interrupts.is_handled = True
                if not cancels:
                    view.detach()
                    raise KeyboardInterrupt
                run.cancel()
        view.close(run.record)
    return interrupts.is_handled


def _left_alone(run: LiveRun) -> Interrupted:
    return Interrupted(f"Job result {run.id} is not waited for any more.")
