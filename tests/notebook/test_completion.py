from __future__ import annotations

import pytest
from IPython.core.completer import CompletionContext

from jobnb.errors import StoreError
from jobnb.notebook.completion import match_jobs
from jobnb.workbench import current


def complete(line: str) -> list[str]:
    """The line as it is after each completion; IPython replaces the token, no more."""
    token = line
    for delimiter in " \t\n`!@#$^&*()=+[{]}\\|;:'\",<>?":
        token = token.rpartition(delimiter)[2]
    context = CompletionContext(
        token=token,
        full_text=line,
        cursor_position=len(line),
        cursor_line=0,
        limit=None,
    )
    found = match_jobs(context)["completions"]
    return [line.removesuffix(token) + completion.text for completion in found]


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("jobnb.run('He", ["jobnb.run('Hello Moon", "jobnb.run('Hello World"]),
        ("x = jobnb.submit('Hello W", ["x = jobnb.submit('Hello World"]),
        ("jobnb.get_job('hello w", ["jobnb.get_job('hello World"]),
        ("jobnb.catalog()['Sync (", ["jobnb.catalog()['Sync (full)"]),
        ("jobnb.run('Sync (fu", ["jobnb.run('Sync (full)"]),
        ("jobnb.run('Sync:", ["jobnb.run('Sync: all"]),
        ("jobnb.form('Hello W", ["jobnb.form('Hello World"]),
        ("jobnb.form('Hello World', whe", ["jobnb.form('Hello World', when="]),
        ("%job form 'Hello W", ["%job form 'Hello World"]),
        ("%job run 'Hello W", ["%job run 'Hello World"]),
        ("%job show 'Hello W", ["%job show 'Hello World"]),
        ("%job enable 'Hello W", ["%job enable 'Hello World"]),
        ("jobnb.run('Hello World', whe", ["jobnb.run('Hello World', when="]),
        ("jobnb.run('Hello Moon', whe", []),
        ("jobnb.run('Hello World', who='x', whe", ["jobnb.run('Hello World', who='x', when="]),
        ("%job run 'Hello World' who", ["%job run 'Hello World' who="]),
    ],
)
def test_names_and_inputs_are_completed_in_their_place(bench, line, completed):
    assert complete(line) == completed


@pytest.mark.parametrize(
    "line", ["subprocess.run('l", "asyncio.run(ma", "print('He", "%jobs run 'He", "jobnb.run("]
)
def test_other_code_does_not_even_ask_for_the_catalog(bench, line):
    assert complete(line) == []
    assert bench.asked == 0


def test_completion_never_raises(monkeypatch):
    def refuse(make_viewer):
        raise StoreError("The database is away.")

    monkeypatch.setattr(current, "workbench", refuse)

    assert complete("jobnb.run('He") == []
