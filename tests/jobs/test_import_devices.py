"""Import Devices: its rules, what it says of a bad file, and what it leaves in a real database."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from jobnb.errors import InvalidInput
from jobnb.testing import JobRun, try_job
from tests.jobs.examples import load

import_devices = load("import_devices")

HEADER = "hostname,site,role,address,status"
GOOD = "fra01-sw-001,fra01,switch,10.0.0.1,active"
OTHER = "fra01-sw-002,fra01,switch,10.0.0.2,active"
ROW = {
    "hostname": "fra01-sw-001",
    "site": "fra01",
    "role": "switch",
    "address": "10.0.0.1",
    "status": "active",
}
GOOD_IN_SAMPLE, BAD_IN_SAMPLE, SITES_IN_SAMPLE = 2960, 40, 22


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "devices.sqlite3"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes an inventory; gives its path as an input."""

    def write(*lines: str, encoding: str = "utf-8") -> str:
        path = tmp_path / "inventory.csv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding)
        return str(path)

    return write


@pytest.fixture
def perform(database: Path) -> Callable[..., JobRun]:
    """Runs the job on a database of this test's own."""

    def perform(inventory: str = "", **inputs: Any) -> JobRun:
        url = f"sqlite:///{database}"
        job_class = import_devices.ImportDevices
        return try_job(job_class, **{"inventory": inventory, "database": url, **inputs})

    return perform


def query(database: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(statement).fetchall()


def counts(**changes: int) -> dict[str, int]:
    return {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0, **changes}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"hostname": "a"},
        {"hostname": "a" * 63},
        {"address": "2001:db8::1"},
        {"role": "access-point"},
        {"status": "planned"},
    ],
)
def test_a_good_row_has_no_fault(change: dict[str, str]) -> None:
    assert import_devices.fault_in(ROW | change) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"hostname": "FRA01-SW-001"}, "hostname is no DNS label"),
        ({"hostname": "fra01_sw"}, "hostname is no DNS label"),
        ({"hostname": "-fra01"}, "hostname is no DNS label"),
        ({"hostname": "a" * 64}, "hostname is no DNS label"),
        ({"site": "frankfurt"}, "site is no site code such as fra01"),
        ({"role": "toaster"}, "role is no known role"),
        ({"address": "10.0.0.256"}, "address is no IP address"),
        ({"address": "10.0.0.1/24"}, "address is no IP address"),
        ({"status": "Active"}, "status is no known status"),
        ({"status": ""}, "status is missing"),
        ({import_devices.SPARE: "more"}, "more cells than columns"),
    ],
)
def test_a_bad_row_is_refused_for_its_first_fault(change: dict[str, str], fault: str) -> None:
    assert import_devices.fault_in(ROW | change) == fault


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"address": "10.0.0.2"}, "hostname is in an earlier row"),
        ({"hostname": "fra01-sw-002"}, "address is in an earlier row"),
    ],
)
def test_of_two_rows_that_collide_the_first_counts(change: dict[str, str], reason: str) -> None:
    rows = [(2, dict(ROW)), (3, ROW | change)]
    accepted, rejected = import_devices.sort_out(rows)

    assert accepted == [ROW]
    assert [(item.line, item.reason) for item in rejected] == [(3, reason)]


def test_two_spellings_of_one_ipv6_address_collide() -> None:
    first = ROW | {"address": "2001:DB8:0::1"}
    second = ROW | {"address": "2001:db8::1", "hostname": "fra01-sw-002"}
    accepted, rejected = import_devices.sort_out([(2, first), (3, second)])

    assert [row["address"] for row in accepted] == ["2001:db8::1"]
    assert [item.line for item in rejected] == [3]


def test_a_rejected_row_takes_no_name_away_from_a_good_one() -> None:
    bad = ROW | {"status": "gone"}
    accepted, _ = import_devices.sort_out([(2, bad), (3, dict(ROW))])

    assert accepted == [ROW]


def test_the_sample_arrives_whole_in_the_tables(
    perform: Callable[..., JobRun], database: Path
) -> None:
    outcome = perform()

    assert outcome.status == "SUCCESS"
    assert outcome.value == counts(created=GOOD_IN_SAMPLE, rejected=BAD_IN_SAMPLE)
    assert query(database, "SELECT count(*) FROM inventory_device") == [(GOOD_IN_SAMPLE,)]
    assert query(database, "SELECT count(*) FROM inventory_site") == [(SITES_IN_SAMPLE,)]


