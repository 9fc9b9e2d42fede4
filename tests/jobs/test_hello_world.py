"""Hello World, as the page has it."""

from __future__ import annotations

import ast

from jobnb.testing import run_job
from tests.jobs.examples import JOBS_ROOT, load

hello_world = load("hello_world")


def test_it_greets_whom_it_is_told_to() -> None:
    outcome = run_job(hello_world.HelloWorldJob, who="Ada")

    assert outcome.status == "SUCCESS"
    assert "Hello, Ada!" in outcome.messages("INFO")


def test_it_greets_the_world_by_default() -> None:
    assert "Hello, world!" in run_job(hello_world.HelloWorldJob).messages("INFO")


def test_it_is_listed_among_the_examples() -> None:
    job = hello_world.HelloWorldJob

    assert (job.grouping, job.name) == ("Examples", "Hello World")


def test_only_its_import_line_says_that_this_is_not_nautobot() -> None:
    tree = ast.parse((JOBS_ROOT / "hello_world.py").read_text("utf-8"))
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, ast.ImportFrom)]

    assert imports == ["from jobnb import jobs"]
    assert ast.unparse(tree).count("jobnb") == 1
