"""The command ``jobnb``: the same verbs as the magic, for terminals and scripts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobnb.cli.looking import compare, files, report, results, verify
from jobnb.cli.places import repository, sync
from jobnb.cli.session import open_bench, tells_errors
from jobnb.errors import ConfigurationError
from jobnb.protocol import Status

if TYPE_CHECKING:
    from jobnb.engine.detached import DetachedCluster


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database-url", metavar="URL", help="Where runs are kept; a SQLAlchemy URL.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, as tcp://host:8786.")
@click.option(
    "--jobs-root",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where the job files are.",
)
@click.version_option(package_name="jobnb")
def main(**_settings: Any) -> None:
    """Runs jobs and shows what they did.

    Every option is a setting as well: JOBNB_DATABASE_URL, JOBNB_SCHEDULER, JOBNB_JOBS_ROOT.
    """


@main.command("list")
@click.option(
    "--all", "everything", is_flag=True, help="Also hidden ones, and those that are gone."
)
@tells_errors
def list_jobs(*, everything: bool) -> None:
    """Show every job, and the files that could not be read."""
    click.echo(open_bench().catalog_table(everything=everything)["text/plain"])


@main.command()
@click.argument("name")
@tells_errors
def show(name: str) -> None:
    """Show what the job NAME is, what it takes, and how it is run."""
    from jobnb.rendering.job import render_job

    job = open_bench().get_job(name).description
    click.echo(render_job(job, in_shell=True)["text/plain"])


@main.command(context_settings={"ignore_unknown_options": False})
@click.argument("name")
@click.argument("inputs", nargs=-1, metavar="[INPUT=VALUE]...")
@click.option("-q", "--queue", help="Whose workers take it; one that the job declares.")
@click.option("--queue-timeout", type=float, help="Seconds for which that may be without a worker.")
@click.option("--priority", type=int, help="The highest goes first.  [default: 0]")
@click.option("--key", help="Run it once for each key; given again, show that run again.")
@click.option("--profile", is_flag=True, help="Measure it; the profile is a file of the run.")
@click.option("--ignore-singleton-lock", is_flag=True, help="Run beside others all the same.")
@tells_errors
def run(name: str, inputs: tuple[str, ...], **options: Any) -> None:
    """Run the job NAME; the exit code is 0 only if it succeeded.

    A VALUE is taken as it stands; @FILE gives the text of a file, or the file itself to an input
    that takes one. Ctrl-C cancels the run.
    """
    from jobnb.handles.words import parse_inputs

    bench = open_bench()
    given = {
        name: value for name, value in options.items() if not (value is None or value is False)
    }
    job = bench.get_job(name).options(check=False, **given)
    try:
        result = job.run(**parse_inputs(job.description, inputs))
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell says of a program that Ctrl-C has ended
    click.echo(bench.where)
    sys.exit(0 if result.status is Status.SUCCESS else 1)


@main.command()
@click.argument("run_id", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("--tail", type=click.IntRange(min=1), help="Only the newest entries.", metavar="N")
@tells_errors
def log(run_id: str, *, follow: bool, tail: int | None) -> None:
    """Show the log of the run ID, from its first line on.

    The first characters of an ID suffice, if no other begins like that.
    """
    from jobnb.rendering.log import entry_text, join_partial
    from jobnb.terminal import say

    if follow and tail is not None:
        raise click.UsageError("Give --follow, which begins with the first line, or --tail.")
    result = open_bench().result(run_id)
    if follow:
        result.watch()
        return
    for entry in join_partial(result.log if tail is None else result.log.tail(tail)):
        say(entry_text(entry) + "\n")


@main.command()
@click.argument("run_id", metavar="ID")
@click.argument("file", required=False)
@click.option("--diff", "compares", is_flag=True, help="How it differs from the code of today.")
@click.option("--diff-to", metavar="OTHER", help="How it differs from that of another run.")
@tells_errors
def source(run_id: str, file: str | None, *, compares: bool, diff_to: str | None) -> None:
    """Show the exact source of the run ID.

    Without FILE it is the file that has the job.
    """
    from jobnb.terminal import say_exactly

    found = open_bench().result(run_id).source
    if compares or diff_to is not None:
        other = None if diff_to is None else open_bench().result(diff_to)
        say_exactly(f"{found.diff(other) or 'No difference.'}\n")
        return
    if file is not None and file not in found:
        raise click.UsageError(f"The run had no file {file!r}. It had: {', '.join(found)}.")
    say_exactly(found.text if file is None else found[file])


@main.command()
@click.argument("run_id", metavar="ID")
@click.option("--wait", is_flag=True, help="Until it has ended.")
@tells_errors
def cancel(run_id: str, *, wait: bool) -> None:
    """Stop the run ID; one that waits never starts."""
    from jobnb.rendering.text import visible

    result = open_bench().result(run_id).cancel()
    if wait:
        result.wait()
    asked = "" if result.record.is_ready else "asked to stop, now "
    click.echo(f"{visible(result.job)}: {asked}{result.status} ({result.id})")


@main.command()
@click.argument("name")
@tells_errors
def enable(name: str) -> None:
    """Let the job NAME run."""
    open_bench().enable(name)


@main.command()
@click.argument("name")
@tells_errors
def disable(name: str) -> None:
    """Refuse every run of the job NAME from now on."""
    open_bench().enable(name, enabled=False)


@main.command()
@click.argument("name")
@click.argument("settings", nargs=-1, metavar="[SETTING=VALUE]...")
@tells_errors
def edit(name: str, settings: tuple[str, ...]) -> None:
    """Show or set what replaces values in the code of the job NAME.

    SETTING= without a value lets the code's value hold again.
    """
    from jobnb.handles.words import parse_settings

    click.echo(repr(open_bench().edit(name, parse_settings(settings))))


@main.group()
def cluster() -> None:
    """A Dask cluster here that outlives kernels and terminals.

    While there is one, every kernel and command of yours with this jobs folder runs its jobs there.
    """


@cluster.command("start")
@click.option("--workers", type=click.IntRange(min=1), help="Runs at once.  [default: its setting]")
@click.option(
    "-q",
    "--queue",
    "queues",
    multiple=True,
    metavar="NAME[=RUNS]",
    help="A queue that its worker serves, and how many runs of it at once; may be repeated.  "
    "[default: every queue that a job declares]",
)
@tells_errors
def start(workers: int | None, queues: tuple[str, ...]) -> None:
    """Start it, unless it is there."""
    from jobnb.engine.detached import start_cluster
    from jobnb.engine.launching.queues import parse_queues
    from jobnb.settings import worker_environment

    settings = open_bench().settings
    if workers is not None:
        settings = replace(settings, workers=workers)
    resources = parse_queues(queues or open_bench().queues(), settings.workers)
    found, is_new = start_cluster(settings, worker_environment(settings), resources)
    verb = "Started" if is_new else "Was there already"
    click.echo(f"{verb}: {_sketch(found)}")


@cluster.command("stop")
@tells_errors
def stop() -> None:
    """Stop it; running jobs are stopped with it, and recorded so."""
    from jobnb.engine.detached import stop_cluster

    found = stop_cluster(open_bench().settings)
    click.echo("There is none." if found is None else f"Stopped: {_sketch(found)}")


@cluster.command("status")
@tells_errors
def status() -> None:
    """Show where it is; the exit code is 1 if there is none."""
    from jobnb.engine.detached import find_cluster

    found = find_cluster(open_bench().settings)
    if found is None:
        click.echo("There is none; jobs run on a cluster inside of each kernel or command.")
        sys.exit(1)
    state = "" if found.worker.is_alive else "; its worker is gone: stop it and start it again"
    click.echo(f"{_sketch(found)}{state}")
    for log in found.logs():
        click.echo(f"  {log}")


def _sketch(found: DetachedCluster) -> str:
    at_once = "1 run" if found.threads == 1 else f"{found.threads} runs"
    served = f", queues {', '.join(found.queues)}" if found.queues else ""
    return f"{found.address}, {at_once} at once{served} (process {found.scheduler.pid})"


@main.command()
@click.option("--older-than", metavar="AGE", required=True, help="As 90d, 12h, 30m.")
@click.option("--job", help="Only runs of this job.")
@click.option("--status", multiple=True, help="Only runs in this status; may come several times.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@tells_errors
def cleanup(older_than: str, job: str | None, status: tuple[str, ...], *, dry_run: bool) -> None:
    """Remove old runs, with their logs, files and sources."""
    report = open_bench().cleanup(older_than, job=job, status=status, dry_run=dry_run)
    click.echo(str(report))


@main.command()
@tells_errors
def doctor() -> None:
    """Say what is wrong with this setup, and what to do.

    The exit code is 1 if there is a PROBLEM.
    """
    from jobnb.doctor import Level, diagnose

    is_well = True
    for finding in diagnose(open_bench()):
        click.echo(str(finding))
        is_well = is_well and finding.level is not Level.PROBLEM
    sys.exit(0 if is_well else 1)


@main.command()
@tells_errors
def upgrade() -> None:
    """Create or upgrade the tables in the database."""
    from jobnb.store.database import upgrade_database

    settings = open_bench().settings
    if settings.database_url is None:
        raise ConfigurationError(
            "The SQLite database beside the jobs folder upgrades itself. For a server say which: "
            "--database-url or JOBNB_DATABASE_URL."
        )
    click.echo(upgrade_database(settings.database_url))


for command in (compare, files, report, repository, results, sync, verify):
    main.add_command(command)
