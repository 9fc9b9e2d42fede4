"""Real clusters, real children, real databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click.testing
import pytest

from jobnb.cli import main
from jobnb.errors import JobnbError
from jobnb.handles import JobResult
from jobnb.notebook.form import JobForm
from jobnb.settings import load_settings
from jobnb.store.database import open_database
from jobnb.store.results import Results
from jobnb.workbench import Workbench, current
from tests.processes import SECONDS, eventually, kill_tree


class RecordingViewer:
    """A viewer that keeps what it is shown."""

    newest = None

    def __init__(self) -> None:
        self.entries: list = []
        self.is_closed = False

    def open(self, result: JobResult, *, cancels: bool) -> RecordingViewer:
        self.entries, self.is_closed = [], False
        return self

    def show(self, result: JobResult) -> None:
        pass

    def browse(self, result: JobResult) -> None:
        """Shows nothing."""

    def settle(self, result: JobResult) -> None:
        """Nothing to do."""

    def rest(self) -> None:
        """Nothing to do."""

    def form(self, job, inputs) -> JobForm:
        return JobForm(job, inputs, lambda _result, _slot: None)

    def update(self, update) -> None:
        self.entries += update.entries

    def close(self, record) -> None:
        self.is_closed = True

    def detach(self) -> None:
        pass


@dataclass
class Project:
    """A folder with jobs, and a database."""

    root: Path
    database_url: str
    settings: dict = field(default_factory=dict)
    programs: list[subprocess.Popen] = field(default_factory=list)

    def write(self, name: str, text: str) -> Path:
        path = self.root / "jobs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    @contextmanager
    def open(self, **settings) -> Iterator[Workbench]:
        arguments = {
            "database_url": self.database_url,
            "enable_new_jobs": True,
            "workers": 2,
            **self.settings,
            **settings,
        }
        loaded = load_settings(arguments, folder=self.root)
        bench = Workbench(loaded, RecordingViewer())
        try:
            yield bench
        finally:
            bench.close()

    def environment(self, **more: str) -> dict[str, str]:
        """For a process of its own that works on this project."""
        return {
            **os.environ,
            "JOBNB_DATABASE_URL": self.database_url,
            "JOBNB_ENABLE_NEW_JOBS": "yes",
            "JOBNB_JOBS_ROOT": str(self.root / "jobs"),
            **more,
        }

    def python(self, code: str, **more: str) -> subprocess.Popen:
        """Starts a program that imports jobnb, in a session of its own."""
        program = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=self.root,
            env=self.environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.programs.append(program)
        return program

    def tell(self) -> None:
        """Prints what a test that failed has left behind: its runs, and what its clusters said."""
        for log in sorted(self.root.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
        try:
            with closing(open_database(self.database_url)) as database:
                results = Results(database)
                for run in results.find(limit=10):
                    print(f"--- {run.job_name} {run.run_id}", run.status, run.reason, run.detail)
                    for attempt in results.attempts.of(run.run_id):
                        print(attempt)
                    for entry in results.entries.tail(run.run_id, 20):
                        print(entry.number, entry.kind, entry.source, entry.message[:500])
        except JobnbError as error:
            print(f"--- {error}")

    def close(self) -> None:
        """Ends what a test that failed has left behind."""
        for program in self.programs:
            kill_tree(program)
            for stream in (program.stdin, program.stdout):
                with suppress(BrokenPipeError):
                    stream.close()

    def command(self, *words: str) -> click.testing.Result:
        """Runs the command in this process, which takes a tenth of the time of a program."""
        environment = {
            name: value for name, value in self.environment().items() if name.startswith("JOBNB_")
        }
        with chdir(self.root):
            try:
                return click.testing.CliRunner().invoke(main, words, env=environment)
            finally:
                current.close()

    def jobnb(self, *arguments: str, timeout: float = SECONDS, **more: str):
        """Runs the command line as a program of its own and gives what it said."""
        return subprocess.run(
            [sys.executable, "-m", "jobnb.cli", *arguments],
            cwd=self.root,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@pytest.fixture
def postgres_database_url(new_postgres_database_url: str) -> str:
    """Of this test's own: what has outlived another test must not write into it."""
    return new_postgres_database_url


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[[str], Project]]:
    """Makes a project with that database."""
    made: list[Project] = []

    def make(database_url: str) -> Project:
        root = tmp_path / f"project{len(made) or ''}"
        (root / "jobs").mkdir(parents=True)
        made.append(Project(root, database_url))
        return made[-1]

    yield make
    for project in made:
        project.close()


