"""The catalog finds a job by any of its names, and only if there is no doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from jobnb.catalogs.registry import Catalog
from jobnb.catalogs.source import Found
from jobnb.errors import JobNotFound
from jobnb.protocol import FileProblem, JobDescription, Origin, Snapshot, SourceKind

ROOT = Path("/somewhere/jobs")
SNAPSHOT = Snapshot(digest="0" * 64, files=(), root=str(ROOT))


def catalog_of(*jobs: JobDescription, problems: Sequence[FileProblem] = ()) -> Catalog:
    found = Found(origin=Origin(), snapshot=SNAPSHOT, jobs=jobs, problems=tuple(problems))
    return Catalog(ROOT, [found])


def job(class_path: str, name: str, grouping: str = "Group") -> JobDescription:
    module, _, class_name = class_path.rpartition(".")
    return JobDescription(
        class_path=class_path,
        module=module,
        class_name=class_name,
        name=name,
        grouping=grouping,
        description="",
        file=f"{module}.py",
    )


HELLO = job("hello.HelloWorld", "Hello World")
AUDIT = job("audit.Audit", "Audit Devices")
OTHER_AUDIT = job("other.Audit", "Audit Sites")


@pytest.mark.parametrize(
    "name",
    [
        "Hello World",
        "hello world",
        "hello.HelloWorld",
        "hello.helloworld",
        "HelloWorld",
        "HELLOWORLD",
    ],
)
def test_a_job_is_found_by_any_of_its_names(name: str) -> None:
    assert catalog_of(HELLO, AUDIT)[name] == HELLO


def test_an_exact_name_goes_before_a_class_name_of_another_job() -> None:
    named_like_it = job("x.Y", "HelloWorld")

    assert catalog_of(HELLO, named_like_it)["HelloWorld"] == named_like_it


def test_the_exact_capitals_go_before_others() -> None:
    shouting = job("x.Y", "HELLO WORLD")

    assert catalog_of(HELLO, shouting)["HELLO WORLD"] == shouting


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(JobNotFound, match="Did you mean 'Hello World'"):
        catalog_of(HELLO, AUDIT)["Helo World"]


def test_a_class_name_that_two_jobs_have_is_refused_with_both() -> None:
    with pytest.raises(JobNotFound) as caught:
        catalog_of(HELLO, AUDIT, OTHER_AUDIT)["Audit"]

    assert caught.value.known == ["Audit Devices", "Audit Sites"]


def test_a_name_that_two_jobs_share_is_that_of_a_third_in_a_more_lenient_way() -> None:
    third = job("x.Y", "AUDIT")

    assert catalog_of(AUDIT, OTHER_AUDIT, third)["Audit"] == third


def test_the_strictest_way_says_who_shares_a_name() -> None:
    jobs = job("a.Check", "One"), job("b.Check", "Two"), job("c.CHECK", "Three")
    with pytest.raises(JobNotFound) as exact:
        catalog_of(*jobs)["Check"]
    with pytest.raises(JobNotFound) as lenient:
        catalog_of(*jobs)["check"]

    assert set(exact.value.known) == {"One", "Two"}
    assert set(lenient.value.known) == {"One", "Two", "Three"}


def test_it_is_a_mapping_sorted_by_grouping_and_name() -> None:
    last = job("a.Z", "a", grouping="Z")

    catalog = catalog_of(last, OTHER_AUDIT, HELLO, AUDIT)

    assert list(catalog) == ["Audit Devices", "Audit Sites", "Hello World", "a"]
    assert list(catalog.values()) == [AUDIT, OTHER_AUDIT, HELLO, last]
    assert len(catalog) == 4


def test_in_and_get_take_the_same_names() -> None:
    catalog = catalog_of(HELLO)

    assert "helloworld" in catalog
    assert "nobody" not in catalog
    assert 5 not in catalog
    assert catalog.get("helloworld") == HELLO
    assert catalog.get("nobody") is None


def test_a_display_name_that_several_jobs_have_is_numbered_and_named() -> None:
    jobs = [job(f"{letter}.X", "Same") for letter in "cab"] + [job("d.X", "Same (2)")]

    catalog = catalog_of(*jobs)

    assert {name: job.class_path for name, job in catalog.items()} == {
        "Same": "a.X",
        "Same (2)": "d.X",
        "Same (3)": "b.X",
        "Same (4)": "c.X",
    }
    assert [problem.file for problem in catalog.problems] == ["b.py", "c.py"]
    assert catalog.problems[0].message == (
        "job class X has the display name 'Same', which a.X has too; it is listed as 'Same (3)'. "
        "Give it another Meta.name"
    )


def test_problems_are_sorted_by_file() -> None:
    problems = [FileProblem(file=file, message="broken") for file in ("b.py", "a.py")]

    assert [problem.file for problem in catalog_of(problems=problems).problems] == [
        "a.py",
        "b.py",
    ]


def test_it_knows_where_it_is_from() -> None:
    catalog = catalog_of(HELLO)

    assert catalog.root == Path("/somewhere/jobs")
    assert catalog.snapshot_of(HELLO) is SNAPSHOT


def test_each_job_knows_the_snapshot_of_its_own_source() -> None:
    pinned = Origin(kind=SourceKind.GIT, name="tools", version="c" * 40)
    from_git = replace(job("tools.jobs.Sync", "Sync"), origin=pinned)
    other = Snapshot(digest="1" * 64, files=())

    catalog = Catalog(
        ROOT,
        [
            Found(origin=Origin(), snapshot=SNAPSHOT, jobs=(HELLO,)),
            Found(origin=pinned, snapshot=other, jobs=(from_git,)),
        ],
    )

    assert catalog.snapshot_of(catalog["Hello World"]) is SNAPSHOT
    assert catalog.snapshot_of(catalog["Sync"]) is other


def test_of_two_jobs_with_one_class_path_the_first_counts_and_the_other_is_named() -> None:
    pinned = Origin(kind=SourceKind.APP, name="acme", version="2.0")
    twin = replace(HELLO, origin=pinned, name="Twin")

    catalog = Catalog(
        ROOT,
        [
            Found(origin=Origin(), snapshot=SNAPSHOT, jobs=(HELLO,)),
            Found(origin=pinned, snapshot=SNAPSHOT, jobs=(twin,)),
        ],
    )

    assert list(catalog) == ["Hello World"]
    assert catalog.problems[0].message == (
        "job class hello.HelloWorld (acme 2.0) is left out, as there is one of the same path "
        "already (jobs folder: hello.py); rename one of them"
    )


def test_its_text_names_every_job_and_every_problem() -> None:
    text = repr(catalog_of(HELLO, problems=[FileProblem(file="a.py", message="broken")]))

    assert text.startswith("Catalog of /somewhere/jobs: 1 jobs, 1 problems")
    assert HELLO.name in text
    assert "a.py: broken" in text
