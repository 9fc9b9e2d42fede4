"""What stands in the README and in docs/ is true: it is run, or compared with the live objects."""

from __future__ import annotations

import re
import tomllib
from inspect import isfunction
from pathlib import Path

import pytest

import jobnb
from jobnb.cli import main as cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(
        rf"^```{language}[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_block_compiles(page):
    for block in blocks(page, "python"):
        source = re.sub(r"^%.*$", "", block, flags=re.MULTILINE)

        assert compile(source, page.name, "exec")


def test_every_public_function_is_in_the_readme():
    text = PAGES[0].read_text("utf-8")
    functions = [name for name in jobnb.__all__ if isfunction(getattr(jobnb, name))]

    assert [name for name in functions if f"jobnb.{name}(" not in text] == []


def test_every_command_is_in_the_readme_and_the_other_way_round():
    said = set(re.findall(r"`jobnb ([a-z]+)", PAGES[0].read_text("utf-8")))

    assert set(cli.commands) <= said
    assert said <= set(cli.commands)


@pytest.mark.parametrize("name", [name for name in jobnb.__all__ if name not in ("errors", "jobs")])
def test_every_public_name_has_a_docstring(name):
    assert (getattr(jobnb, name).__doc__ or "").strip().endswith((".", ":", "``"))


def test_every_page_is_found_from_the_readme():
    text = PAGES[0].read_text("utf-8")

    assert [page.name for page in PAGES[1:] if f"](docs/{page.name})" not in text] == []


def test_the_floors_are_those_that_are_checked():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = " | ".join(contracts["contracts"][0]["layers"]).split(" | ")
    page = (ROOT / "docs" / "development.md").read_text("utf-8").split("## The trip")[0]

    assert sorted(re.findall(r"\[(\w+)\]\(\.\./jobnb/", page)) == sorted(layers)