@pytest.fixture
def project(
    make_project: Callable[[str], Project], database_url: str, request: pytest.FixtureRequest
) -> Iterator[Project]:
    made = make_project(database_url)
    before = request.session.testsfailed
    yield made
    if request.session.testsfailed > before:
        made.tell()


@pytest.fixture(scope="module")
def shared_project(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A project of all tests of a module that only add runs to it."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "project" / "jobs").mkdir(parents=True)
    places = {"state_dir": str(folder / "state"), "cache_dir": str(folder / "cache")}
    made = Project(folder / "project", shared_database_url, places)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_bench(shared_project: Project) -> Iterator[Workbench]:
    """Its workbench with the default cluster."""
    with shared_project.open() as opened:
        yield opened


@pytest.fixture(scope="module", params=[4, 0], ids=["forked", "cold"])
def each_shared_bench(shared_project: Project, request) -> Iterator[Workbench]:
    """The same, once with templates to fork runs from, and once without."""
    with shared_project.open(templates=request.param) as opened:
        yield opened


@pytest.fixture(autouse=True)
def tell_of_shared(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a failed test has left in a shared project is told."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before and "shared_project" in request.fixturenames:
        request.getfixturevalue("shared_project").tell()


@pytest.fixture
def bench(project: Project) -> Iterator[Workbench]:
    """A workbench with the default cluster; its jobs folder is read at each use."""
    with project.open() as opened:
        yield opened


@pytest.fixture(params=[4, 0], ids=["forked", "cold"])
def each_bench(project: Project, request) -> Iterator[Workbench]:
    """The same, once with templates to fork runs from, and once without."""
    with project.open(templates=request.param) as opened:
        yield opened


class Cluster:
    """A scheduler and a worker, started by Dask's own commands."""

    def __init__(self, project: Project, port: str = "0", **environment: str) -> None:
        self._project = project
        self.processes: list[subprocess.Popen] = []
        scheduler_file = project.root / "scheduler.json"
        self._start(
            "scheduler",
            "--port",
            port,
            "--host",
            "127.0.0.1",
            "--no-dashboard",
            "--scheduler-file",
            str(scheduler_file),
            **environment,
        )
        eventually(lambda: scheduler_file.exists() and scheduler_file.stat().st_size)
        self.address = json.loads(scheduler_file.read_text())["address"]

    def add_worker(
        self, *arguments: str, prefix: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen:
        """A ``dask worker`` without nanny, so that its process is the worker.

        Args:
            *arguments: More of them.
            prefix: A program that is given its command.
            **environment: More of that.
        """
        return self._start(
            "worker",
            self.address,
            "--no-nanny",
            "--no-dashboard",
            "--nthreads",
            "2",
            *arguments,
            prefix=prefix,
            **environment,
        )

    def _start(
        self, command: str, *arguments: str, prefix: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen:
        number = len(list(self._project.root.glob("*.log")))
        log = (self._project.root / f"{command}-{number}.log").open("wb")
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "dask", command, *arguments],
            cwd=self._project.root,
            env=self._project.environment(**environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            kill_tree(process)


@pytest.fixture
def cluster(project: Project) -> Iterator[Cluster]:
    started = Cluster(project)
    try:
        yield started
    finally:
        started.close()
