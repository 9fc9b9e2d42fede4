"""Files on their way from the browser: pieces that come one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jobnb.errors import JobnbError
from jobnb.handles.giving.uploads import Upload, UploadWriter, too_large
from jobnb.notebook.formmodel import FormModel

PATIENCE: Final = 30.0
"""Seconds without a piece after which an upload has broken off, as when its page was closed."""


@dataclass
class _Arrival:
    """A file that is on its way."""

    key: str
    writer: UploadWriter
    size: int
    """Bytes that will come; 0 if nobody has said it."""
    heard: float = field(default_factory=time.monotonic)
    """When the last of it came."""

    @property
    def share(self) -> int:
        return 100 * self.writer.size // self.size if self.size else 0


class FormUploads:
    """What the front end sends of files, until it is whole and a value of the form.

    Each piece is answered: with how much is here, or why no more of it is wanted.
    """

    def __init__(
        self,
        model: FormModel,
        open_writer: Callable[[str, str], UploadWriter],
        answer: Callable[[Mapping[str, Any]], None],
    ) -> None:
        """Waits for the first piece.

        Args:
            model: Gets the files.
            open_writer: Gives the writer for an input and a file name.
            answer: Sends to the front end.
        """
        self._model = model
        self._open_writer = open_writer
        self._answer = answer
        self._arrivals: dict[str, _Arrival] = {}

    def unfinished(self) -> dict[str, list[str]]:
        """Why a run must wait, by input; one that has broken off is said once, and forgotten."""
        problems = {}
        for name, arrival in list(self._arrivals.items()):
            if time.monotonic() - arrival.heard < PATIENCE:
                problems[name] = [f"Still uploading ({arrival.share} %)."]
            else:
                self._give_up(name)
                problems[name] = [f"The upload broke off at {arrival.share} %; choose it again."]
        return problems

    def hear(self, content: Mapping[str, Any], buffers: Sequence[Any]) -> bool:
        """Takes one message; True if the value of the input is another one now.

        Args:
            content: ``step`` (begin, piece, end, drop), ``name`` of the input, ``key`` of this
                upload, ``n`` of the message; at the beginning ``file``, its name, and its ``size``.
            buffers: The piece.
        """
        name, key, step = content["name"], content["key"], content["step"]
        answer = {"t": "file", "name": name, "key": key, "step": step, "n": content["n"]}
        if step not in {"begin", "drop"} and not self._expects(name, key):
            return False  # a late piece of what was given up
        try:
            if step in ("begin", "drop"):
                self._give_up(name)
            if step == "drop":
                self._replace(name, None)
                return True
            if step == "begin":
                self._begin(name, content)
            arrival = self._arrivals[name]
            arrival.heard = time.monotonic()
            if step == "piece":
                arrival.writer.write(bytes(buffers[0]))
            elif step == "end":
                self._replace(name, arrival.writer.finish())
        except (JobnbError, OSError) as error:
            self._give_up(name)
            self._answer({**answer, "problem": str(error)})
            return False
        self._answer(answer)
        return bool(step == "end")

    def _begin(self, name: str, content: Mapping[str, Any]) -> None:
        writer = self._open_writer(name, content["file"])
        size = content.get("size") or 0
        self._arrivals[name] = _Arrival(content["key"], writer, size)
        if size > writer.limit:
            raise too_large(writer.name, writer.limit)

    def _expects(self, name: str, key: str) -> bool:
        return name in self._arrivals and self._arrivals[name].key == key

    def _replace(self, name: str, upload: Upload | None) -> None:
        """Gives the form another file, and the room of the one before back."""
        before = self._model.raw().get(name)
        self._arrivals.pop(name, None)
        self._model.put(name, upload)
        if isinstance(before, Upload):
            before.close()

    def _give_up(self, name: str) -> None:
        if name in self._arrivals:
            self._arrivals.pop(name).writer.abort()


def shown_file(value: Any) -> dict[str, Any]:
    """Name and size of a file that stands in the form, as far as they are known."""
    if isinstance(value, Upload):
        return {"file": value.name, "size": value.size}
    if isinstance(value, Mapping):
        return {"file": str(value.get("file")), "size": value.get("size")}
    name = getattr(value, "name", None)
    return {"file": str(name) if name else type(value).__name__, "size": None}
