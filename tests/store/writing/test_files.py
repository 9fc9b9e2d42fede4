from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from jobnb.errors import StoreError
from jobnb.protocol import PIECE
from jobnb.store.tables.models import blob


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_a_file_comes_back_whole(results, started, size):
    claim = started()
    content = bytes(index % 251 for index in range(size))

    assert results.add_file(claim.run_id, claim.token, "data.bin", content, 1700000000.5)
    (record,) = results.files.of(claim.run_id)
    assert results.files.read(claim.run_id, "data.bin") == content
    assert (record.name, record.size) == ("data.bin", size)
    assert record.digest == hashlib.sha256(content).hexdigest()
    assert record.created == datetime.fromtimestamp(1700000000.5, UTC)


@pytest.mark.parametrize(
    ("name", "second", "third"),
    [
        ("report.csv", "report (2).csv", "report (3).csv"),
        ("report", "report (2)", "report (3)"),
        (".env", ".env (2)", ".env (3)"),
        ("caf\udce9\\.txt", "caf\\udce9\\ (2).txt", "caf\\udce9\\ (3).txt"),
    ],
)
def test_files_of_one_name_are_all_kept(results, started, name, second, third):
    claim = started()
    for content in (b"1", b"2", b"3"):
        results.add_file(claim.run_id, claim.token, name, content, float(content))

    names = [record.name for record in results.files.of(claim.run_id)]
    assert names[1:] == [second, third]
    assert [results.files.read(claim.run_id, one) for one in names] == [b"1", b"2", b"3"]


def test_equal_content_is_stored_once(database, results, started):
    first, second = started(), started()
    for claim in (first, second):
        results.add_file(claim.run_id, claim.token, "a.txt", b"same", 0.0)
    with database.read() as connection:
        blobs = connection.execute(select(func.count()).select_from(blob)).scalar_one()

    assert blobs == 1
    assert results.files.read(second.run_id, "a.txt") == b"same"


def test_an_unknown_file_is_refused_with_the_names_of_those_there_are(results, started):
    claim = started()
    results.add_file(claim.run_id, claim.token, "a.txt", b"", 0.0)

    with pytest.raises(StoreError, match=r"no file 'b.txt'; its files: 'a.txt'"):
        results.files.read(claim.run_id, "b.txt")


def test_a_file_whose_answer_was_lost_is_not_stored_twice(results, started):
    claim = started()
    for _ in range(2):
        results.add_file(claim.run_id, claim.token, "a.txt", b"content", 1700000000.5)

    assert [record.name for record in results.files.of(claim.run_id)] == ["a.txt"]


def test_the_first_files_of_many_runs_are_found_at_once_through_an_index(results, started, plans):
    many, one, none = started(), started(), started()
    for number in range(5):
        results.add_file(many.run_id, many.token, f"{number}.txt", b"1" * number, float(number))
    results.add_file(one.run_id, one.token, "a.txt", b"", 0.0)
    plans.clear()
    found = results.files.first_of([many.run_id, one.run_id, none.run_id], 3)

    assert set(found) == {many.run_id, one.run_id}
    assert [file.name for file in found[many.run_id].first] == ["0.txt", "1.txt", "2.txt"]
    assert [found[claim.run_id].count for claim in (many, one)] == [5, 1]
    [plan] = [plan.lower() for plan in plans]
    assert "scan jobnb_file" not in plan
    assert "scan jobnb_job_result" not in plan
    assert "seq scan" not in plan
