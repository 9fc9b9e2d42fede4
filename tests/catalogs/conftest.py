"""A jobs folder to write into, and a catalog of it with real children."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobnb.catalogs.discovery import FolderSource, JobsCatalog
from jobnb.settings import Settings, child_environment
from tests.processes import SECONDS

Write = Callable[..., Path]

hasty = pytest.mark.parametrize("time_limit", [2.0], ids=["hasty"])
"""For tests that sit out how long an import, or an answer, may take."""

GOOD = """
    from jobnb import jobs

    class {name}(jobs.Job):
        who = jobs.StringVar()

        def run(self, who):
            return who

    jobs.register_jobs({name})
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """JOBS_ROOT, empty."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> Write:
    """Writes a file below JOBS_ROOT; by default one with a good job of the given name."""

    def write_file(file: str, text: str | bytes = GOOD, name: str = "Good") -> Path:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, str):
            text = textwrap.dedent(text).replace("{name}", name).encode()
        path.write_bytes(text)
        return path

    return write_file


@pytest.fixture
def starts() -> list[dict[str, str]]:
    """The environment of each child that was started."""
    return []


@pytest.fixture
def time_limit() -> float:
    """Seconds that an import, or an answer, may take."""
    return SECONDS


@pytest.fixture
def folder_source(
    root: Path, tmp_path: Path, starts: list[dict[str, str]], time_limit: float
) -> FolderSource:
    """JOBS_ROOT."""

    def environment() -> dict[str, str]:
        starts.append(child_environment())
        return starts[-1]

    settings = Settings(
        jobs_root=root,
        cache_dir=tmp_path / "cache",
        describe_time_limit=time_limit,
        answer_time_limit=time_limit,
    )
    return FolderSource(settings, environment)


@pytest.fixture
def jobs_catalog(root: Path, folder_source: FolderSource) -> Iterator[JobsCatalog]:
    """The catalog of JOBS_ROOT."""
    catalog = JobsCatalog(root, [folder_source])
    yield catalog
    catalog.close()
