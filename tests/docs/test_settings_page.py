"""docs/settings.md is checked against the settings themselves."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from jobnb.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def rows():
    for item in fields(Settings):
        if item.name == "sources":
            continue
        yield f"| `{item.name}` | `JOBNB_{item.name.upper()}` | {item.metadata['doc']} |"


def test_every_setting_is_on_the_page_with_what_it_means():
    lines = PAGE.read_text("utf-8").splitlines()

    assert [line for line in lines if line.startswith("| `")] == list(rows())
