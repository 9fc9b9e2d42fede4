"""Job: the class that authors derive from."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.joblog import Emit, JobLogger, get_task_logger, one_level_up, readable_message
from jobnb.authoring.meta import read_meta
from jobnb.authoring.progress import Progress
from jobnb.authoring.shows import Shows
from jobnb.authoring.validation import CheckedTogether
from jobnb.authoring.variables import declared_variables
from jobnb.authoring.variables.flags import DryRunVar

T = TypeVar("T")


@dataclass(frozen=True)
class User:
    """Who started the run."""

    username: str

    def __str__(self) -> str:
        return self.username


@dataclass(frozen=True)
class RunningResult:
    """The job result that this run will leave."""

    id: str
    name: str
    """Display name of the job."""


@dataclass(frozen=True)
class CreatedFile:
    """A file that the run keeps."""

    name: str
    size: int
    """Bytes."""


@dataclass(kw_only=True)
class Request:
    """What a job knows of its run; given to the instance before the first hook."""

    id: str
    """The task id of the hooks, and id of the job result."""
    user: User
    job_result: RunningResult
    file_limit: int
    """Bytes that one file may have."""
    send_file: Callable[[str, bytes], None] = field(repr=False)
    emit: Emit = field(repr=False)
    """Takes what the job shows, on the thread that shows it."""
    progress: Progress = field(repr=False)
    display_limit: int
    """Bytes that one rich output may have."""
    retries: int = 0
    """Attempts that this run has had before this one."""
    is_retried: bool = False
    """Whether another attempt follows if this one fails."""
    failure: str | None = None
    """Text of the first ``fail()``; None as long as it was not called."""


class ClassFact(Generic[T]):
    """Read on a class or an instance alike, as Nautobot's class properties are."""

    def __init__(self, read: Callable[[type[Job]], T]) -> None:
        self._read = read

    def __get__(self, _instance: Job | None, owner: type[Job]) -> T:
        return self._read(owner)


