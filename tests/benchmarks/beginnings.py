"""From nothing: programs in a fresh interpreter, to the end of the first run each."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import jobnb
from tests.benchmarks.contestants import BARE, make_project
from tests.benchmarks.databases import SQLITE

_DASK = """
from distributed import Client, LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, \\
            Client(cluster) as client:
        {}
        print("done", flush=True)
"""
_FLOOR = """from tests.benchmarks.floors import Floor
        assert Floor(client, {way!r}, "floor.sqlite3").run() == 1"""

THEIRS = {
    BARE: _DASK.format("assert client.submit(int, 1).result() == 1"),
    f"floor: exec, {SQLITE}": _DASK.format(_FLOOR.format(way="exec")),
    f"floor: fork, {SQLITE}": _DASK.format(_FLOOR.format(way="fork")),
}
PROGRAMS = {
    **THEIRS,
    f"embedded, {SQLITE}": """
import jobnb
assert jobnb.run("Hello").value == 1
print("done", flush=True)
""",
}


def seconds_from_nothing(program: str) -> float:
    """Seconds from the start of Python to the end of the first run, in a folder of its own."""
    return _seconds([sys.executable, "main.py"], program)[0]


def seconds_to_prompt(program: str) -> float:
    """The same to the end of the process; ours is the command ``jobnb run`` then."""
    command = [sys.executable, "main.py"]
    if program not in THEIRS:
        command = [sys.executable, "-m", "jobnb.cli", "run", "Hello"]
    return _seconds(command, program)[1]


def _seconds(command: list[str], program: str) -> tuple[float, float]:
    """Until it says that the first run has ended, and until it ends itself."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make_project(root)
        (root / "jobs" / "heavy.py").unlink()
        (root / "main.py").write_text(PROGRAMS[program])
        _compile()
        ended = begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=root,
            env=_environment(root),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in process.stdout:
            if line.startswith("done"):
                ended = time.perf_counter()
        assert process.wait() == 0
        return ended - begin, time.perf_counter() - begin


def listing(root: Path) -> Callable[[], object]:
    """What shows the runs of a folder by a command of its own; there are some."""
    make_project(root)
    (root / "jobs" / "heavy.py").unlink()
    command = partial(
        subprocess.run, cwd=root, env=_environment(root), stdout=subprocess.DEVNULL, check=True
    )
    _compile()
    program = [sys.executable, "-m", "jobnb.cli"]
    for _ in range(3):
        command([*program, "run", "Hello"])
    return partial(command, [*program, "results"])


@cache
def _compile() -> None:
    """As pip does it for everything that it installs, and had done for Dask."""
    for folder in (Path(jobnb.__file__).parent, Path(__file__).parent):
        compileall.compile_dir(folder, quiet=1)


def _environment(root: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "JOBNB_STATE_DIR": f"{root}/state",
        "JOBNB_CACHE_DIR": f"{root}/cache",
        "JOBNB_WORKERS": "2",
    }
