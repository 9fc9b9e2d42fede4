"""After an edit one job is described before the others, as far as that is right."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from jobnb.catalogs.describing.ahead import Ahead
from jobnb.catalogs.discovery import JobsCatalog
from jobnb.protocol import Origin, SourceKind
from tests.processes import eventually

pytestmark = pytest.mark.cluster

VALUE = """
    import time
    from jobnb import jobs
    {first}

    class {name}(jobs.Job):
        n = jobs.IntegerVar(default={default})
        {more}

        def run(self, n):
            return n

    jobs.register_jobs({name})
"""


@pytest.fixture
def put(write):
    def put_file(name: str, default: int = 1, first: str = "", more: str = "", file: str = ""):
        text = VALUE.replace("{first}", first).replace("{default}", str(default))
        return write(file or f"{name.lower()}.py", text.replace("{more}", more), name=name)

    return put_file


@pytest.fixture
def rest(monkeypatch) -> threading.Event:
    """Nothing but the wanted job is described by itself until it is set."""
    gate = threading.Event()
    original = Ahead._rest

    def wait_and_go_on(self) -> None:
        gate.wait()
        original(self)

    monkeypatch.setattr(Ahead, "_rest", wait_and_go_on)
    monkeypatch.setattr("jobnb.catalogs.describing.ahead.PAUSE", 0.0)
    yield gate
    gate.set()


def default_of(catalog, name: str) -> int:
    return catalog[name].variable("n").default


def test_the_job_that_is_wanted_waits_for_no_other_file(jobs_catalog: JobsCatalog, put, rest):
    put("One")
    put("Other", first="open('/dev/null')")
    one = jobs_catalog.current()["One"]
    put("One", 2)
    put("Other", first="time.sleep(60)")

    soon = jobs_catalog.current(one)

    assert (list(soon), soon.is_whole) == (["One"], False)
    assert default_of(soon, "One") == 2
    assert jobs_catalog.clean(soon["One"], {}).inputs == {"n": 2}
    assert soon.snapshot_of(soon["One"]).digest


def test_an_edit_costs_one_import_however_many_files_there_are(
    jobs_catalog: JobsCatalog, put, write, rest, tmp_path
):
    imports = tmp_path / "imports"
    note = f"open({str(imports)!r}, 'a').write(__name__ + ' ')"
    for name in ("One", "Two", "Three"):
        put(name, first=note)
    one = jobs_catalog.current()["One"]
    imports.unlink()
    put("One", 2, first=note)
    jobs_catalog.current(one)

    assert imports.read_text().split() == ["one"]


def test_the_others_follow_by_themselves(jobs_catalog: JobsCatalog, put, rest, starts):
    put("One")
    put("Two")
    one = jobs_catalog.current()["One"]
    put("One", 2)
    put("Two", 3)
    jobs_catalog.current(one)
    rest.set()
    eventually(lambda: jobs_catalog._sources["folder"]._described.known() is not None)
    count = len(starts)
    catalog = jobs_catalog.current(one)

    assert catalog.is_whole
    assert (default_of(catalog, "One"), default_of(catalog, "Two")) == (2, 3)
    assert jobs_catalog.clean(catalog["Two"], {}).inputs == {"n": 3}
    assert len(starts) == count


def test_a_second_job_and_a_second_edit_are_described_ahead_too(
    jobs_catalog: JobsCatalog, put, rest
):
    put("One")
    put("Two")
    first = jobs_catalog.current()
    put("One", 2)
    one = jobs_catalog.current(first["One"])["One"]
    two = jobs_catalog.current(first["Two"])["Two"]
    cleaned = [jobs_catalog.clean(job, {}).inputs["n"] for job in (one, two)]
    put("Two", 5)
    again = jobs_catalog.current(first["Two"])

    assert cleaned == [2, 1]
    assert (default_of(again, "Two"), again.is_whole) == (5, False)


@pytest.mark.parametrize(
    "edit",
    [
        lambda put, write: put("One", more="class Meta:\n            name = 'Uno'"),
        lambda put, write: write("one.py", "from jobnb import jobs"),
        lambda put, write: write("one.py", "from jobnb import jobs\nclass One(jobs.Job:"),
        lambda put, write: write("one.py", "import os\nos._exit(3)"),
        lambda put, write: write("two.py", "import one\nfrom jobnb import jobs", name="Two"),
    ],
    ids=["renamed", "emptied", "broken", "deadly", "other emptied"],
)
def test_what_one_file_cannot_tell_is_asked_of_all(jobs_catalog: JobsCatalog, put, write, edit):
    put("One")
    put("Two")
    wanted = jobs_catalog.current()["One"]
    edit(put, write)
    soon, whole = jobs_catalog.current(wanted), jobs_catalog.current()

    assert soon.get("One") == whole.get("One")
    assert soon.is_whole or "One" in soon


def test_a_job_that_another_file_registers_is_found_by_a_look_at_all(
    jobs_catalog: JobsCatalog, write, put
):
    put("Two")
    write("one.py", "from jobnb import jobs\nclass One(jobs.Job):\n    def run(self): return 1\n")
    write("zero.py", "import one\nfrom jobnb import jobs\njobs.register_jobs(one.One)")
    wanted = jobs_catalog.current()["One"]
    write("one.py", "from jobnb import jobs\nclass One(jobs.Job):\n    def run(self): return 2\n")

    soon = jobs_catalog.current(wanted)

    assert soon.is_whole
    assert soon["One"].class_path == "one.One"


def test_closing_does_not_wait_for_an_import_of_the_rest(
    jobs_catalog: JobsCatalog, put, rest, tmp_path
):
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    put("One")
    put("Two")
    one = jobs_catalog.current()["One"]
    slow = f"open({str(begun)!r}, 'w').close(); time.sleep(0.9); open({str(ended)!r}, 'w').close()"
    put("Two", first=slow)
    jobs_catalog.current(one)
    rest.set()
    eventually(begun.exists)
    jobs_catalog.close()

    assert not ended.exists()


def test_a_job_from_elsewhere_waits_for_no_file_of_the_folder(
    jobs_catalog: JobsCatalog, put, starts
):
    put("One")
    elsewhere = replace(jobs_catalog.current()["One"], origin=Origin(kind=SourceKind.CELL))
    unchanged = jobs_catalog.current(elsewhere)
    put("One", first="time.sleep(60)")
    count = len(starts)
    soon = jobs_catalog.current(elsewhere)

    assert unchanged.is_whole
    assert not soon.is_whole
    assert len(starts) == count
