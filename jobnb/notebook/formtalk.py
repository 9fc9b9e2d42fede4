"""What a form and its front end tell each other: each message, and what is done about it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from jobnb.errors import InvalidInput, JobnbError
from jobnb.handles.forms import FormJob
from jobnb.notebook.errands import Errands
from jobnb.notebook.formcode import as_code
from jobnb.notebook.formmodel import FormModel
from jobnb.notebook.formuploads import FormUploads

EDITED: Final = "The job was edited meanwhile: its form is another one now."

_log = logging.getLogger(__name__)

Message = Mapping[str, Any]
"""``t`` says what it is, ``n`` counts what the front end has said, ``view`` which one says it."""


class FrontEnd(Protocol):
    """Where the form is looked at. Each of these may be called on any thread."""

    def publish(self, **more: Any) -> None:
        """Tells how things stand: ``seen`` (last ``n`` that was taken care of) and others."""

    def standing(self, name: str) -> Any:
        """What it was told last."""

    def send(self, content: dict[str, Any]) -> None:
        """Answers what was asked."""

    def done(self, outcome: Any) -> dict[str, Any]:
        """Shows what came of the button, and gives what is to be told about it."""

    def renew(self) -> None:
        """Becomes the form of the job as it is now."""


class FormTalk:
    """Takes what the front end says, and does it on a thread of its own.

    Nothing is printed, displayed or raised here: nobody would see it.
    """

    def __init__(self, job: FormJob, model: FormModel, front_end: FrontEnd) -> None:
        """Waits for the first message.

        Args:
            job: Of the form.
            model: What stands in it.
            front_end: Who is told.
        """
        self._job = job
        self._model = model
        self._front_end = front_end
        self._lock = threading.Lock()
        self._errands = Errands("jobnb-form")
        self._newest: dict[tuple[Any, str], int] = {}
        self._uploads = FormUploads(model, job.upload, lambda answer: front_end.send(dict(answer)))
        self._verbs: Final[dict[str, Callable[[Message, Sequence[Any]], None]]] = {
            "set": self._take,
            "run": self._start,
            "search": self._search,
            "code": self._show_code,
            "file": self._upload,
            "here": self._be_looked_at,
            "renew": self._renew,
        }

    def hear(self, content: Message, buffers: Sequence[Any]) -> None:
        """Takes a message; for a moment only, as the front end waits."""
        try:
            self._verbs[content["t"]](content, buffers)
        except Exception as error:  # noqa: BLE001 - nobody would see it
            _log.info("A form could not do what was asked", exc_info=True)
            self._front_end.publish(seen=content.get("n", 0), top=[_sentence(error)])

    def check_soon(self, seen: int | None = None) -> None:
        """Finds out what is wrong with the form as it is now."""
        self._soon("check", seen, self._check)

    def _check(self) -> None:
        self._look_for_edit()
        self._model.refresh()

    def _be_looked_at(self, content: Message, _buffers: object) -> None:
        """Somebody comes to the form, perhaps from an editor."""
        self._soon("edit", content["n"], self._look_for_edit)

    def _look_for_edit(self) -> None:
        """Tells whether this is still the form of the job as it is now."""
        try:
            edited = "" if self._job.renewed() is None else EDITED
            is_gone = False
        except JobnbError as error:
            edited, is_gone = str(error), True
        told = {"text": edited, "renew": not is_gone} if edited else None
        if told != self._front_end.standing("edited"):
            self._front_end.publish(edited=told)

    def _renew(self, content: Message, _buffers: object) -> None:
        self._soon("renew", content["n"], self._front_end.renew)

    def _take(self, content: Message, _buffers: object) -> None:
        about = content.get("view"), content["name"]
        with self._lock:
            is_overtaken = self._newest.get(about, 0) > content["n"]
            if not is_overtaken:
                self._newest[about] = content["n"]
                self._model.put(content["name"], content["value"])
        if not is_overtaken:
            self.check_soon(content["n"])

    def _start(self, content: Message, _buffers: object) -> None:
        with self._lock:
            if self._front_end.standing("starting"):
                return
            self._front_end.publish(seen=content["n"], starting=True, run="")
        unfinished = self._uploads.unfinished()
        options = content.get("options") or {}
        self._errands.put("start", lambda: self._start_now(options, unfinished))

    def start(self, options: Mapping[str, Any]) -> Any:
        """Does what the button says, unless a file is still on its way.

        Raises:
            JobnbError: It does not fit, may not run, or cannot.
        """
        return self._model.start(options, self._uploads.unfinished())

    def _start_now(self, options: Mapping[str, Any], unfinished: Mapping[str, list[str]]) -> None:
        try:
            told = self._front_end.done(self._model.start(options, unfinished))
        except Exception as error:  # noqa: BLE001 - nobody would see it
            self._look_for_edit()  # which may be why
            focus = (self._front_end.standing("focus") or 0) + 1
            self._front_end.publish(starting=False, focus=focus, **self._complaint(error))
        else:
            self._front_end.publish(starting=False, **told)

    def _search(self, content: Message, _buffers: object) -> None:
        def search() -> None:
            reply = {"t": "found", "key": content["key"], "name": content["name"]}
            try:
                page = self._model.search(content["name"], content["text"], content["page"])
            except JobnbError as error:
                self._front_end.send({**reply, "problem": str(error)})
            else:
                self._front_end.send({**reply, "items": page.items, "more": page.has_more})

        self._soon(f"search {content['name']}", content["n"], search)

    def _show_code(self, content: Message, _buffers: object) -> None:
        def show() -> None:
            inputs = self._model.given()
            wrong = set(self._model.errors)
            try:
                cleaned = self._job.clean(inputs).inputs
                inputs = {name: cleaned[name] for name in inputs}
            except InvalidInput as error:  # then as it was typed
                wrong |= set(error.problems)
            except JobnbError:
                _log.info("The code of a form is shown unchecked", exc_info=True)
            code = as_code(self._job.description, inputs, len(wrong), self._job.call)
            self._front_end.send({"t": "code", "text": code})

        self._soon("code", content["n"], show)

    def _upload(self, content: Message, buffers: Sequence[Any]) -> None:
        if self._uploads.hear(content, buffers):
            self.check_soon(content["n"])

    def _soon(self, name: str, seen: int | None, action: Callable[[], None]) -> None:
        """Does it on the form's own thread; what goes wrong is shown in the form."""

        def act() -> None:
            more: dict[str, Any] = {} if seen is None else {"seen": seen}
            try:
                action()
            except Exception as error:  # noqa: BLE001 - nobody would see it
                more |= self._complaint(error)
            self._front_end.publish(**more)

        self._errands.put(name, act)

    def _complaint(self, error: Exception) -> dict[str, Any]:
        """What is told of an error, unless the fields themselves say it."""
        is_said = isinstance(error, InvalidInput) and self._model.errors
        return {} if is_said else {"top": [_sentence(error)]}


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, JobnbError) else f"{type(error).__name__}: {error}"
