"""Importing: keeps a child that has imported job files, and begins another one when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jobnb.catalogs.describing.reach import BrokenModules, files_behind
from jobnb.catalogs.growing.conversation import ChildLost, Conversation
from jobnb.catalogs.growing.nursery import NURSERY
from jobnb.catalogs.growing.soils import Soil, is_forkable
from jobnb.catalogs.growing.templates import Imported, Template
from jobnb.child.forks import NotForked
from jobnb.child.process import ChildProcess
from jobnb.errors import CatalogError
from jobnb.protocol import ChildOrder, FileProblem, JobDescription, Snapshot

START_LIMIT: Final = 60.0
"""Seconds until the child must have begun, or must have described what it has imported: in both
there is little job code, and the machine may be busy."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be described."""

    snapshot: Snapshot
    folder: Path
    """Where the files are: unpacked, or installed."""
    modules: tuple[str, ...] = ()
    """What is imported; if empty, every module on the top level with jobs in it."""
    code: str = ""
    """A job out of a notebook, instead of modules."""
    is_installed: bool = False
    """Whether Python finds the modules by itself."""
    surroundings: object = None
    """What else an import depends on: it is equal as long as that is the same."""
    is_part: bool = False
    """Whether there are other modules with jobs, which somebody else describes."""

    def order(self, skip: dict[str, str]) -> ChildOrder:
        """What a child is told, with the modules that it must not import and why."""
        return ChildOrder(
            verb="describe",
            folder=str(self.folder),
            root=self.snapshot.root,
            modules=self.modules,
            code=self.code,
            is_installed=self.is_installed,
            skip=skip,
        )


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a describing child has found."""

    jobs: tuple[JobDescription, ...]
    """In the order of their registration."""
    problems: tuple[FileProblem, ...]


class Importer:
    """The child of one describer. One thread at a time; only ``halt`` may come from another."""

    def __init__(
        self,
        *,
        limit: float,
        memory_limit: int,
        environment: Callable[[], Mapping[str, str]],
        uses_templates: bool,
        broken: BrokenModules,
    ) -> None:
        """Starts nothing yet.

        Args:
            limit: Seconds that one import may take.
            memory_limit: Bytes that the child may take with all that it starts; 0: any.
            environment: Gives the environment of a new child.
            uses_templates: Whether runs may be forked from what it has imported.
            broken: What is known of modules that end a child.
        """
        self._limit = limit
        self._memory_limit = memory_limit
        self._environment = environment
        self._uses_templates = uses_templates
        self._broken = broken
        self._hearing: Conversation | None = None
        self._is_halted = False
        self._template: tuple[Template, Soil, ChildOrder] | None = None
        self._task: Task | None = None
        self._talk: Conversation | None = None

    def describe(self, task: Task) -> Description:
        """All jobs in the files of a snapshot; a file that breaks the child breaks only itself.

        Raises:
            CatalogError: The child ended although no file was being imported, or was halted.
            ChildError: The operating system starts no child.
        """
        self.close()
        self._task = task
        return self._open(task)

    def living_talk(self) -> Conversation:
        """The child that knows the jobs; one that has ended since is replaced."""
        if self._talk is not None and self._talk.is_over():
            self.end_talk()
        if self._talk is None and self._template is not None and not self._template[0].is_over:
            self._listen(self._fork())
        elif self._talk is None:
            assert self._task is not None, "a job to ask about was described before"
            self.close()
            self._open(self._task)
        assert self._talk is not None, "it was opened just now"
        return self._talk

    def halt(self) -> None:
        """Ends a description that another thread waits for: ``CatalogError`` there."""
        hearing = self._hearing
        if hearing is not None:
            self._is_halted = True
            hearing.kill()

    def _open(self, task: Task) -> Description:
        """Starts children until one has survived the import of all files that the others left."""
        self._is_halted = False
        broken = self._broken.known_in(task.snapshot, task.surroundings)
        while True:
            skip = {name: problem.message for name, problem in broken.items()}
            order = task.order(skip)
            try:
                talk = self._begin(order)
                return _description(self._listen(talk), broken)
            except _ModuleBroke as broke:
                if self._is_halted:
                    self.close()
                    raise CatalogError("The jobs are not described: jobnb is closing.") from None
                broken[broke.module] = broke.problem(task.snapshot)
                behind = files_behind(broke.module, task.snapshot, task.folder)
                self._broken.remember(broke.module, broken[broke.module], behind)
                self.close()
            except BaseException:
                self.close()
                raise

    def _begin(self, order: ChildOrder) -> Conversation:
        """A child that has imported everything: a fork of the template, or who would be that."""
        environment = self._environment()
        if not (self._uses_templates and is_forkable(order)):
            talk = self._talk = Conversation(
                lambda place: ChildProcess.start(order, environment=environment, cwd=place)
            )
            self._hear_imports(talk)
            return talk
        soil = Soil.of(order, environment)
        template = Template(order, environment)
        try:
            imported = self._hear_imports(template.talk)
        except BaseException:
            template.close()
            raise
        if imported.fault:
            NURSERY.note_unfit(soil, imported)
            template.door.close()
            self._talk = template.talk
            return self._talk
        self._template = template, soil, order
        units = frozenset(order.modules) if self._is_about_a_part else None
        NURSERY.adopt(soil, template, units, imported)
        return self._fork()

    def _fork(self) -> Conversation:
        """A child that answers, out of the template."""
        assert self._template is not None, "it was made before"
        template, _, order = self._template
        try:
            self._talk = Conversation(lambda place: template.fork(order, place))
        except NotForked as refused:
            raise CatalogError(f"The process that describes the job files: {refused}.") from refused
        return self._talk

    def _hear_imports(self, talk: Conversation) -> Imported:
        """Waits for the end of all imports."""
        module, limit = None, START_LIMIT
        self._hearing = talk
        try:
            while True:
                tag, *values = talk.hear(limit, self._memory_limit)
                if tag == "imported":
                    return Imported(*values)
                module, limit = values[0], self._limit
        except ChildLost as lost:
            if module is None:
                raise _not_described(lost) from lost
            raise _ModuleBroke(module, lost) from lost
        finally:
            self._hearing = None

    def _listen(self, talk: Conversation) -> dict[str, Any]:
        """What the child has found, once it has imported everything."""
        try:
            while True:
                tag, *values = talk.hear(START_LIMIT)
                if tag == "described":
                    return dict(values[0])
        except ChildLost as lost:
            raise _not_described(lost) from lost

    def close(self) -> None:
        """Ends the child, and its template once nothing else comes from it."""
        self.end_talk()
        template, self._template = self._template, None
        if template is not None:
            NURSERY.retire(template[1], template[0] if self._is_about_a_part else None)

    @property
    def _is_about_a_part(self) -> bool:
        return self._task is not None and self._task.is_part

    def end_talk(self) -> None:
        """Ends the child that answers; the next question begins another one."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()


def _not_described(lost: ChildLost) -> CatalogError:
    return CatalogError(f"The process that describes the job files {lost}. {lost.last_words}")


class _ModuleBroke(Exception):
    """The child did not survive the import of a module."""

    def __init__(self, module: str, lost: ChildLost) -> None:
        self.module = module
        self.lost = lost
        super().__init__(module)

    def problem(self, snapshot: Snapshot) -> FileProblem:
        """That, as a problem of the module's file."""
        paths = [file.path for file in snapshot.files]
        path = self.module.replace(".", "/")
        candidates = (f"{path}/__init__.py", f"{path}.py")
        file = next((path for path in candidates if path in paths), candidates[-1])
        return FileProblem(
            file=file, message=f"{self.lost} when it was imported", traceback=self.lost.last_words
        )


def _description(found: Mapping[str, Any], broken: Mapping[str, FileProblem]) -> Description:
    return Description(
        jobs=tuple(JobDescription(**job) for job in found["jobs"]),
        problems=(
            *(FileProblem(**problem) for problem in found["problems"]),
            *broken.values(),
        ),
    )
