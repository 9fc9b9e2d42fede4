"""The describer: keeps one child that has imported the job files, and asks it about them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from jobnb.catalogs.describing.discretion import discreet, masker_for
from jobnb.catalogs.describing.importing import Description, Importer, Task
from jobnb.catalogs.describing.reach import BrokenModules
from jobnb.catalogs.describing.wire import Outgoing, to_wire
from jobnb.catalogs.growing.conversation import ChildLost
from jobnb.errors import ChildError, InvalidInput
from jobnb.protocol import Cleaned, JobDescription, Look, Page
from jobnb.protocol.masking import Masker


class Describer:
    """Describes snapshots and cleans inputs, each time in a child. Safe for any thread."""

    def __init__(
        self,
        *,
        import_limit: float,
        answer_limit: float,
        memory_limit: int,
        environment: Callable[[], Mapping[str, str]],
        uses_templates: bool = True,
        broken: BrokenModules | None = None,
    ) -> None:
        """Starts nothing yet.

        Args:
            import_limit: Seconds that one import may take.
            answer_limit: Seconds that the answer to one question may take.
            memory_limit: Bytes that the child may take with all that it starts; 0: any.
            environment: Gives the environment of a new child.
            uses_templates: Whether runs may be forked from what it has imported.
            broken: What is known of modules that end a child, shared with other describers.
        """
        self._answer_limit = answer_limit
        self._memory_limit = memory_limit
        self._importer = Importer(
            limit=import_limit,
            memory_limit=memory_limit,
            environment=environment,
            uses_templates=uses_templates,
            broken=broken or BrokenModules(),
        )
        self._lock = threading.RLock()
        self._numbers = count(1)

    def describe(self, task: Task) -> Description:
        """All jobs in the files of a snapshot; a file that breaks the child breaks only itself.

        Raises:
            CatalogError: The child ended although no file was being imported.
            ChildError: The operating system starts no child.
        """
        with self._lock:
            return self._importer.describe(task)

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs as the job's own variables clean them; see ``Expert.clean``."""
        if not (inputs or job.variables or job.checks_inputs):
            return Cleaned(inputs={})  # there is nothing that the child could say of them
        outgoing = to_wire({**_dry_run_default(job), **inputs})
        withholds_all = job.meta.get("has_sensitive_variables")
        request = {"verb": "clean", **_told(outgoing), "withholds_all": withholds_all}
        try:
            reply = self._ask(job, request)
        except InvalidInput as error:
            raise InvalidInput(job.name, error.problems | outgoing.problems) from None
        if outgoing.problems:
            raise InvalidInput(job.name, outgoing.problems)
        return Cleaned(**reply)

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of a job looks; see ``Expert.look``."""
        outgoing = to_wire(inputs)
        request = {"verb": "look", **_told(outgoing), "names": list(names)}
        look = Look(**self._ask(job, request))
        strange = {name: text for name, text in outgoing.problems.items() if name in names}
        return replace(look, problems=look.problems | strange)

    def search(
        self,
        job: JobDescription,
        name: str,
        text: str,
        *,
        page: int = 0,
        inputs: Mapping[str, Any] | None = None,
    ) -> Page:
        """The objects that an input could have; see ``Expert.search``."""
        others = _told(to_wire(inputs or {}))
        request = {"verb": "search", "name": name, "text": text, "page": page, **others}
        return Page(**self._ask(job, request))

    def halt(self) -> None:
        """Ends a description that another thread waits for: ``CatalogError`` there."""
        self._importer.halt()

    def close(self) -> None:
        """Ends the child, if there is one."""
        with self._lock:
            self._importer.close()

    def _ask(self, job: JobDescription, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the child answers; its problems are raised as ``InvalidInput``."""
        masker = masker_for(job, request["inputs"])
        message = {"class_path": job.class_path, **request}
        reply = discreet(self._exchange(job, message, masker), masker)
        if "error" in reply:
            raise ChildError(f"Job {job.name!r} cannot check its inputs: {reply['error']}.")
        if set(reply) == {"problems"}:
            raise InvalidInput(job.name, reply["problems"])
        return reply

    def _exchange(
        self, job: JobDescription, request: Mapping[str, Any], masker: Masker
    ) -> dict[str, Any]:
        complaint, busy_with = "", "its code"
        with self._lock:
            talk = self._importer.living_talk()
            number, begin = next(self._numbers), time.monotonic()
            try:
                talk.say({"id": number, **request})
                while True:
                    tag, *values = talk.hear(self._answer_limit, self._memory_limit, begin)
                    if [tag, values[0]] == ["reply", number]:
                        return dict(values[1])
                    if tag == "busy":
                        busy_with = values[0]
            except ChildLost as lost:
                self._importer.end_talk()
                complaint = f"{busy_with} {lost}. {masker(lost.last_words)}"
            except BaseException:
                # Interrupted in the middle: this child may be busy with the old question.
                self._importer.end_talk()
                raise
        # Not within the block: the first error, with the last words as they were said, would be
        # pickled along as the context of this one.
        raise ChildError(f"Job {job.name!r} cannot check its inputs: {complaint}")


def _dry_run_default(job: JobDescription) -> dict[str, Any]:
    """What its record may say about dry runs, which the class does not know."""
    return {item.name: item.default for item in job.variables if item.type == "DryRunVar"}


def _told(outgoing: Outgoing) -> dict[str, Any]:
    """The inputs in a question."""
    return {"inputs": outgoing.inputs, "marks": outgoing.marks}
