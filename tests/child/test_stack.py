"""Only the author's part of a stack is shown."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import jobnb
from jobnb.child.stack import is_machinery, without_machinery

OURS = Path(jobnb.__file__).parent


@pytest.mark.parametrize(
    "filename",
    ["<frozen importlib._bootstrap>", importlib.__file__, str(OURS / "child" / "main.py")],
)
def test_the_way_to_an_import_is_machinery(filename: str) -> None:
    assert is_machinery(filename)


@pytest.mark.parametrize("filename", ["<string>", "/jobs/x.py", f"{OURS}-jobs/x.py", __file__])
def test_anything_else_is_not(filename: str) -> None:
    assert not is_machinery(filename)


def test_a_native_stack_keeps_its_other_lines() -> None:
    stack = (
        "Fatal Python error: Aborted\n"
        '  File "/jobs/x.py", line 3 in <module>\n'
        '  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed\n'
        f'  File "{OURS}/child/main.py", line 97 in <module>\n'
    )

    assert without_machinery(stack) == (
        'Fatal Python error: Aborted\n  File "/jobs/x.py", line 3 in <module>'
    )
