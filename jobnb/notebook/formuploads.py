"""Files on their way from the browser: pieces that come one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobnb.errors import JobnbError
from jobnb.handles.uploads import Upload, UploadWriter
from jobnb.notebook.formmodel import FormModel


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
        self._writers: dict[str, tuple[str, UploadWriter]] = {}

    def hear(self, content: Mapping[str, Any], buffers: Sequence[Any]) -> bool:
        """Takes one message; True if the value of the input is another one now.

        Args:
            content: ``step`` (begin, piece, end, drop), ``name`` of the input, ``key`` of this
                upload, ``n`` of the message; at the beginning ``file``, its name.
            buffers: The piece.
        """
        name, key, step = content["name"], content["key"], content["step"]
        answer = {"t": "file", "name": name, "key": key, "step": step, "n": content["n"]}
        if step not in {"begin", "drop"} and self._writers.get(name, ("",))[0] != key:
            return False  # a late piece of what was given up
        try:
            if step in ("begin", "drop"):
                self._give_up(name)
            if step == "drop":
                self._replace(name, None)
                return True
            if step == "begin":
                self._writers[name] = (key, self._open_writer(name, content["file"]))
            writer = self._writers[name][1]
            if step == "piece":
                writer.write(bytes(buffers[0]))
            elif step == "end":
                self._replace(name, writer.finish())
        except (JobnbError, OSError) as error:
            self._give_up(name)
            self._answer({**answer, "problem": str(error)})
            return False
        self._answer(answer)
        return bool(step == "end")

    def _replace(self, name: str, upload: Upload | None) -> None:
        """Gives the form another file, and the room of the one before back."""
        before = self._model.raw().get(name)
        self._writers.pop(name, None)
        self._model.put(name, upload)
        if isinstance(before, Upload):
            before.close()

    def _give_up(self, name: str) -> None:
        if name in self._writers:
            self._writers.pop(name)[1].abort()


def shown_file(value: Any) -> dict[str, Any]:
    """Name and size of a file that stands in the form, as far as they are known."""
    if isinstance(value, Upload):
        return {"file": value.name, "size": value.size}
    if isinstance(value, Mapping):
        return {"file": str(value.get("file")), "size": value.get("size")}
    name = getattr(value, "name", None)
    return {"file": str(name) if name else type(value).__name__, "size": None}
