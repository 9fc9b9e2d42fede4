"""Objects as inputs, asked about in a real child."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.errors import ChildError, InvalidInput
from jobnb.protocol import JobDescription
from tests.catalogs.conftest import Write

pytestmark = pytest.mark.cluster

MODELS = """
    from __future__ import annotations
    import time
    from sqlalchemy import create_engine, event, ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker
    from jobnb import jobs

    engine = create_engine("sqlite:///{database}")
    session_factory = sessionmaker(engine)

    class Base(DeclarativeBase):
        pass

    class Site(Base):
        __tablename__ = "site"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    class Visit(jobs.Job):
        site = jobs.ObjectVar(Site)
        more = jobs.MultiObjectVar(Site, required=False, query_params={"id": "$site"})

        def run(self, site, more):
            pass

        @classmethod
        def clean(cls, inputs):
            if inputs["site"] in inputs["more"]:
                raise jobs.ValidationError({"more": f"{inputs['site'].name} is the site itself."})
            return inputs

    class Wait(jobs.Job):
        site = jobs.ObjectVar(Site)

        def run(self, site):
            pass

    @event.listens_for(engine, "before_cursor_execute")
    def hang(connection, cursor, statement, parameters, context, executemany):
        if "hang" in str(parameters):
            time.sleep(60)

    jobs.register_jobs(Visit, Wait)
"""

PLAIN = """
    import sys
    from jobnb import jobs

    class Plain(jobs.Job):
        loaded = jobs.StringVar(default=str("sqlalchemy" in sys.modules))

        def run(self, loaded):
            pass

    jobs.register_jobs(Plain)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A database with 10,000 sites."""
    path = tmp_path / "sites.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE site (id INTEGER PRIMARY KEY, name TEXT)")
        rows = ((number, f"Site {number:05}") for number in range(1, 10_001))
        connection.executemany("INSERT INTO site VALUES (?, ?)", rows)
        connection.commit()
    return path


@pytest.fixture
def job(jobs_catalog: JobsCatalog, write: Write, database: Path) -> JobDescription:
    """The description of the job that visits a site."""
    write("visits.py", MODELS.replace("{database}", str(database)))
    return jobs_catalog.current()["Visit"]


def execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, timeout=0)) as connection:
        connection.execute(statement)
        connection.commit()


def test_the_description_names_no_object(job: JobDescription) -> None:
    more = job.variable("more")

    assert more is not None
    assert (more.type, more.depends, more.options) == ("MultiObjectVar", ("site",), {})


def test_ten_thousand_objects_are_searched(jobs_catalog: JobsCatalog, job: JobDescription) -> None:
    first = jobs_catalog.search(job, "site", "site 0999", page=0)
    second = jobs_catalog.search(job, "site", "", page=499)

    assert first.items[0] == [9990, "Site 09990"]
    assert (len(first.items), first.has_more) == (10, False)
    assert (len(second.items), second.has_more) == (20, False)


def test_the_other_fields_decide(jobs_catalog: JobsCatalog, job: JobDescription) -> None:
    found = jobs_catalog.search(job, "more", "", inputs={"site": "7"})

    assert found.items == [[7, "Site 00007"]]


def test_inputs_are_cleaned_to_keys(jobs_catalog: JobsCatalog, job: JobDescription) -> None:
    given: dict[str, Any] = {"site": {"name": "Site 00012"}, "more": ["3", 2]}

    assert jobs_catalog.clean(job, given).inputs == {"site": 12, "more": [3, 2]}


def test_the_job_checks_live_objects_across_inputs(
    jobs_catalog: JobsCatalog, job: JobDescription
) -> None:
    with pytest.raises(InvalidInput, match="more: Site 00012 is the site itself"):
        jobs_catalog.clean(job, {"site": 12, "more": [3, 12]})


def test_an_object_of_the_caller_is_as_good_as_its_key(
    jobs_catalog: JobsCatalog, job: JobDescription, database: Path
) -> None:
    class Base(DeclarativeBase):
        pass

    class Site(Base):
        __tablename__ = "site"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    engine = create_engine(f"sqlite:///{database}")
    with Session(engine) as session:
        site = session.get(Site, 5)
    engine.dispose()

    assert jobs_catalog.clean(job, {"site": site}).inputs["site"] == 5


def test_nothing_stale_is_kept_between_questions(
    jobs_catalog: JobsCatalog, job: JobDescription, database: Path
) -> None:
    before = jobs_catalog.look(job, {"site": 5}, ["site"])
    execute(database, "UPDATE site SET name = 'Renamed' WHERE id = 5")
    after = jobs_catalog.look(job, {"site": 5}, ["site"])
    execute(database, "DELETE FROM site WHERE id = 5")
    gone = jobs_catalog.look(job, {"site": 5}, ["site"])

    assert (before.labels, before.problems) == ({"site": [[5, "Site 00005"]]}, {})
    assert after.labels == {"site": [[5, "Renamed"]]}
    assert gone.problems == {"site": ["Site with key 5 does not exist (any more)."]}


def test_no_lock_is_held_between_questions(
    jobs_catalog: JobsCatalog, job: JobDescription, database: Path
) -> None:
    jobs_catalog.clean(job, {"site": 5})
    execute(database, "DROP TABLE site")

    with pytest.raises(InvalidInput, match=r"site: Its objects cannot be had.*no such table: site"):
        jobs_catalog.clean(job, {"site": 5})


@pytest.mark.parametrize("time_limit", [8.0])  # which SQLAlchemy is loaded in as well
def test_a_database_that_does_not_answer_ends_the_question(
    jobs_catalog: JobsCatalog, job: JobDescription
) -> None:
    with pytest.raises(ChildError, match=r"Visit.*did not come to an end within 8 s"):
        jobs_catalog.search(job, "site", "hang")

    assert jobs_catalog.search(job, "site", "00001").items == [[1, "Site 00001"]]


def test_a_job_without_objects_loads_no_sqlalchemy(jobs_catalog: JobsCatalog, write: Write) -> None:
    write("plain.py", PLAIN)
    plain = jobs_catalog.current()["Plain"]

    assert jobs_catalog.clean(plain, {}).inputs == {"loaded": "False"}


def test_a_model_without_a_session_factory_is_a_problem_of_its_file(
    jobs_catalog: JobsCatalog, write: Write
) -> None:
    write("visits.py", MODELS.replace("session_factory = sessionmaker(engine)", ""))
    [problem] = jobs_catalog.current().problems

    assert problem.file == "visits.py"
    assert "module 'visits' names no session_factory" in problem.message
