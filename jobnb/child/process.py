"""The parent's side of a child: start it, hear it, tell it, end it with all its descendants."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol
from weakref import WeakSet

from jobnb.child.pipes import PIPE_ROOM, Ends, open_pipes, refusal, tie, widen
from jobnb.errors import ChildError
from jobnb.protocol import ChildOrder, pack_text

MAIN: Final = Path(__file__).with_name("main.py")
NUDGING: Final = 0.05
"""Seconds from a word to a child until it is nudged."""


_living: Final[WeakSet[ChildProcess]] = WeakSet()


class Leader(Protocol):
    """The process that leads the group of a child, as whoever has begun it knows it."""

    @property
    def pid(self) -> int:
        """Its process id; also the id of its process group and session."""

    @property
    def notice(self) -> int | None:
        """Descriptor that becomes readable when it is over; None where there is none."""

    @property
    def is_reaped(self) -> bool:
        """Whether nobody keeps its number from being given to another process."""

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; None before it is reaped, or if nobody could tell."""

    def has_exited(self) -> bool:
        """Whether it is over; does not reap it."""

    def reap(self, timeout: float) -> bool:
        """Waits for its end, at most ``timeout`` seconds, and reaps it; False if it lives on."""

    def bury(self) -> None:
        """Has one reaped by others that is about to end, if others are there for that."""

    def let_go(self) -> None:
        """Closes the notice."""


class ChildProcess:
    """A child process in a session of its own, with the pipes to it.

    Attributes:
        frames: Descriptor of the pipe of frames; end of file when the child is gone.
        output: Descriptor of what was written to its descriptor 1, past ``sys.stdout``.
        errors: The same for descriptor 2.
        exit_notice: Descriptor that becomes readable when it is over; None where there is none.
    """

    def __init__(self, leader: Leader, ends: Ends) -> None:
        """Takes over what was just begun.

        Args:
            leader: The process.
            ends: Our side of the pipes to it.
        """
        self._leader = leader
        self._ends: Ends | None = ends
        self.frames, self.output, self.errors = ends.frames, ends.output, ends.errors
        self.exit_notice = leader.notice
        _living.add(self)

    @classmethod
    def start(
        cls,
        order: ChildOrder,
        *,
        environment: Mapping[str, str],
        cwd: str | Path,
        door: int | None = None,
    ) -> ChildProcess:
        """Starts a child from nothing and hands it its order.

        Args:
            order: Read by it as soon as it can.
            environment: All of its environment.
            cwd: Its working directory.
            door: Descriptor of the socket on which it is asked to fork; None if it never is.

        Raises:
            ChildError: The operating system refused.
        """
        ours, theirs = open_pipes()
        doors = [] if door is None else [door]
        try:
            process = _execute(theirs, doors, dict(environment), cwd)
            tie(theirs.lifeline, process.pid)  # itself it may be stopped before it comes to that
        except OSError as error:
            ours.close()
            raise ChildError(refusal(error)) from error
        finally:
            theirs.close()
        child = cls(_StartedLeader(process), ours)
        child.send(order.to_json().encode())
        return child

    @property
    def pid(self) -> int:
        """Its process id; also the id of its process group and session."""
        return self._leader.pid

    def send(self, message: bytes) -> None:
        """Sends one JSON text; a child that is gone hears nothing, which its end will tell."""
        if self._ends is None:
            return
        view = memoryview(pack_text(message))
        if len(view) > PIPE_ROOM:
            widen(self._ends.orders)  # nobody waits for a child that is stopped
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self._ends.orders, view) :]

    def nudge(self) -> None:
        """Makes it look for a word that it was sent a moment ago.

        The signal by which it hears of one is for nothing if it comes just before a system call
        that blocks.
        """
        self.send(b"{}")

    def has_exited(self) -> bool:
        """Whether it is over, without reaping it: until then its group id cannot be reused."""
        return self._leader.has_exited()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal to the whole process group, if it still can be ours."""
        if not self._leader.is_reaped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def end(self, timeout: float = 5.0) -> int | None:
        """Ends whatever of the group is left, reaps the child, and gives its exit code.

        The code is negative for a signal, and None if nobody knows it any more. It waits for the
        child's death, at most ``timeout`` seconds.

        Raises:
            ChildError: It cannot be killed (it hangs in the operating system).
        """
        self.kill()
        if not self._leader.reap(timeout):
            raise ChildError(f"Child process {self.pid} cannot be killed.")
        return self._leader.exit_code

    def bury(self) -> None:
        """Ends whatever is left of the group of a child that has taken its leave.

        Nobody waits for the system to take the child itself apart.
        """
        self.kill()
        self._leader.bury()

    def close(self) -> None:
        """Ends it and gives back all descriptors.

        Raises:
            ChildError: It cannot be killed.
        """
        if not self._leader.is_reaped:
            self.end()
        self._let_go()

    def _let_go(self) -> None:
        _living.discard(self)
        self._leader.let_go()
        ends, self._ends = self._ends, None
        if ends is not None:
            ends.close()


def _execute(
    ends: Ends, doors: list[int], environment: dict[str, str], cwd: str | Path
) -> subprocess.Popen[bytes]:
    """A new Python with the child's ends of the pipes, in a session of its own."""
    passed = [ends.frames, ends.lifeline, *doors]
    return subprocess.Popen(
        [sys.executable, "-P", str(MAIN), *map(str, passed)],
        stdin=ends.orders,
        stdout=ends.output,
        stderr=ends.errors,
        pass_fds=passed,
        env=environment,
        cwd=cwd,
        start_new_session=True,
    )


class _StartedLeader:
    """A process that this one has started itself."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.notice = open_notice(process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_reaped(self) -> bool:
        return self._process.returncode is not None

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    def has_exited(self) -> bool:
        if self._process.returncode is not None:
            return True
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._process.poll() is not None
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self.pid, options) is not None
        except ChildProcessError:  # somebody ignores SIGCHLD, or has waited for all children
            return True

    def reap(self, timeout: float) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def bury(self) -> None:
        """There is nobody else: whoever closes it waits."""

    def let_go(self) -> None:
        if self.notice is not None:
            os.close(self.notice)
            self.notice = None


def _leave_to_parent() -> None:
    """In a process forked from the parent: lets go of the pipes.

    Were they open here as well, a child would not notice that its parent is gone.
    """
    for child in tuple(_living):
        child._let_go()  # noqa: SLF001 - the same class's own business


os.register_at_fork(after_in_child=_leave_to_parent)


def open_notice(pid: int) -> int | None:
    """A descriptor that becomes readable when the process is over; None where there is none."""
    open_pidfd = getattr(os, "pidfd_open", None)
    if open_pidfd is None:  # macOS
        return None
    try:
        return int(open_pidfd(pid))
    except OSError:  # Linux before 5.3
        return None
