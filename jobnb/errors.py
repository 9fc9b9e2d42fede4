"""Every error that jobnb raises on purpose, drawn as a tree.

    JobnbError
    ├── DeclarationError (TypeError)     a job class does not fit together (register_jobs)
    ├── InvalidInput (ValueError)        inputs that do not fit the job, all complaints by name
    │   └── InvalidSetting               settings of a job record that do not fit
    ├── UploadRefused (ValueError)       a file that cannot be given to a job
    ├── JobNotFound (LookupError)        no job of that name in the catalog
    │   └── JobNotInstalled              there was one, but its code is gone
    ├── ResultNotFound (LookupError)     no job result of that id in the database
    │   └── AmbiguousResult              several job results whose ids begin like that
    ├── FileNotInResult (LookupError)    a job result has no file of that name
    ├── InvalidSearch (ValueError)       a search for job results asks for what cannot be
    ├── RunRefused                       the job is known, but this run may not start
    ├── EditConflict                     somebody else has edited the job record meanwhile
    ├── JobFailed                        a run ended, and not in SUCCESS
    ├── NotFinished                      the value of a run that still works was asked for
    ├── ValueNotKept                     the run returned something that could not be kept
    ├── SoftTimeLimitExceeded            raised inside a job that takes longer than it should
    ├── ReportRefused (ValueError)       a report cannot be written, or what is there is none
    ├── LibraryMissing (ImportError)     something needs a library that is not installed
    ├── ConfigurationError (ValueError)  a setting is unknown or cannot be used
    ├── CatalogError                     the job files as a whole could not be described
    ├── RepositoryError                  a git repository could not be had, or is none for jobs
    ├── SnapshotError                    the source of a job could not be pinned or unpacked
    ├── NotCarried                       a job of a notebook cell cannot go along with its order
    ├── ChildError                       a child process broke the protocol or could not start
    ├── ClusterError                     no Dask cluster that can run jobs was reached
    └── StoreError
        ├── StoreUnreachable (ConnectionError)   the database does not answer
        ├── StoreVanished                        its file was deleted or replaced while it was open
        └── SchemaMismatch                       the database belongs to another version of jobnb

    BaseException
    ├── RunCancelled                     raised inside a job that somebody cancelled
    └── Interrupted (KeyboardInterrupt)  somebody did not want to wait for a run any more

Every error survives pickling: each is built from plain arguments and keeps them in ``args``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

WHOLE_JOB: Final = "__all__"
"""Stands for the name of an input in complaints about all inputs together."""


class JobnbError(Exception):
    """The base of every error that jobnb raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentence, not a stack that ends inside of jobnb."""
        return [f"{type(self).__name__}: {self}"]


class DeclarationError(JobnbError, TypeError):
    """A job class does not fit together; the message names both sides."""


class InvalidInput(JobnbError, ValueError):
    """Inputs that do not fit the job; nothing was started and nothing was stored.

    Attributes:
        job: Display name of the job.
        problems: Input name to its complaints, in the order of the form; under ``WHOLE_JOB``
            those about all inputs together.
    """

    heading = "refuses these inputs"

    def __init__(self, job: str, problems: Mapping[str, Sequence[str]]) -> None:
        self.job = job
        self.problems = {name: list(texts) for name, texts in problems.items()}
        super().__init__(job, self.problems)

    def __str__(self) -> str:
        lines = [
            f"  {text}" if name == WHOLE_JOB else f"  {name}: {text}"
            for name, texts in self.problems.items()
            for text in texts
        ]
        return "\n".join([f"Job {self.job!r} {self.heading}:", *lines])


class InvalidSetting(InvalidInput):
    """Settings that a job record cannot have; nothing was saved."""

    heading = "cannot be set like that"


class UploadRefused(JobnbError, ValueError):
    """A file cannot be given to a job: it cannot be read, changes meanwhile, or is too large."""


class _UnknownName(JobnbError, LookupError):
    """Something was asked for by a name that nothing has."""

    noun = "thing"
    remedy = ""

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        self.name = name
        self.known = list(known)
        super().__init__(name, self.known)

    @property
    def nearest(self) -> list[str]:
        """The known names that look most like the one asked for, best first."""
        asked = self.name.casefold()
        folded = {known.casefold(): known for known in self.known}
        close = get_close_matches(asked, folded, n=3, cutoff=0.5)
        return [folded[hit] for hit in close or [name for name in folded if asked in name][:3]]

    def __str__(self) -> str:
        if self.nearest:
            hint = "Did you mean " + " or ".join(map(repr, self.nearest)) + "?"
        elif self.known:
            hint = f"There are: {', '.join(map(repr, self.known[:10]))}."
        else:
            hint = self.remedy
        return f"No {self.noun} {self.name!r}. {hint}".rstrip()


class JobNotFound(_UnknownName):
    """No job of that name in the catalog."""

    noun = "job"

    def __init__(self, name: str, known: Sequence[str] = (), root: str = "the jobs folder") -> None:
        super().__init__(name, known)
        self.remedy = f"The catalog is empty: put a file with a registered job into {root}."
        self.args = name, self.known, root


class JobNotInstalled(JobNotFound):
    """There was a job of that name, and its code is gone; its record and its runs are kept."""

    def __init__(self, name: str, class_path: str, why: str) -> None:
        self.class_path = class_path
        self.why = why
        super().__init__(name)
        self.args = name, class_path, why

    def __str__(self) -> str:
        return (
            f"Job {self.name!r} ({self.class_path}) is not installed here: {self.why}. Its "
            f"runs are kept: jobnb.results(job={self.name!r})."
        )


class ResultNotFound(_UnknownName):
    """No job result of that id in the database."""

    noun = "job result"
    remedy = "List the known ones with jobnb.results() or `jobnb results`."


class AmbiguousResult(ResultNotFound):
    """The beginning of an id fits several job results; ``known`` has the first of them."""

    def __str__(self) -> str:
        known = ", ".join(map(repr, self.known))
        return f"{self.name!r} begins the ids of several job results: {known}. Give more of it."


class FileNotInResult(_UnknownName):
    """A job result has no file of that name."""

    noun = "file"
    remedy = "The run has made none."


class InvalidSearch(JobnbError, ValueError):
    """A search for job results asks for what cannot be, such as an unknown status."""


class RunRefused(JobnbError):
    """The job is known, but this run may not start (disabled, an unknown option ...)."""


class EditConflict(JobnbError):
    """Two people changed the same setting of a job; the second one changed nothing.

    Attributes:
        editor: Who came first.
        settings: Name to what it was, and what it is now; None is the class's own value.
    """

    def __init__(self, job: str, editor: str, settings: Mapping[str, tuple[Any, Any]]) -> None:
        self.job = job
        self.editor = editor
        self.settings = dict(settings)
        super().__init__(job, editor, self.settings)

    def __str__(self) -> str:
        what = "; ".join(
            f"{name} is {_or_own(now)} now, and was {_or_own(before)}"
            for name, (before, now) in self.settings.items()
        )
        return (
            f"Job {self.job!r} was changed by {self.editor} meanwhile: {what}. Nothing was saved."
        )


def _or_own(value: Any) -> str:
    return "the code's value" if value is None else repr(value)


class JobFailed(JobnbError):
    """A run ended, and not in SUCCESS.

    Attributes:
        result: The ``JobResult``; None once the error was pickled.
    """

    def __init__(self, message: str, result: Any = None) -> None:
        self.result = result
        super().__init__(message)

    def __reduce__(self) -> tuple[type[JobFailed], tuple[str]]:
        return type(self), (str(self),)


class NotFinished(JobnbError):
    """The value of a run that has not ended was asked for."""


class ValueNotKept(JobnbError):
    """The run returned something that could not be kept."""


class ReportRefused(JobnbError, ValueError):
    """A report cannot be written there, or what is there is none."""


class LibraryMissing(JobnbError, ImportError):
    """Something needs a library that is not installed, and that jobnb does not bring along."""

    def __init__(self, what: str, command: str) -> None:
        super().__init__(what, command)

    def __str__(self) -> str:
        what, command = self.args
        return f"{what}, which is not installed; install it with `{command}`."


class ConfigurationError(JobnbError, ValueError):
    """A setting is unknown or has a value that cannot be used."""


class CatalogError(JobnbError):
    """The job files as a whole could not be described."""


class RepositoryError(JobnbError):
    """A git repository could not be had, or is none for jobs; never with credentials in it."""


class SnapshotError(JobnbError):
    """The source of a job could not be pinned, stored or unpacked."""


class NotCarried(JobnbError):
    """A job that was typed into a notebook cannot go to another process, with what it needs."""


class ChildError(JobnbError):
    """A child process broke the protocol, ran out of time or could not start."""


class ClusterError(JobnbError):
    """No Dask cluster that can run jobs was reached."""


class StoreError(JobnbError):
    """The database refused or lost something; the message says what."""


class StoreUnreachable(StoreError, ConnectionError):
    """The database does not answer."""


class StoreVanished(StoreError):
    """The file of the database was deleted or replaced while it was open."""


class SchemaMismatch(StoreError):
    """The database belongs to another version of jobnb."""


class SoftTimeLimitExceeded(JobnbError):
    """Raised in the main thread of a job that takes longer than its soft time limit.

    As in Celery it is an ``Exception``: a job may catch it, clean up, and still return.
    """


class RunCancelled(BaseException):
    """Raised in the main thread of a job that somebody cancelled.

    It is no ``Exception``, as ``KeyboardInterrupt`` is none: a job that guards one step with
    ``except Exception`` still stops, while ``finally`` and context managers do their work.
    """


class Interrupted(KeyboardInterrupt):
    """Somebody did not want to wait for a run any more; the message says how it stands."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: who presses Ctrl-C knows where he was."""
        return [f"KeyboardInterrupt: {self}"]
