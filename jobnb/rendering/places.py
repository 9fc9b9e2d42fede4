"""Tables of the places that jobs come from."""

from __future__ import annotations

from collections.abc import Sequence

from jobnb.protocol.repositories import NO_REPOSITORIES, Repository
from jobnb.rendering.tables import html_table, message, plain_table
from jobnb.rendering.text import clip, visible


def render_repositories(repositories: Sequence[Repository]) -> dict[str, str]:
    """Git repositories as a table, and below it what is wrong with some."""
    if not repositories:
        return message(NO_REPOSITORIES)
    head = ("name", "commit", "of", "subject", "synced", "from")
    rows = [_row(item) for item in repositories]
    said = [(item.name, visible(item.failure)) for item in repositories if item.failure]
    for item in repositories:
        said += [(visible(one.file), visible(one.message)) for one in item.problems]
    page, text = [html_table(head, rows)], [plain_table(head, rows)]
    if said:
        page.append(html_table((), said))
        text += ["", *(f"  {name}: {why}" for name, why in said)]
    return {"text/html": "".join(page), "text/plain": "\n".join(text)}


def _row(item: Repository) -> tuple[str, ...]:
    committed = item.commit.committed
    return (
        item.name,
        item.commit.short,
        f"{committed.astimezone():%Y-%m-%d}" if committed else "",
        clip(item.commit.subject, 50),
        f"{item.synced.astimezone():%Y-%m-%d %H:%M}" + (" (failed since)" if item.failed else ""),
        clip(f"{item.url} ({item.ref})" if item.ref else item.url, 80),
    )
