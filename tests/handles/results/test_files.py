"""The files of a run: read, saved, and never over something else."""

from __future__ import annotations

import pytest

from jobnb.errors import FileNotInResult
from jobnb.protocol import PIECE
from tests.runs import finished_run

LARGE = bytes(range(256)) * (2 * PIECE // 256) + b"end"


@pytest.fixture
def files(bench):
    def make(**contents):
        named = {name.replace("_", "."): content for name, content in contents.items()}
        return bench.result(finished_run(bench.database(), files=named)).files

    return make


def test_a_file_is_found_by_position_and_by_name(files):
    found = files(a_csv=b"1", b_json=b'{"n": 1}')

    assert [file.name for file in found] == ["a.csv", "b.json"]
    assert found["b.json"].json() == {"n": 1}
    assert found[0].text() == "1"
    assert [file.name for file in found[1:]] == ["b.json"]


def test_a_name_that_is_not_there_is_refused_with_the_nearest(files):
    with pytest.raises(FileNotInResult, match=r"No file 'a\.cvs'\. Did you mean 'a\.csv'"):
        files(a_csv=b"1", b_txt=b"2")["a.cvs"]


def test_a_large_file_comes_in_pieces(files, tmp_path):
    [file] = files(a_bin=LARGE)

    assert max(map(len, file.pieces())) == PIECE
    assert file.read() == LARGE
    assert file.save(tmp_path).read_bytes() == LARGE


def test_a_file_is_saved_under_its_own_name_or_another(files, tmp_path):
    [file] = files(a_csv=b"1")

    assert file.save(tmp_path) == tmp_path / "a.csv"
    assert file.save(tmp_path / "b.csv").read_bytes() == b"1"


def test_saving_replaces_nothing_unless_told_to(files, tmp_path):
    [file] = files(a_csv=b"1")
    (tmp_path / "a.csv").write_bytes(b"mine")

    with pytest.raises(FileExistsError, match="already; nothing was written"):
        file.save(tmp_path)
    assert (tmp_path / "a.csv").read_bytes() == b"mine"
    assert file.save(tmp_path, overwrite=True).read_bytes() == b"1"
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_folder_that_is_not_there_is_not_made(files, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        files(a_csv=b"1")[0].save(tmp_path / "away" / "a.csv")


def test_a_hostile_name_stays_in_its_folder(bench, tmp_path):
    names = {"../../up.txt": b"1", "a\u202e\x1b[31m.txt": b"2", "..": b"3"}
    paths = bench.result(finished_run(bench.database(), files=names)).files.save(tmp_path)

    assert {path.parent for path in paths} == {tmp_path}
    assert {path.name for path in paths} == {"up.txt", "a__[31m.txt", "file"}


def test_all_files_go_into_a_folder_that_is_made_for_them(files, tmp_path):
    [path] = files(a_csv=b"1").save(tmp_path / "away" / "new")

    assert path == tmp_path / "away" / "new" / "a.csv"


def test_the_files_of_a_run_without_any_are_none(files):
    assert repr(files()) == "No files."
