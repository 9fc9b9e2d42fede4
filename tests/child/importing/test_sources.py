"""What names and texts of job files tell, with nothing imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.child.importing.sources import Unit, UnreadableSource, find_units, has_jobs, module_name


def write(folder: Path, *files: str) -> None:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def is_about_jobs(folder: Path, source: str | bytes) -> bool:
    path = folder / "x.py"
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    return has_jobs(path, "shown/x.py")


def test_files_and_packages_are_units_sorted_by_name(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/__init__.py", "a/deep/c.py", "data/x.csv", "README.md")

    assert find_units(tmp_path) == [
        Unit(name="a", file="a/__init__.py", files=("a/__init__.py", "a/deep/c.py")),
        Unit(name="b", file="b.py", files=("b.py",)),
    ]


@pytest.mark.parametrize(
    ("files", "obstacle"),
    [
        (["my.job.py"], "has a dot in its name"),
        (["v1.2/__init__.py"], "has a dot in its name"),
        (["__init__.py"], "the jobs folder itself is no package"),
        (["__main__.py"], "has a name that Python keeps for programs"),
        (["plain/x.py"], "lies in the folder plain/, which is no package"),
        (["x.py", "x/__init__.py"], "is hidden by the folder x/ beside it"),
    ],
)
def test_what_cannot_be_imported_says_why(files: list[str], obstacle: str, tmp_path: Path) -> None:
    write(tmp_path, *files)

    assert obstacle in "".join(unit.obstacle for unit in find_units(tmp_path))


def test_a_file_beside_a_plain_folder_of_its_name_is_importable(tmp_path: Path) -> None:
    write(tmp_path, "x.py", "x/data.csv")

    assert [unit.obstacle for unit in find_units(tmp_path)] == [""]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.py", "a"),
        ("a/__init__.py", "a"),
        ("a/b.py", "a.b"),
        ("a/b/__init__.py", "a.b"),
        ("a/b/c.py", "a.b.c"),
    ],
)
def test_a_file_has_a_dotted_name(file: str, name: str) -> None:
    assert module_name(file) == name


@pytest.mark.parametrize(
    "source",
    [
        "class X(Job): pass",
        "class X(jobs.Job): pass",
        "class X(Mixin, nautobot.apps.jobs.Job): pass",
        "register_jobs(X)",
        "jobs.register_jobs()",
        "if True:\n def f():\n  jobs.register_jobs(X)",
        "@jobs.job\ndef report(): pass",
        "@job(name='x')\ndef report(): pass",
        "@cache\n@jobnb.jobs.job()\ndef report(): pass",
        b"# coding: latin-1\n# caf\xe9\nregister_jobs(X)",
        b"\xef\xbb\xbfregister_jobs(X)",
    ],
)
def test_a_file_with_jobs_is_known_by_its_syntax(source: str | bytes, tmp_path: Path) -> None:
    assert is_about_jobs(tmp_path, source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# Job",
        "'register_jobs(X)'",
        "from jobnb.jobs import Job, register_jobs",
        "class Job: pass",
        "@job.other\ndef report(): pass",
        "@jobs.jobs\ndef report(): pass",
        "job = 'x@job.com'",
        "class X(Base[Job]): pass",
        "class X(make()): pass",
        "register_jobs",
        "def broken(:",
    ],
)
def test_any_other_file_is_not(source: str, tmp_path: Path) -> None:
    assert not is_about_jobs(tmp_path, source)


def test_a_syntax_error_has_the_authors_path(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError) as caught:
        is_about_jobs(tmp_path, "x = 1\nclass X(Job:\n")

    assert (caught.value.filename, caught.value.lineno) == ("shown/x.py", 2)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"x = 1\0", "contains NUL bytes"),
        ("x = 1".encode("utf-16"), "contains NUL bytes"),
        (b"# caf\xe9", "line 1: byte 0xe9 is no utf-8"),
        (b"\n\n\n# caf\xe9", "line 4: byte 0xe9 is no utf-8"),
        (b"# coding: ascii\n\n# caf\xe9", "line 3: byte 0xe9 is no ascii"),
        (b"# coding: klingon\n", "unknown encoding: klingon"),
    ],
)
def test_what_is_no_text_is_refused_with_the_place(
    source: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableSource, match=message):
        is_about_jobs(tmp_path, source)
