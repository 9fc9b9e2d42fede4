"""The magic ``%job``: thin verbs over the workbench of this kernel."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from jobnb.engine.syncing import SyncReport
from jobnb.handles import JobResult, ResultList
from jobnb.handles.forms import Form
from jobnb.handles.handle import JobHandle
from jobnb.handles.places import RepositoryList
from jobnb.handles.results.comparison import Comparison
from jobnb.handles.results.files import FileList
from jobnb.handles.results.source import RunSource, SourceDiff
from jobnb.handles.searchwords import split_filters
from jobnb.handles.words import parse_inputs, parse_settings, split_options
from jobnb.notebook.viewers import viewer_for
from jobnb.reports.contents import RunReader
from jobnb.workbench import Workbench, current

if TYPE_CHECKING:
    from jobnb.reports.verification import Verification  # loads nbformat


@magics_class
class JobMagics(Magics):
    """``%job`` lists the jobs; ``%job VERB ...`` does what the command ``jobnb VERB`` does."""

    @line_magic
    def job(self, line: str) -> Any:
        """List, run and look at jobs.

        %job                                   every job, and the files with problems
        %job run "Hello World" who=x           run it; name=@file gives the text of a file
        %job run -q gpu "Hello World" who=x    options: --queue, --priority, --key, --profile ...
        %job form "Hello World" who=x          fill it in, then press Run
        %job results ["Hello World"]           the newest runs; --failed, --user, --since 2h,
                                               --input who=x, --text "no such device" ...
        %job log ID                            watch a run from its first line on
        %job source ID                         its exact source; --diff: and what is other today
        %job source ID --diff OTHER            how it differs from that of another run
        %job cancel ID                         stop it
        %job files ID                          look at what it made
        %job compare ID ID                     how two runs differ
        %job report ID disk.ipynb              a report to hand over; or disk.html
        %job verify disk.ipynb                 whether it is what the database holds
        %job show "Hello World"                what it takes, and how it is run
        %job list --all                        also hidden ones, and those whose code is gone
        %job enable NAME, %job disable NAME    let a job run, or not
        %job edit "Hello World"                what else is set of it, as a form
        %job edit "Hello World" time_limit=60  set it; time_limit= lets the code's value hold again
        %job sync [NAME]                       pin the git repositories to what they have now
        %job repositories                      which there are, and their commits
        """
        try:
            verb, *words = shlex.split(line) or ["list"]
        except ValueError as error:
            raise UsageError(f"%job {line}: {error}.") from error
        if verb not in _VERBS:
            raise UsageError(f"%job has no verb {verb!r}. There are: {', '.join(_VERBS)}.")
        return _VERBS[verb](current.workbench(viewer_for), words)


def _list(bench: Workbench, words: Sequence[str]) -> None:
    others = [word for word in words if word != "--all"]
    _expect(others, 0, "%job list [--all]")
    display(bench.catalog_table(everything="--all" in words), raw=True)


def _show(bench: Workbench, words: Sequence[str]) -> JobHandle:
    _expect(words, 1, '%job show "NAME"')
    return bench.get_job(words[0], to_run=False)


def _run(bench: Workbench, words: Sequence[str]) -> JobResult:
    options, words = split_options(words)
    _expect(words[:1], 1, '%job run "NAME" input=value ...')
    job = bench.get_job(words[0]).options(**options)
    return job.run(**parse_inputs(job.description, words[1:]))


def _form(bench: Workbench, words: Sequence[str]) -> Form:
    options, words = split_options(words)
    _expect(words[:1], 1, '%job form "NAME" input=value ...')
    job = bench.get_job(words[0], to_run=False).options(**options)
    return job.form(**parse_inputs(job.description, words[1:]))


def _results(bench: Workbench, words: Sequence[str]) -> ResultList:
    return bench.results(**split_filters(words))


def _compare(bench: Workbench, words: Sequence[str]) -> Comparison:
    _expect(words, 2, "%job compare ID ID")
    return Comparison.of(bench.result, *words)


def _files(bench: Workbench, words: Sequence[str]) -> FileList:
    _expect(words, 1, "%job files ID")
    return bench.result(words[0]).files


def _report(bench: Workbench, words: Sequence[str]) -> Path:
    overwrite = "--overwrite" in words
    words = [word for word in words if word != "--overwrite"]
    _expect(words, 2, "%job report ID disk.ipynb (or disk.html)")
    return bench.result(words[0]).report(words[1], overwrite=overwrite)


def _verify(bench: Workbench, words: Sequence[str]) -> Verification:
    _expect(words, 1, "%job verify disk.ipynb")
    from jobnb.reports.verification import verify_report

    return verify_report(RunReader(bench.database()), words[0])


def _log(bench: Workbench, words: Sequence[str]) -> JobResult:
    _expect(words, 1, "%job log ID")
    return bench.result(words[0]).watch()


def _source(bench: Workbench, words: Sequence[str]) -> RunSource | SourceDiff:
    usage = "%job source ID [--diff [OTHER]]"
    _expect(words[:1], 1, usage)
    source = bench.result(words[0]).source
    if len(words) == 1:
        return source
    if words[1] != "--diff" or len(words) > 3:  # noqa: PLR2004 - an id, an option, and its value
        raise UsageError(f"Write it as: {usage}")
    return source.diff(*(bench.result(word) for word in words[2:]))


def _cancel(bench: Workbench, words: Sequence[str]) -> None:
    _expect(words, 1, "%job cancel ID")
    bench.result(words[0]).cancel()


def _enable(bench: Workbench, words: Sequence[str]) -> None:
    _expect(words, 1, '%job enable "NAME"')
    bench.enable(words[0])


def _disable(bench: Workbench, words: Sequence[str]) -> None:
    _expect(words, 1, '%job disable "NAME"')
    bench.enable(words[0], enabled=False)


def _sync(bench: Workbench, words: Sequence[str]) -> SyncReport:
    _expect(words[1:], 0, "%job sync [NAME]")
    return bench.syncing.sync(words[0] if words else None)


def _repositories(bench: Workbench, words: Sequence[str]) -> RepositoryList:
    _expect(words, 0, "%job repositories")
    return RepositoryList(bench.syncing.repositories())


def _edit(bench: Workbench, words: Sequence[str]) -> Any:
    _expect(words[:1], 1, '%job edit "NAME" setting=value ...')
    return bench.edit(words[0], parse_settings(words[1:]))


def _expect(words: Sequence[str], count: int, usage: str) -> None:
    if len(words) != count:
        raise UsageError(f"Write it as: {usage}")


_VERBS: dict[str, Callable[[Workbench, Sequence[str]], Any]] = {
    "list": _list,
    "show": _show,
    "run": _run,
    "form": _form,
    "results": _results,
    "compare": _compare,
    "files": _files,
    "report": _report,
    "verify": _verify,
    "log": _log,
    "source": _source,
    "cancel": _cancel,
    "enable": _enable,
    "disable": _disable,
    "edit": _edit,
    "sync": _sync,
    "repositories": _repositories,
}
