"""Objects as inputs of real runs: alive until the last hook, and nothing of it is committed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jobnb.errors import InvalidInput
from jobnb.protocol import Status

pytestmark = pytest.mark.cluster

JOBS = """
    from sqlalchemy import ForeignKey, create_engine, delete
    from sqlalchemy.orm import (
        DeclarativeBase, Mapped, mapped_column, object_session, relationship, sessionmaker
    )
    from jobnb import jobs

    session_factory = sessionmaker(create_engine("sqlite:///{database}"))

    class Base(DeclarativeBase):
        pass

    class Site(Base):
        __tablename__ = "site"
        name: Mapped[str] = mapped_column(primary_key=True)
        devices: Mapped[list["Device"]] = relationship(back_populates="site")

    class Device(Base):
        __tablename__ = "device"
        site_name: Mapped[str] = mapped_column(ForeignKey("site.name"), primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)
        note: Mapped[str]
        site: Mapped[Site] = relationship(back_populates="devices")

    class Visit(jobs.Job):
        site = jobs.ObjectVar(Site, required=False)
        devices = jobs.MultiObjectVar(Device, required=False)

        def run(self, site, devices):
            self.site = site
            for device in devices:
                device.note = "changed"
            if devices:
                object_session(site).flush()
            return [device.site is site for device in devices]

        def after_return(self, status, retval, task_id, args, kwargs, einfo):
            count = len(self.site.devices) if self.site else None
            self.logger.info("%s: %s", kwargs, count)

    class Commit(Visit):
        def run(self, site, devices):
            super().run(site, devices)
            object_session(site).commit()

    class Vanish(Visit):
        def before_start(self, task_id, args, kwargs):
            self.site = None
            with session_factory.begin() as session:
                session.execute(delete(Site).where(Site.name == kwargs["site"]))

    jobs.register_jobs(Visit, Commit, Vanish)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "devices.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE site (name TEXT PRIMARY KEY);"
            "CREATE TABLE device (site_name TEXT, number INTEGER, note TEXT,"
            " PRIMARY KEY (site_name, number));"
            "INSERT INTO site VALUES ('fra'), ('muc');"
            "INSERT INTO device VALUES ('fra', 1, ''), ('fra', 2, ''), ('muc', 1, '');"
        )
    return path


@pytest.fixture
def bench(project, database: Path):
    project.write("visits.py", JOBS.replace("{database}", str(database)))
    with project.open() as opened:
        yield opened


def notes(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [note for (note,) in connection.execute("SELECT note FROM device ORDER BY 1")]


def test_a_run_gets_live_objects_and_keeps_their_keys(bench, database: Path) -> None:
    result = bench.get_job("Visit").run(site="fra", devices=[["fra", "2"], ["muc", 1]])

    assert result.value == [True, False]
    assert result.inputs == {"site": "fra", "devices": [["fra", 2], ["muc", 1]]}
    assert any(line.message.endswith(": 2") for line in result.log)
    assert notes(database) == ["", "", ""]


def test_what_the_job_itself_commits_stays(bench, database: Path) -> None:
    bench.get_job("Commit").run(site="fra", devices=[["fra", 1]])

    assert notes(database) == ["", "", "changed"]


def test_an_object_that_vanishes_before_the_run_begins_is_named(bench) -> None:
    result = bench.get_job("Vanish").options(check=False).run(site="muc")

    assert result.status is Status.FAILURE
    assert "site: Site with key 'muc' does not exist (any more)." in result.detail


def test_an_object_that_vanishes_while_its_form_is_open_is_named(bench, database: Path) -> None:
    form = bench.get_job("Visit").form(site="muc", devices=[["fra", 1]])
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM site WHERE name = 'muc'")
    with pytest.raises(InvalidInput, match=r"site: .*'muc'"):
        form.run()

    assert form.errors == {"site": ["Site with key 'muc' does not exist (any more)."]}
    assert form.values == {"site": "muc", "devices": [["fra", 1]]}
    assert len(bench.results()) == 0
