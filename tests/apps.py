"""A tiny distribution with jobs, installed into a folder as pip would leave it."""

from __future__ import annotations

import textwrap
from pathlib import Path

JOBS = """
    from jobnb import jobs

    class Audit(jobs.Job):
        def run(self):
            return {version!r}

    jobs.register_jobs(Audit)
"""


def install(site: Path, name: str, version: str, text: str = JOBS) -> Path:
    """Installs it, and gives its package."""
    package = site / name.replace("-", "_")
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "jobs.py").write_text(textwrap.dedent(text).format(version=version))
    info = site / f"{package.name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[jobnb.jobs]\njobs = {package.name}.jobs\n")
    return package
