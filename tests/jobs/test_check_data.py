"""Check Data, on real CSV."""

from __future__ import annotations

from typing import Any

import pytest

from jobnb.testing import JobRun, assert_logged, try_job
from tests.jobs.examples import JOBS_ROOT, load

load("listing")
check_data = load("check_data")

DATA = "name,port,seen\nr1,12,2026-01-31\nr2,7,2026-02-01\nr1,,soon\n"


def check(data: str, rules: str = "", **inputs: Any) -> JobRun:
    rules = f"column,rule\n{rules}" if rules else ""
    return try_job(check_data.CheckData, data=data.encode(), rules=rules, **inputs)


def table(run: JobRun) -> str:
    [shown] = [entry.message for entry in run.log if entry.bundle]
    return shown


def test_columns_are_described():
    run = check(DATA)

    assert run.value == {"rows": 3, "columns": 3, "faults": 0}
    assert [line.split() for line in table(run).splitlines()[1:]] == [
        ["name", "3", "2", "text", "r1", "r2", "r1", "(2)"],
        ["port", "2", "2", "number", "7", "12"],
        ["seen", "3", "3", "text", "2026-01-31", "soon"],
    ]


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("name,unique", "4,name,r1,is there already"),
        ("port,filled", "4,port,,is empty"),
        ("seen,date", "4,seen,soon,is no date"),
        ("name,number", "2,name,r1,is no number"),
        ("name,IP address", "2,name,r1,is no IP address"),
    ],
)
def test_what_breaks_a_rule_is_named_in_the_file(rule, fault):
    run = check(DATA, rule)

    assert run.files["faults.csv"].decode().splitlines()[:2] == ["line,column,value,fault", fault]
    assert run.status == "FAILURE"


def test_the_log_names_some_lines_of_each_kind_of_fault():
    rows = "\n".join(["port", *"abcdef"])
    run = check(rows, "port,number")

    assert_logged(run, "is no number (line 2, 3, 4 and 3 more)", level="WARNING")
    assert run.detail == "6 faults in 6 rows, 0 allowed"


def test_a_value_that_comes_again_is_a_fault_again():
    assert check("port,id\nx,1\nx,2\n", "port,number").value["faults"] == 2


def test_cells_without_a_column_are_a_fault():
    run = check("a,b\n1,2,3,4\n")

    assert run.files["faults.csv"].decode().splitlines()[1] == '2,,"3, 4",is beyond the last column'


def test_so_many_faults_may_be_there():
    run = check(DATA, "port,filled", max_faults=1)

    assert (run.status, run.value["faults"]) == ("SUCCESS", 1)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_anything_may_stand_between_the_cells(sign):
    assert check(DATA.replace(",", sign)).value == {"rows": 3, "columns": 3, "faults": 0}


def test_a_rule_for_a_column_that_is_not_there_is_a_mistake():
    run = check(DATA, "nmae,filled")

    assert run.detail.endswith(
        "There are rules for nmae, but the file has the columns name, port, seen"
    )


def test_an_empty_file_says_so():
    assert check("\n").detail.endswith("The file is empty: it has no header line")


def test_the_sample_inventory_has_faults():
    data = (JOBS_ROOT / "data" / "inventory.csv").read_text("utf-8")
    run = check(data, "hostname,unique\naddress,IP address\nstatus,filled")

    assert run.value["faults"] > 0
    assert run.progress == [[run.value["rows"], None, "rows"]]
