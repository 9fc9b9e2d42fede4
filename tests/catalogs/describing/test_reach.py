"""Which files an import can depend on is told by their text."""

from __future__ import annotations

from pathlib import Path

from jobnb.catalogs.describing.reach import files_behind
from jobnb.protocol import Snapshot, SnapshotFile


def test_what_is_imported_and_what_that_imports_counts_and_nothing_else(tmp_path: Path) -> None:
    texts = {
        "a.py": "import os, b\nfrom pack.part import x as c",
        "b.py": "if True:\n    from d import *",
        "c.py": "",
        "d.py": "import a",
        "other.py": "import a",
        "pack/__init__.py": "",
        "pack/part.py": "from . import more",
        "pack/more.py": "",
        "pack/data.csv": "import other",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    files = tuple(SnapshotFile(path=path, digest=path, size=0) for path in texts)

    found = files_behind("a", Snapshot(digest="", files=files), tmp_path)

    assert {file.path for file in found} == set(texts) - {"other.py"}