class _MetaOption(Generic[T]):
    """The option of the same name in ``class Meta``, read on a class or an instance."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, _instance: Job | None, owner: type[Job]) -> T:
        option: T = getattr(read_meta(owner), self._name)
        return option


def _grouping(job_class: type[Job]) -> str:
    """The ``name`` of the module; its dotted name if it says none."""
    said = getattr(sys.modules.get(job_class.__module__), "name", None)
    return said if isinstance(said, str) and said else job_class.__module__


def _supports_dryrun(job_class: type[Job]) -> bool:
    """Whether it has a ``DryRunVar``."""
    return any(isinstance(item, DryRunVar) for item in declared_variables(job_class).values())


class Job(Shows, CheckedTogether):
    """The work of an author: variables as class attributes, options in ``Meta``, ``run()``."""

    name = _MetaOption[str]()
    description = _MetaOption[str]()
    console_log_default = _MetaOption[bool]()
    dryrun_default = _MetaOption[bool]()
    field_order = _MetaOption[tuple[str, ...]]()
    fieldsets = _MetaOption[tuple[tuple[str, tuple[str, ...]], ...]]()
    has_sensitive_variables = _MetaOption[bool]()
    hidden = _MetaOption[bool]()
    is_singleton = _MetaOption[bool]()
    max_concurrent = _MetaOption[int | None]()
    concurrency_key = _MetaOption[tuple[str, ...]]()
    when_busy = _MetaOption[str]()
    read_only = _MetaOption[bool]()
    soft_time_limit = _MetaOption[float]()
    time_limit = _MetaOption[float]()
    memory_limit = _MetaOption[int | str]()
    max_retries = _MetaOption[int]()
    retry_delay = _MetaOption[float]()
    task_queues = _MetaOption[tuple[str, ...]]()
    template_name = _MetaOption[str]()

    class_path = ClassFact(lambda cls: f"{cls.__module__}.{cls.__name__}")
    grouping = ClassFact(_grouping)
    supports_dryrun = ClassFact(_supports_dryrun)

    request: Request
    follows_nautobot: ClassVar[bool] = False
    """Whether a wrong declaration warns, and Nautobot's own defaults and places of options hold."""

    @cached_property
    def logger(self) -> JobLogger:
        """The logger of the job's module; ``get_task_logger(__name__)`` gives the same one."""
        return get_task_logger(type(self).__module__)

    @property
    def job_result(self) -> RunningResult:
        """Id and name of the result that this run leaves."""
        return self.request.job_result

    @property
    def user(self) -> User:
        """Who started the run."""
        return self.request.user

    def before_start(self, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Called first; if it calls ``fail()``, ``run()`` is skipped and its value is the result.

        Args:
            task_id: Id of the run.
            args: Always empty.
            kwargs: The inputs as they are stored; only ``run()`` gets live values.
        """

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """The work; each variable is a keyword argument. What it returns is the result's value."""
        raise NotImplementedError

    def on_success(
        self, retval: Any, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Called after ``run()``, unless it raised or ``fail()`` was called."""

    def on_failure(
        self,
        exc: Any,
        task_id: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        einfo: ExceptionInfo | None,
    ) -> None:
        """Called after an exception, or after ``fail()``: then with the return value, einfo None.

        An exception in here takes the place of the first one.
        """

    def on_retry(
        self,
        exc: Any,
        task_id: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        einfo: ExceptionInfo | None,
    ) -> None:
        """Called in place of ``on_failure()`` and ``after_return()`` if another attempt follows.

        As in Celery. The next attempt is a new process and a new instance.
        """

    def after_return(
        self,
        status: str,
        retval: Any,
        task_id: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        einfo: ExceptionInfo | None,
    ) -> None:
        """Called last, with the status and the return value or exception.

        An exception in here leads to ``on_failure()`` and a second ``after_return()``.
        """

    def fail(self, msg: object, *args: object, **more: Any) -> None:
        """Logs at level FAILURE and makes the run end in FAILURE; the job goes on."""
        self.logger.failure(msg, *args, **one_level_up(more))
        if self.request.failure is None:
            self.request.failure = readable_message(msg, args)

    def create_file(self, filename: str, content: str | bytes) -> CreatedFile:
        """Keeps a file with the result of the run.

        Args:
            filename: A plain name, without a folder.
            content: Text is kept as UTF-8.

        Raises:
            ValueError: The name is none for a file, or the content is too long.
            TypeError: The content is neither text nor bytes.
        """
        _check_file_name(filename)
        if not isinstance(content, str | bytes):
            raise TypeError(
                f"create_file({filename!r}) wants text or bytes, not {type(content).__name__!r}"
            )
        data = content.encode("utf-8") if isinstance(content, str) else content
        limit = self.request.file_limit
        if len(data) > limit:
            raise ValueError(
                f"File {filename!r} has {len(data)} bytes, but a file of a run may have "
                f"{limit} at most; write less, or raise the setting 'file_limit'"
            )
        self.request.send_file(filename, data)
        self.logger.info("Created file [%s]", filename, stacklevel=2)
        return CreatedFile(filename, len(data))

    def load_json(self, filename: str) -> Any:
        """What a JSON file beside the job's own file holds.

        Raises:
            ValueError: It is no JSON, or lies outside of the job's folder.
        """
        return json.loads(_read_beside(type(self), filename))

    def load_yaml(self, filename: str) -> Any:
        """What a YAML file beside the job's own file holds; only plain data, no Python objects.

        Raises:
            ValueError: It lies outside of the job's folder.
        """
        import yaml

        return yaml.safe_load(_read_beside(type(self), filename))


def _check_file_name(filename: str) -> None:
    if filename in {"", ".", ".."} or any(sign in filename for sign in "/\\\0"):
        raise ValueError(
            f"{filename!r} is no name for a file: it must be one name, without / and \\ and NUL"
        )


def _read_beside(job_class: type[Job], filename: str) -> str:
    source = getattr(sys.modules.get(job_class.__module__), "__file__", None)
    if source is None:
        raise ValueError(f"Job {job_class.__name__!r} has no file, so nothing lies beside it")
    folder = Path(source).resolve().parent
    path = (folder / filename).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{filename!r} lies outside of the folder of job {job_class.__name__!r}")
    return path.read_text("utf-8")
