"""An IPython shell in this process, and a catalog that needs no child."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jobnb.catalogs.registry import Catalog
from jobnb.catalogs.source import Found
from jobnb.protocol import JobDescription, Origin, Snapshot, VariableDescription
from jobnb.workbench import current


def job(name: str, *inputs: str) -> JobDescription:
    class_name = "".join(filter(str.isalnum, name))
    return JobDescription(
        class_path=f"hello.{class_name}",
        module="hello",
        class_name=class_name,
        name=name,
        grouping="Examples",
        description="",
        file="hello.py",
        variables=tuple(
            VariableDescription(
                name=text, type="StringVar", label="", description="", required=False, default=""
            )
            for text in inputs
        ),
    )


FOUND = Found(
    origin=Origin(),
    snapshot=Snapshot(digest="0", files=()),
    jobs=(
        job("Hello World", "who", "when"),
        job("Hello Moon"),
        job("Sync (full)"),
        job("Sync: all"),
    ),
)
CATALOG = Catalog(Path("jobs"), [FOUND])


class Opened:
    """A workbench that has nothing but a catalog, and counts who asks for it."""

    def __init__(self) -> None:
        self.asked = 0

    def catalog(self) -> Catalog:
        self.asked += 1
        return CATALOG


@pytest.fixture
def bench(monkeypatch) -> Opened:
    opened = Opened()
    monkeypatch.setattr(current, "workbench", lambda make_viewer: opened)
    return opened


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = InteractiveShell()
    yield made
    made.history_manager.end_session()
    made.restore_sys_module_state()