def test_the_tables_say_what_the_rows_say(
    perform: Callable[..., JobRun], database: Path, write: Callable[..., str]
) -> None:
    perform(write(f"note,{HEADER}", f"mind the gap, {GOOD} "))

    assert query(database, "SELECT * FROM inventory_device") == [tuple(ROW.values())]
    assert query(database, "SELECT * FROM inventory_site") == [("fra01",)]


def test_a_second_import_changes_nothing_and_says_so(
    perform: Callable[..., JobRun], database: Path
) -> None:
    perform()
    before = query(database, "SELECT * FROM inventory_device ORDER BY hostname")
    outcome = perform()

    assert outcome.value == counts(unchanged=GOOD_IN_SAMPLE, rejected=BAD_IN_SAMPLE)
    assert "Nothing to do: the database says so already" in outcome.messages("SUCCESS")
    assert query(database, "SELECT * FROM inventory_device ORDER BY hostname") == before


def test_only_what_differs_is_updated(
    perform: Callable[..., JobRun], database: Path, write: Callable[..., str]
) -> None:
    perform(write(HEADER, GOOD, OTHER))
    outcome = perform(write(HEADER, GOOD, OTHER.replace("active", "offline")))

    assert outcome.value == counts(updated=1, unchanged=1)
    assert query(database, "SELECT status FROM inventory_device ORDER BY hostname") == [
        ("active",),
        ("offline",),
    ]


@pytest.mark.cluster
def test_postgresql_is_told_the_same(empty_postgres_url: str) -> None:
    url = make_url(empty_postgres_url).set(drivername="postgresql+psycopg")
    engine = import_devices.open_engine(url.render_as_string(hide_password=False))
    rows, _ = import_devices.sort_out(import_devices.read_rows(import_devices.SAMPLE))
    import_devices.Base.metadata.create_all(engine)
    with Session(engine) as session:
        outcomes = [import_devices.store(session, rows) for _ in range(2)]

    assert outcomes == [{"created": GOOD_IN_SAMPLE}, {"unchanged": GOOD_IN_SAMPLE}]


def test_a_dry_run_without_tables_does_not_even_make_the_file(
    perform: Callable[..., JobRun], database: Path
) -> None:
    outcome = perform(dry_run=True)

    assert outcome.value == counts(created=GOOD_IN_SAMPLE, rejected=BAD_IN_SAMPLE)
    assert not database.exists()


def test_a_dry_run_counts_like_a_real_one_and_leaves_nothing(
    perform: Callable[..., JobRun], database: Path, write: Callable[..., str]
) -> None:
    perform(write(HEADER, GOOD))
    outcome = perform(write(HEADER, GOOD.replace("active", "failed"), OTHER), dry_run=True)

    assert outcome.value == counts(created=1, updated=1)
    assert query(database, "SELECT * FROM inventory_device") == [tuple(ROW.values())]


def test_every_rejected_row_is_in_the_file_with_its_line_and_the_reason(
    perform: Callable[..., JobRun], write: Callable[..., str]
) -> None:
    bad = OTHER.replace("10.0.0.2", "dhcp")
    outcome = perform(write(HEADER, GOOD, f"{bad},see ticket", bad))
    rejected = list(csv.DictReader(io.StringIO(outcome.files["rejected.csv"].decode())))

    assert [(row["line"], row["reason"], row["spare cells"]) for row in rejected] == [
        ("3", "more cells than columns", "see ticket"),
        ("4", "address is no IP address", ""),
    ]
    assert rejected[1]["hostname"] == "fra01-sw-002"


def test_the_file_of_rejected_rows_can_be_corrected_and_imported(
    perform: Callable[..., JobRun], write: Callable[..., str]
) -> None:
    first = perform(write(HEADER, GOOD, OTHER.replace("active", "Active")))
    corrected = first.files["rejected.csv"].decode().replace("Active", "active")
    second = perform(write(*corrected.splitlines()))

    assert second.value == counts(created=1)


def test_each_kind_of_fault_is_one_line_of_the_log(perform: Callable[..., JobRun]) -> None:
    outcome = perform()
    warnings = outcome.messages("WARNING")

    assert len(warnings) == 11
    assert sum(int(line.split()[0]) for line in warnings) == BAD_IN_SAMPLE
    assert "3 rejected: address is missing (line 1084, 1857, 2759)" in warnings


