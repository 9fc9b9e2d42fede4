"""Commands that look at runs of before."""

from __future__ import annotations

from typing import Any

import click

from jobnb.cli.session import open_bench, tells_errors


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
