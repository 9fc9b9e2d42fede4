from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.protocol import JobDescription, VariableDescription
from jobnb.settings import load_settings
from jobnb.terminal import PlainViewer
from jobnb.workbench import Workbench


@pytest.fixture
def make_job():
    """Makes the description of a job with these variables: name to type, or type and more."""

    def make(**variables) -> JobDescription:
        described = [
            VariableDescription(
                name=name,
                type=kind if isinstance(kind, str) else kind[0],
                label=name,
                description="",
                required=True,
                default=None,
                **({} if isinstance(kind, str) else kind[1]),
            )
            for name, kind in variables.items()
        ]
        return JobDescription(
            class_path="a.Import",
            module="a",
            class_name="Import",
            name="Import",
            grouping="",
            description="",
            file="a.py",
            variables=tuple(described),
        )

    return make


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    """A workbench with an empty history; nothing in it runs a job."""
    settings = load_settings(
        {"database_url": f"sqlite:///{tmp_path / 'history.sqlite3'}"},
        environment={},
        folder=tmp_path,
    )
    opened = Workbench(settings, PlainViewer(colour=False))
    yield opened
    opened.close()
    opened.database().close()
