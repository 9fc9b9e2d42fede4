"""The commands about the places that jobs come from."""

from __future__ import annotations

import sys

import click

from jobnb.cli.session import open_bench, tells_errors


@click.command()
@click.argument("name", required=False)
@tells_errors
def sync(name: str | None) -> None:
    """Pin the git repository NAME, or all, to what they have now.

    One that cannot be had keeps its commit, and the exit code is 1.
    """
    report = open_bench().syncing.sync(name)
    click.echo(repr(report))
    sys.exit(1 if report.failed else 0)


@click.group()
def repository() -> None:
    """Git repositories with jobs.

    Everybody who uses the database has the same.
    """


@repository.command("add")
@click.argument("url")
@click.option("--ref", help="Branch, tag or commit.  [default: what the other side says]")
@click.option("--name", help="The package that its files are in.  [default: last part of URL]")
@click.option("--token", metavar="REFERENCE", help="Where a token is: env:NAME or file:PATH.")
@tells_errors
def add(url: str, ref: str | None, name: str | None, token: str | None) -> None:
    """Add the repository at URL, pinned to the commit that it has now."""
    click.echo(str(open_bench().syncing.add(url, ref, name, token)))


@repository.command("list")
@tells_errors
def show() -> None:
    """Show them with their commits."""
    from jobnb.handles.places import RepositoryList

    click.echo(repr(RepositoryList(open_bench().syncing.repositories())))


@repository.command("remove")
@click.argument("name")
@tells_errors
def remove(name: str) -> None:
    """Forget the repository NAME.

    The runs of its jobs keep their source.
    """
    open_bench().syncing.remove(name)
