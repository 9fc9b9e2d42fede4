"""The parent's side of a child: start it, hear it, tell it, end it with all its descendants."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from weakref import WeakSet

from jobnb.errors import ChildError
from jobnb.protocol import ChildOrder, Frame, pack_frame

MAIN: Final = Path(__file__).with_name("main.py")
PIPE_SIZE: Final = 1024 * 1024
"""Bytes; the most that Linux gives an ordinary user."""


_living: Final[WeakSet[ChildProcess]] = WeakSet()


class ChildProcess:
    """A child process in a session of its own, with the pipes to it.

    Attributes:
        frames: Descriptor of the pipe of frames; end of file when the child is gone.
        output: Descriptor of what was written to its descriptor 1, past ``sys.stdout``.
        errors: The same for descriptor 2.
        exit_notice: Descriptor that becomes readable when it is over; None where there is none.
    """

    def __init__(self, process: subprocess.Popen[bytes], frames: int, lifeline: int) -> None:
        pipes = process.stdin, process.stdout, process.stderr
        stdin, output, errors = (pipe for pipe in pipes if pipe is not None)
        self._process = process
        self._stdin = stdin
        self.frames = frames
        self.output = output.fileno()
        self.errors = errors.fileno()
        self.exit_notice = _open_exit_notice(process.pid)
        self._descriptors = [frames, lifeline]
        if self.exit_notice is not None:
            self._descriptors.append(self.exit_notice)
        _living.add(self)

    @classmethod
    def start(cls, order: ChildOrder, *, environment: Mapping[str, str], cwd: Path) -> ChildProcess:
        """Starts a child and hands it its order.

        Args:
            order: What it is to do.
            environment: All of its environment.
            cwd: Its working directory.

        Raises:
            ChildError: The operating system refused.
        """
        ours, theirs = _pipe()
        _widen(ours)
        try:
            lifeline_end, lifeline = _pipe()
        except ChildError:
            os.close(ours)
            os.close(theirs)
            raise
        command = [sys.executable, "-P", str(MAIN), str(theirs), str(lifeline_end)]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=(theirs, lifeline_end),
                env=dict(environment),
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as error:
            os.close(ours)
            os.close(lifeline)
            raise ChildError(_refusal(error)) from error
        finally:
            os.close(theirs)
            os.close(lifeline_end)
        child = cls(process, ours, lifeline)
        child.send(order.to_json().encode())
        return child

    @property
    def pid(self) -> int:
        """Its process id; also the id of its process group and session."""
        return self._process.pid

    def send(self, message: bytes) -> None:
        """Sends one JSON text; a child that is gone hears nothing, which its end will tell."""
        view = memoryview(pack_frame(Frame.EVENT, message))
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self._stdin.fileno(), view) :]

    def close_stdin(self) -> None:
        """Lets a describing child end by itself."""
        self._stdin.close()

    def has_exited(self) -> bool:
        """Whether it is over, without reaping it: until then its group id cannot be reused."""
        if self._process.returncode is not None:
            return True
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._process.poll() is not None
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self.pid, options) is not None
        except ChildProcessError:  # somebody ignores SIGCHLD, or has waited for all children
            return True

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        return self._process.poll()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal to the whole process group, if it still can be ours."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def wait(self, timeout: float) -> int | None:
        """Its exit code, or None if it lives on after ``timeout`` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def end(self, timeout: float = 5.0) -> int:
        """Ends whatever of the group is left, reaps the child, and gives its exit code.

        Raises:
            ChildError: It cannot be killed (it hangs in the operating system).
        """
        deadline = time.monotonic() + timeout
        self.kill()
        code = self.wait(max(0.0, deadline - time.monotonic()))
        if code is None:
            raise ChildError(f"Child process {self.pid} cannot be killed.")
        return code

    def close(self) -> None:
        """Ends it and gives back all descriptors.

        Raises:
            ChildError: It cannot be killed.
        """
        if self._process.returncode is None:
            self.end()
        self._let_go()

    def _let_go(self) -> None:
        _living.discard(self)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        while self._descriptors:
            os.close(self._descriptors.pop())


def _leave_to_parent() -> None:
    """In a process forked from the parent: lets go of the pipes.

    Were they open here as well, a child would not notice that its parent is gone.
    """
    for child in tuple(_living):
        child._let_go()  # noqa: SLF001 - the same class's own business


os.register_at_fork(after_in_child=_leave_to_parent)


def _pipe() -> tuple[int, int]:
    try:
        return os.pipe()
    except OSError as error:
        raise ChildError(_refusal(error)) from error


def _refusal(error: OSError) -> str:
    """That, why, and what helps, since the system's own words name only the fact."""
    remedy = {
        errno.EMFILE: " Raise the limit of open files (`ulimit -n`) of the worker, or give it "
        "fewer runs at once (setting 'workers').",
        errno.ENFILE: " The whole machine has too many open files.",
        errno.EAGAIN: " Raise the limit of processes (`ulimit -u`), or end some.",
        errno.ENOMEM: " The machine has no memory left.",
    }
    reason = error.strerror or str(error)
    return f"No child process could be started: {reason}.{remedy.get(error.errno or 0, '')}"


def _widen(pipe: int) -> None:
    """Lets the child write ahead of a busy parent; where that is not to be had, it waits more."""
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, set_size, PIPE_SIZE)


def _open_exit_notice(pid: int) -> int | None:
    open_notice = getattr(os, "pidfd_open", None)
    if open_notice is None:  # macOS
        return None
    try:
        return int(open_notice(pid))
    except OSError:  # Linux before 5.3
        return None
