"""Cells get a new number whenever they run, and are compared all the same."""

from __future__ import annotations

import hashlib

from jobnb.engine.submitting.content import Source
from jobnb.handles.results.source import _difference
from jobnb.protocol import Snapshot, SnapshotFile


def kept(**cells: str) -> Source:
    contents = {f"Cell In[{number[1:]}]": text.encode() for number, text in cells.items()}
    files = tuple(
        SnapshotFile(path=path, digest=hashlib.sha256(text).hexdigest(), size=len(text))
        for path, text in contents.items()
    )
    return Source(Snapshot(digest="", files=files), lambda file: contents[file.path])


def test_a_cell_that_ran_again_is_compared_with_itself():
    before = kept(_1="import math", _2="def half(x):\n    return x / 2\n")
    after = kept(_7="import math", _8="def half(x):\n    return x // 2\n")
    found = _difference("then", before, "now", after)

    assert found.files == ("Cell In[2]",)
    assert found.lines[:2] == ("--- then/Cell In[2]", "+++ now/Cell In[8]")
    assert [line for line in found.lines if line.startswith(("-  ", "+  "))] == [
        "-    return x / 2",
        "+    return x // 2",
    ]


def test_cells_that_have_nothing_in_common_are_two():
    found = _difference("then", kept(_1="import math"), "now", kept(_2="x = 1"))

    assert found.files == ("Cell In[1]", "Cell In[2]")
