"""The catalog of a folder: live after every edit, and no job code in this process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobnb.catalogs.discovery import FolderSource, JobsCatalog
from jobnb.errors import InvalidInput, SnapshotError
from jobnb.protocol import JobDescription, SnapshotFile
from jobnb.settings import Settings, child_environment
from tests.catalogs.conftest import hasty
from tests.processes import SECONDS

pytestmark = pytest.mark.cluster


def names(catalog: JobsCatalog) -> list[str]:
    return list(catalog.current())


def only_file(catalog: JobsCatalog) -> tuple[JobDescription, SnapshotFile]:
    """The one job there is, and the one file of its snapshot."""
    current = catalog.current()
    (job,) = current.values()
    (file,) = current.snapshot_of(job).files
    return job, file


def test_a_job_file_gives_its_job(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")

    job = jobs_catalog.current()["Good"]

    assert (job.class_path, job.file) == ("good.Good", "good.py")
    assert [variable.name for variable in job.variables] == ["who"]


def test_no_folder_means_no_jobs(tmp_path: Path) -> None:
    settings = Settings(jobs_root=tmp_path / "nowhere", cache_dir=tmp_path / "cache")
    jobs_catalog = JobsCatalog(settings.jobs_root, [FolderSource(settings, child_environment)])

    catalog = jobs_catalog.current()
    jobs_catalog.close()

    assert (len(catalog), catalog.problems) == (0, ())


def test_job_code_runs_in_another_process(jobs_catalog: JobsCatalog, write, tmp_path: Path) -> None:
    write("spy.py", f"import os\nopen({str(tmp_path / 'pid')!r}, 'a').write(f'{{os.getpid()}} ')")
    write("good.py", "import spy\nfrom jobnb import jobs\njobs.register_jobs()")

    jobs_catalog.current()

    (pid,) = (tmp_path / "pid").read_text().split()
    assert int(pid) != os.getpid()
    assert not {"spy", "good"} & sys.modules.keys()


def test_a_thousand_files_are_described_by_one_child_and_unchanged_ones_by_none(
    jobs_catalog: JobsCatalog, write, starts
) -> None:
    for number in range(300):
        write(f"job{number}.py", name=f"Job{number}")
    for number in range(700):
        write(f"lib/part{number}.py", "X = 1")
    first = jobs_catalog.current()

    second = jobs_catalog.current()

    assert second is first
    assert len(first) == 300
    assert len(starts) == 1


def test_an_edit_is_seen_at_once(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")
    before = names(jobs_catalog)
    write("good.py", name="Better")

    assert (before, names(jobs_catalog)) == (["Good"], ["Better"])


def test_an_edit_of_the_same_size_is_seen_at_once(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")
    before = names(jobs_catalog)
    write("good.py", name="Food")

    assert (before, names(jobs_catalog)) == (["Good"], ["Food"])


def test_a_renamed_and_a_deleted_file_are_seen_at_once(
    jobs_catalog: JobsCatalog, write, root: Path
) -> None:
    write("a.py", name="A")
    path = write("b.py", name="B")
    before = [job.class_path for job in jobs_catalog.current().values()]
    (root / "a.py").rename(root / "c.py")
    path.unlink()

    after = [job.class_path for job in jobs_catalog.current().values()]

    assert (before, after) == (["a.A", "b.B"], ["c.A"])


def test_an_edit_of_a_helper_is_seen_by_the_job_that_imports_it(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("helper.py", "NAME = 'Before'")
    write(
        "good.py",
        """
        from helper import NAME
        from jobnb import jobs

        class Good(jobs.Job):
            class Meta:
                name = NAME
            def run(self):
                pass

        jobs.register_jobs(Good)
        """,
    )
    before = names(jobs_catalog)
    write("helper.py", "NAME = 'After'")

    assert (before, names(jobs_catalog)) == (["Before"], ["After"])


def test_a_mended_file_is_a_problem_no_more(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py", "from jobnb import jobs\nclass Good(jobs.Job:")
    before = jobs_catalog.current().problems
    write("good.py")

    catalog = jobs_catalog.current()

    assert [problem.file for problem in before] == ["good.py"]
    assert (list(catalog), catalog.problems) == (["Good"], ())


def test_a_new_package_in_the_environment_is_seen(
    jobs_catalog: JobsCatalog, write, starts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    monkeypatch.setattr("jobnb.catalogs.growing.soils._package_folders", lambda: [installed])
    write("good.py")
    jobs_catalog.current()
    (installed / "new_package").mkdir()

    jobs_catalog.current()

    assert len(starts) == 2


def test_inputs_are_cleaned_by_the_job(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")
    job = jobs_catalog.current()["Good"]

    assert jobs_catalog.clean(job, {"who": " you "}).inputs == {"who": "you"}
    with pytest.raises(InvalidInput, match="This field is required"):
        jobs_catalog.clean(job, {})


def test_the_content_of_every_earlier_snapshot_can_be_read(
    jobs_catalog: JobsCatalog, write
) -> None:
    first = write("good.py").read_bytes()
    job, old = only_file(jobs_catalog)
    second = write("good.py", name="Better").read_bytes()
    _, new = only_file(jobs_catalog)

    assert jobs_catalog.read_file(job, old) == first
    assert jobs_catalog.read_file(job, new) == second


def test_a_cleared_cache_does_no_harm_while_the_files_are_the_same(
    jobs_catalog: JobsCatalog, write, tmp_path: Path
) -> None:
    path = write("good.py")
    job, file = only_file(jobs_catalog)
    shutil.rmtree(tmp_path / "cache")

    assert jobs_catalog.read_file(job, file) == path.read_bytes()


def test_a_content_that_is_gone_everywhere_is_named(
    jobs_catalog: JobsCatalog, write, tmp_path: Path
) -> None:
    write("good.py")
    job, file = only_file(jobs_catalog)
    shutil.rmtree(tmp_path / "cache")
    write("good.py", name="Better")

    with pytest.raises(SnapshotError, match=r"good\.py was removed .* Ask for the job again"):
        jobs_catalog.read_file(job, file)


def test_a_file_that_is_edited_before_it_is_unpacked_is_looked_at_again(
    jobs_catalog: JobsCatalog, folder_source, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobnb.catalogs.files.folder.FRESH", -(10**18))
    write("other.py", name="Other")
    jobs_catalog.current()
    write("good.py")
    original = folder_source.folder.read
    edits = [lambda: write("good.py", name="Edited")]

    def edit_and_read(file):
        while edits:
            edits.pop()()
        return original(file)

    monkeypatch.setattr(folder_source.folder, "read", edit_and_read)

    assert names(jobs_catalog) == ["Edited", "Other"]


def test_a_folder_that_never_rests_is_refused(
    jobs_catalog: JobsCatalog, folder_source, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobnb.catalogs.files.folder.FRESH", -(10**18))
    write("good.py")
    folder_source.folder.survey()
    monkeypatch.setattr(Path, "read_bytes", lambda _path: b"always something else")

    with pytest.raises(SnapshotError, match="change all the time"):
        jobs_catalog.current()


def test_a_closed_catalog_opens_again(jobs_catalog: JobsCatalog, write, starts) -> None:
    write("good.py")
    jobs_catalog.current()
    jobs_catalog.close()

    assert names(jobs_catalog) == ["Good"]
    assert len(starts) == 2


def test_a_display_name_that_two_files_use_is_numbered_and_can_be_run(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("a.py")
    write("b.py")
    catalog = jobs_catalog.current()

    cleaned = jobs_catalog.clean(catalog["Good (2)"], {"who": "you"})

    assert catalog["Good (2)"].class_path == "b.Good"
    assert [problem.file for problem in catalog.problems] == ["b.py"]
    assert cleaned.inputs == {"who": "you"}


@hasty
def test_a_file_that_hangs_costs_its_time_once_while_others_are_edited(
    jobs_catalog: JobsCatalog, write, starts
) -> None:
    write("good.py")
    write("hangs.py", "import time\nfrom jobnb import jobs\ntime.sleep(60)\njobs.register_jobs()")
    (first,) = jobs_catalog.current().problems
    write("good.py", name="Better")
    before = len(starts)
    (second,) = jobs_catalog.current().problems

    assert (before, len(starts)) == (2, 3)
    assert second.message.startswith(first.message)
    assert "tried again once it, or what it imports, is edited" in second.message
    assert names(jobs_catalog) == ["Better"]


@hasty
def test_a_file_that_hung_is_tried_again_once_what_it_imports_is_edited(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("slow.py", "import deeper")
    write("deeper.py", "import time\ntime.sleep(60)")
    write("good.py", "from slow import *\nfrom jobnb import jobs\njobs.register_jobs()")
    before = [problem.file for problem in jobs_catalog.current().problems]
    write("deeper.py", "")

    assert (before, jobs_catalog.current().problems) == (["good.py"], ())


def test_a_file_that_takes_too_much_memory_is_ended_and_named(
    root: Path, tmp_path: Path, write
) -> None:
    write("good.py")
    write(
        "greedy.py",
        "import time\nfrom jobnb import jobs\nx = b'.' * 300_000_000\n"
        "time.sleep(60)\njobs.register_jobs()",
    )
    settings = Settings(
        jobs_root=root, cache_dir=tmp_path / "cache", describe_memory_limit=200 * 1024**2
    )
    catalog = JobsCatalog(root, [FolderSource(settings, child_environment)])
    current = catalog.current()
    catalog.close()

    (problem,) = current.problems
    assert problem.file == "greedy.py"
    assert problem.message == "took more than 200 MiB of memory when it was imported"
    assert list(current) == ["Good"]


def test_two_processes_look_at_one_folder_at_once(root: Path, tmp_path: Path, write) -> None:
    for number in range(20):
        write(f"job{number}.py", name=f"Job{number}")
    code = f"""if True:
        from pathlib import Path
        from jobnb.catalogs.discovery import FolderSource, JobsCatalog
        from jobnb.settings import Settings, child_environment
        root, cache = Path({str(root)!r}), Path({str(tmp_path / "cache")!r})
        settings = Settings(jobs_root=root, cache_dir=cache)
        catalog = JobsCatalog(settings.jobs_root, [FolderSource(settings, child_environment)])
        print(len(catalog.current()), catalog.current().problems)
        catalog.close()
    """
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    assert [process.communicate(timeout=SECONDS)[0] for process in both] == ["20 ()\n"] * 2
