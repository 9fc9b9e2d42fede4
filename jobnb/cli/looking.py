"""Commands that look at runs of before."""

from __future__ import annotations

import sys
from typing import Any

import click

from jobnb.cli.session import open_bench, tells_errors, tells_of_files


@click.command()
@click.argument("name", required=False)
@click.option("--job", metavar="NAME", help="The same as NAME.")
@click.option("--status", multiple=True, help="Only runs in this status; may come several times.")
@click.option("--failed", is_flag=True, help="Only runs in FAILURE or LOST.")
@click.option("--user", help="Only runs that this user has started.")
@click.option("--since", metavar="TIME", help="As 2h (ago), yesterday, 2026-11-28, '... 14:30'.")
@click.option("--until", metavar="TIME", help="The same; of a day, its end.")
@click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only runs with that input; may come several times.",
)
@click.option("--text", help="Only runs with this text in their log.")
@click.option("--run", metavar="ID", help="Only this run; with --text its lines that have it.")
@click.option("--before", metavar="ID", help="Go on after this run: the older ones.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@tells_errors
def results(name: str | None, **options: Any) -> None:
    """Show the newest runs, of the job NAME or of all jobs."""
    from jobnb.handles.searchwords import parse_inputs_wanted
    from jobnb.terminal import say

    given = {name: value for name, value in options.items() if value not in (None, ())}
    given["job"] = name or given.get("job")
    given["inputs"] = parse_inputs_wanted(given.pop("inputs", ()))
    say(repr(open_bench().results(**given)) + "\n")


@click.command()
@click.argument("a", metavar="ID")
@click.argument("b", metavar="ID")
@tells_errors
def compare(a: str, b: str) -> None:
    """Show how two runs differ, from their inputs to their values."""
    from jobnb.handles.results.comparison import Comparison
    from jobnb.terminal import say

    say(f"{Comparison.of(open_bench().result, a, b)!r}\n")


@click.command()
@click.argument("run_id", metavar="ID")
@click.argument("name", required=False)
@click.option("-o", "--output", metavar="PATH", help="Where to; - for standard output.")
@click.option("--all", "saves_all", is_flag=True, help="Save all of them, into a folder.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@tells_errors
def files(
    run_id: str, name: str | None, output: str | None, *, saves_all: bool, overwrite: bool
) -> None:
    """List the files of the run ID, or save the one called NAME.

    It is saved under its own name into this folder, unless --output says otherwise.
    """
    from jobnb.terminal import say

    found = open_bench().result(run_id).files
    if name is None and not saves_all:
        if output is not None:
            raise click.UsageError("Say which file: its NAME, or --all.")
        say(repr(found) + "\n")
        return
    wanted = found if name is None else [found[name]]
    if output == "-":
        for file in wanted:
            for piece in file.pieces():
                click.echo(piece, nl=False)
        return
    with tells_of_files():
        place = output or "."
        if name is None:
            paths = found.save(place, overwrite=overwrite)
        else:
            paths = [found[name].save(place, overwrite=overwrite)]
        say("".join(f"{path}\n" for path in paths))


@click.command()
@click.argument("run_id", metavar="ID")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    required=True,
    help="Ends in .ipynb, for a notebook, or in .html, for a page.",
)
@click.option("--no-files", is_flag=True, help="Without the files of the run beside it.")
@click.option("--overwrite", is_flag=True, help="Replace whatever is there.")
@tells_errors
def report(run_id: str, output: str, *, no_files: bool, overwrite: bool) -> None:
    """Write a report of the run ID that can be handed over."""
    from jobnb.terminal import say

    result = open_bench().result(run_id)
    with tells_of_files():
        say(f"{result.report(output, files=not no_files, overwrite=overwrite)}\n")


@click.command()
@click.argument("path")
@tells_errors
def verify(path: str) -> None:
    """Say whether the report at PATH is what the database holds.

    The exit code is 1 if not.
    """
    from jobnb.reports.contents import RunReader
    from jobnb.reports.verification import verify_report
    from jobnb.terminal import say

    found = verify_report(RunReader(open_bench().database()), path)
    say(f"{found!r}\n")
    sys.exit(0 if found else 1)
