"""Files that are given to runs: from the caller, through the store, to the job and away again."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from pathlib import Path

import psutil
import pytest
from sqlalchemy import delete

from jobnb.errors import InvalidInput
from jobnb.handles.giving.uploads import UploadWriter
from jobnb.store.tables.models import blob_piece

pytestmark = pytest.mark.cluster

JOBS = """
import hashlib, os
from jobnb import jobs

class Import(jobs.Job):
    upload = jobs.FileVar(accept=[".csv"])
    second = jobs.FileVar(required=False)
    stop = jobs.BooleanVar()

    def before_start(self, task_id, args, kwargs):
        self.logger.info("%s", sorted(kwargs["upload"]), extra={"grouping": "hook"})

    def run(self, *, upload, second, stop):
        if stop:
            raise ValueError(upload.path)
        content = upload.read()
        self.create_file("copy.csv", content)
        return {
            "name": upload.name,
            "size": upload.size,
            "digest": upload.digest,
            "content": content.decode("latin-1"),
            "second": second and second.read().decode(),
            "here": os.listdir(),
            "path": str(upload.path),
        }

class Count(jobs.Job):
    upload = jobs.FileVar()

    def run(self, *, upload):
        digest = hashlib.sha256()
        while piece := upload.read(1024 * 1024):
            digest.update(piece)
        return digest.hexdigest()

jobs.register_jobs(Import, Count)
"""


@pytest.fixture
def job(project, bench):
    project.write("files.py", JOBS)
    return bench.get_job("Import")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "devices.csv"
    path.write_bytes(b"name,site\nr1,ams\n\xff")
    return path


def test_a_job_gets_its_file_open_with_name_and_content(job, path):
    result = job.run(upload=path, second=b"more")
    value = result.value

    assert (value["name"], value["content"]) == ("devices.csv", path.read_bytes().decode("latin-1"))
    assert value["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (value["size"], value["second"], value["here"]) == (path.stat().st_size, "more", [])
    assert result.inputs["upload"] == {
        name: value[key] for name, key in (("file", "name"), ("digest", "digest"), ("size", "size"))
    }


def test_hooks_get_what_stands_for_the_file(job, path):
    [entry] = [item for item in job.run(upload=path).log if item.grouping == "hook"]

    assert entry.message == "['digest', 'file', 'size']"


@pytest.mark.parametrize("stop", [False, True])
def test_after_the_run_the_file_is_gone_from_the_worker(job, path, stop):
    result = job.options(check=False).run(upload=path, stop=stop)
    place = Path(result.record.exc_message if stop else result.value["path"])

    assert place.name == "devices.csv"
    assert place.is_relative_to(tempfile.gettempdir())
    assert not place.parents[2].exists()


def test_a_run_can_be_repeated_without_the_file(job, path):
    first = job.run(upload=path)
    path.unlink()
    second = first.rerun().wait()

    assert second.id != first.id
    assert {**second.value, "path": ""} == {**first.value, "path": ""}


def test_the_form_of_a_past_run_has_its_file(job, path):
    first = job.run(upload=path)
    path.unlink()
    form = first.form()
    assert form.values["upload"]["file"] == "devices.csv"
    second = form.run().wait()

    assert {**second.value, "path": ""} == {**first.value, "path": ""}


def test_a_file_that_a_run_made_can_be_given_to_another(job, path):
    [made] = job.run(upload=path).files

    assert job.run(upload=made).value["name"] == "copy.csv"


def test_a_file_that_came_piece_by_piece_can_be_given(job):
    writer = job.upload("upload", "browser.csv")
    writer.write(b"a,")
    writer.write(b"b\n")
    with writer.finish() as upload:
        assert job.run(upload=upload).value["content"] == "a,b\n"


def test_a_refused_file_leaves_no_run_and_no_content(job, path, bench):
    with pytest.raises(InvalidInput) as caught:
        job.run(upload=path.rename(path.with_suffix(".txt")), second=Path("/no/such"))

    assert list(caught.value.problems) == ["upload", "second"]
    assert len(bench.results()) == 0
    with bench.database().read() as connection:
        assert connection.execute(blob_piece.select().limit(1)).first() is None


def test_a_run_whose_file_the_store_has_lost_cannot_be_repeated(job, path, bench):
    result = job.run(upload=path)
    with bench.database().write() as connection:
        connection.execute(
            delete(blob_piece).where(blob_piece.c.blob == result.inputs["upload"]["digest"])
        )

    with pytest.raises(InvalidInput, match="is not in the database any more"):
        result.rerun()


def test_a_path_as_text_is_refused_in_python_and_taken_on_the_command_line(job, path, project):
    with pytest.raises(InvalidInput, match=r'Give a file: pathlib.Path\("devices.csv"\)'):
        job.run(upload=str(path))
    done = project.command("run", "Import", f"upload={path}")

    assert (done.exit_code, done.stderr) == (0, "")


def test_however_large_a_file_is_the_memory_of_kernel_and_worker_stays_flat(project, cluster):
    project.write("files.py", JOBS)
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address) as bench:
        bench.get_job("Count").run(upload=b"warm up")
        with Peak(os.getpid()) as kernel, Peak(worker.pid) as other:
            writer = UploadWriter("large", 64 * 2**20)
            for number in range(64):
                writer.write(bytes([number]) * 2**20)
            with writer.finish() as upload:
                result = bench.get_job("Count").run(upload=upload)

    assert result.value == upload.digest
    assert max(kernel.growth, other.growth) < 32 * 2**20


class Peak:
    """How much the memory of a process grows within the block."""

    def __init__(self, pid):
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.growth = 0

    def _watch(self):
        while not self._over.wait(0.02):
            self.growth = max(self.growth, self._process.memory_info().rss - self._before)

    def __enter__(self):
        self._before = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        self._thread.join()