def test_the_log_tells_of_batches_not_of_rows(perform: Callable[..., JobRun]) -> None:
    outcome = perform()

    assert "500 of 2960 rows: 500 created" in outcome.messages("INFO")
    assert "2960 of 2960 rows: 2960 created" in outcome.messages("INFO")
    assert len(outcome.log) < 30


def test_without_bad_rows_there_is_no_file_of_them(
    perform: Callable[..., JobRun], write: Callable[..., str]
) -> None:
    outcome = perform(write(HEADER, GOOD))

    assert outcome.files == {}
    assert outcome.messages("WARNING") == []


def test_too_many_bad_rows_fail_the_run_and_nothing_is_imported(
    perform: Callable[..., JobRun], database: Path
) -> None:
    outcome = perform(max_rejected=BAD_IN_SAMPLE - 1)

    assert (outcome.status, outcome.reason) == ("FAILURE", "fail_called")
    assert outcome.detail == "Nothing was imported: 40 bad rows, 39 allowed"
    assert "rejected.csv" in outcome.files
    assert not database.exists()


def test_as_many_bad_rows_as_allowed_are_no_failure(perform: Callable[..., JobRun]) -> None:
    assert perform(max_rejected=BAD_IN_SAMPLE).status == "SUCCESS"


@pytest.mark.parametrize(
    ("lines", "encoding", "complaint"),
    [
        ([], "utf-8", "inventory.csv is empty"),
        (["", ""], "utf-8", "inventory.csv is empty"),
        (["hostname;site", "a;b"], "utf-8", "has no column hostname, site, role, address, status"),
        (["hostname,role,address", "a"], "utf-8", "no column site, status; its columns are: host"),
        ([HEADER, "küche,,,,"], "latin-1", "line 2: not UTF-8; save the file as 'CSV UTF-8'"),
        ([HEADER, f'"{GOOD}', OTHER], "utf-8", "after line 1: unexpected end of data"),
    ],
)
def test_a_bad_file_is_refused_with_what_was_found(
    perform: Callable[..., JobRun],
    write: Callable[..., str],
    lines: list[str],
    encoding: str,
    complaint: str,
) -> None:
    outcome = perform(write(*lines, encoding=encoding))

    assert outcome.end.exc_type == "ValueError"
    assert complaint in outcome.detail


def test_a_byte_order_mark_is_no_part_of_the_first_column(
    perform: Callable[..., JobRun], write: Callable[..., str]
) -> None:
    assert perform(write(HEADER, GOOD, encoding="utf-8-sig")).value == counts(created=1)


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_path_without_a_file_names_the_machine(
    perform: Callable[..., JobRun], tmp_path: Path, name: str
) -> None:
    outcome = perform(str(tmp_path / name))

    assert outcome.end.exc_type == "FileNotFoundError"
    assert f"on {import_devices.platform.node()}, where the job runs" in outcome.detail


@pytest.mark.parametrize("inputs", [{"inventory": "a.csv"}, {"database": "sqlite:///a.sqlite3"}])
def test_a_path_that_is_not_full_is_refused(
    perform: Callable[..., JobRun], inputs: dict[str, str]
) -> None:
    assert "is no full path; begin it with / or ~" in perform(**inputs).detail


def test_the_home_folder_may_be_written_short(
    perform: Callable[..., JobRun],
    write: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(HEADER, GOOD)
    outcome = perform("~/inventory.csv", database="sqlite:///~/there.sqlite3")

    assert outcome.value == counts(created=1)
    assert (tmp_path / "there.sqlite3").exists()


@pytest.mark.parametrize(
    "url", ["postgresql://ada:secret@db/devices", "mysql+pymysql://:secret@db/x", "/tmp/a.sqlite3"]
)
def test_a_url_with_a_password_or_without_a_database_is_no_input(
    perform: Callable[..., JobRun], url: str
) -> None:
    with pytest.raises(InvalidInput, match="database"):
        perform(database=url)


@pytest.mark.parametrize("url", ["postgresql+psycopg://ada@db:5432/devices", "sqlite:////a@b:c"])
def test_a_url_without_a_password_is_an_input(url: str) -> None:
    variable = import_devices.ImportDevices.database

    assert variable.clean(url) == url
