"""What a child says on its pipes, on its way to whoever needs it."""

from __future__ import annotations

from collections.abc import Callable

from jobnb.engine.attempts.guard import Guard
from jobnb.engine.attempts.startup import Startup
from jobnb.engine.recording.recorder import Recorder
from jobnb.garbage import in_one_go
from jobnb.protocol import (
    ConsoleEvent,
    DisplayEvent,
    FileEvent,
    FinishedEvent,
    Frame,
    FrameReader,
    HeardEvent,
    LeavingEvent,
    LogEvents,
    ProgressEvent,
    RunEvent,
    Step,
    StepEvent,
    WorkerLogEvent,
    parse_run_events,
)


class Hearing:
    """Hears one child for its pump; one thread at a time.

    Attributes:
        finished: How the job ended; None as long as the child has not said it.
        exit_code: With which its process ends, if it has taken its leave; None before.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        guard: Guard,
        startup: Startup,
        worker_log: Callable[[int, str], None],
        on_end: Callable[[], None],
    ) -> None:
        """Has heard nothing yet.

        Args:
            recorder: Where what it says goes.
            guard: Hears when the job's own code begins and ends, and what a crash has said.
            startup: Hears of each step until then.
            worker_log: Takes the records that are meant for the worker's own log.
            on_end: Called when the job has ended.
        """
        self._recorder = recorder
        self._guard, self._startup = guard, startup
        self._worker_log = worker_log
        self._on_end = on_end
        self._reader = FrameReader()
        self._file: tuple[FileEvent, bytearray] | None = None
        self.finished: FinishedEvent | None = None
        self.exit_code: int | None = None

    def output(self, data: bytes) -> None:
        """What was written to descriptor 1, past ``sys.stdout``."""
        self._recorder.native("stdout", data)

    def errors(self, data: bytes) -> None:
        """The same for descriptor 2."""
        if not self._startup.hears(data):
            self._guard.take_errors(data)
            self._recorder.native("stderr", data)

    @in_one_go()
    def frames(self, data: bytes) -> None:
        """A part of the pipe of frames, of any length."""
        for kind, payload in self._reader.feed(data):
            if kind is Frame.BYTES:
                self._take_piece(payload)
            else:
                for event in parse_run_events(payload):
                    self._take(event)

    def _take(self, event: RunEvent | LogEvents) -> None:
        match event:
            case LogEvents() | ConsoleEvent() | DisplayEvent() | ProgressEvent():
                self._recorder.take(event)
            case WorkerLogEvent():
                self._worker_log(event.level, event.message)
            case FileEvent():
                self._file = (event, bytearray())
                self._take_piece(b"")
            case StepEvent():
                self._begin(Step(event.step), event.secrets)
            case HeardEvent():
                self._guard.heard()
            case FinishedEvent():
                self.finished = event
                self._recorder.await_end()
                self._startup.end()
                self._guard.end()
                self._on_end()
            case LeavingEvent():
                self.exit_code = event.exit_code

    def _begin(self, step: Step, secrets: list[str]) -> None:
        self._startup.begin(step)
        self._recorder.secrecy.mask_also(secrets)
        if step is Step.STARTING:
            self._guard.begin()

    def _take_piece(self, piece: bytes) -> None:
        assert self._file is not None, "a child announces a file before its pieces"
        event, content = self._file
        content += piece
        if len(content) >= event.size:
            self._file = None
            self._recorder.add_file(event.name, bytes(content), event.created)
