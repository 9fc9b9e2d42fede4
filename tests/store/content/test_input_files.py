from __future__ import annotations

import hashlib
import io

import pytest
from sqlalchemy import delete, func, select

from jobnb.errors import StoreError
from jobnb.protocol import PIECE
from jobnb.store.content.blobs import add_blob, begin_blob
from jobnb.store.content.input_files import AT_ONCE, InputFiles
from jobnb.store.tables.models import blob, blob_piece, input_file, job_result
from jobnb.store.values import GivenFile

SIZES = [0, 1, PIECE, PIECE + 1, (AT_ONCE + 2) * PIECE + 7]


class Content:
    """Content that knows which of it was read."""

    def __init__(self, size):
        self.data = bytes(index % 251 for index in range(size))
        self.digest = hashlib.sha256(self.data).hexdigest()
        self.size = size
        self.reads = []

    def read_piece(self, start, size):
        self.reads.append(start // PIECE)
        file = io.BytesIO(self.data)
        file.seek(start)
        return file.read(size)

    def given(self, name="upload"):
        return GivenFile(name=name, file_name="devices.csv", digest=self.digest, size=self.size)


@pytest.fixture
def files(database):
    return InputFiles(database)


@pytest.mark.parametrize("size", SIZES)
def test_content_comes_back_whole(files, size):
    content = Content(size)
    sizes_before = files.sizes({content.digest})
    files.save(content)

    assert sizes_before == {}
    assert files.sizes({content.digest}) == {content.digest: content.size}
    assert b"".join(files.pieces(content.given())) == content.data


def test_content_that_is_there_is_not_read_again(files):
    content = Content(3 * PIECE)
    files.save(content)
    content.reads.clear()
    files.save(content)

    assert content.reads == []


def test_an_interrupted_upload_is_missing_and_goes_on_where_it_stopped(files):
    content = Content((AT_ONCE + 3) * PIECE)

    def fail(start, size):
        if start >= AT_ONCE * PIECE:
            raise KeyboardInterrupt
        return Content.read_piece(content, start, size)

    content.read_piece = fail
    with pytest.raises(KeyboardInterrupt):
        files.save(content)
    sizes = files.sizes({content.digest})
    del content.read_piece
    content.reads.clear()
    files.save(content)

    assert sizes == {}
    assert content.reads == [AT_ONCE, AT_ONCE + 1, AT_ONCE + 2]
    assert files.sizes({content.digest}) == {content.digest: content.size}


def test_several_that_store_the_same_content_share_the_work(files, race):
    content = Content(3 * AT_ONCE * PIECE + 1)
    race(*[lambda: files.save(content)] * 4)

    assert b"".join(files.pieces(content.given())) == content.data


@pytest.mark.parametrize("size", SIZES)
def test_what_an_interrupted_upload_left_is_completed_by_others(database, files, size):
    content = Content(size)
    with database.write() as connection:
        begin_blob(connection, content.digest, content.size)
    with database.write() as connection:
        add_blob(connection, content.data)

    assert files.sizes({content.digest}) == {content.digest: content.size}
    assert b"".join(files.pieces(content.given())) == content.data


def test_the_files_of_a_run_are_written_with_it(files, results, pending):
    content = Content(10)
    files.save(content)
    run_id = pending(files=(content.given("second"), content.given("first")))

    assert files.of_run(run_id) == [content.given("first"), content.given("second")]
    assert files.of_run(pending()) == []


@pytest.mark.parametrize("is_begun", [True, False])
def test_a_run_whose_file_is_not_whole_is_not_written(database, files, pending, is_begun):
    content = Content(10)
    if is_begun:
        with database.write() as connection:
            begin_blob(connection, content.digest, content.size)

    with pytest.raises(StoreError, match=r"'devices.csv' .* of input 'upload' is not"):
        pending(files=(content.given(),))
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(job_result)) == 0


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_content_that_was_damaged_is_not_given_out_as_whole(database, files, damage):
    content = Content(2 * PIECE)
    files.save(content)
    last = blob_piece.c.number == 1
    change = blob_piece.update().where(last).values(content=b"x" * PIECE)
    with database.write() as connection:
        connection.execute(delete(blob_piece).where(last) if damage == "gone" else change)

    with pytest.raises(StoreError, match="give the file again"):
        list(files.pieces(content.given()))


def test_the_files_of_a_run_go_with_it_and_their_content_stays(database, files, pending):
    content = Content(10)
    files.save(content)
    pending(files=(content.given(),))
    with database.write() as connection:
        connection.execute(delete(job_result))
        left = [connection.scalar(select(func.count()).select_from(t)) for t in (input_file, blob)]

    assert left == [0, 1]


def test_while_content_is_read_others_can_write(files, pending):
    content = Content(2 * AT_ONCE * PIECE)
    written = []

    def read_slowly(start, size):
        written.append(pending())
        return Content.read_piece(content, start, size)

    content.read_piece = read_slowly
    files.save(content)

    assert len(written) == 2 * AT_ONCE
    assert files.sizes({content.digest}) == {content.digest: content.size}
