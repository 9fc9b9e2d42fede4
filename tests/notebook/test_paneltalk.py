from __future__ import annotations

import pytest

from jobnb.errors import StoreUnreachable
from jobnb.notebook.paneltalk import MOST_ROWS, PIECE, PanelTalk
from jobnb.protocol import EntryKind
from jobnb.store.values import Entry
from tests.processes import eventually


class Log:
    """Lines that say their number; every tenth is an error."""

    def __init__(self, size):
        self.size = size
        self.asked = []

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return [self.entry(position + 1) for position in range(self.size)[index]]

    def entry(self, number):
        level = "ERROR" if number % 10 == 0 else "INFO"
        return Entry(
            kind=EntryKind.LOG, created=0, message=f"line {number}", level=level, number=number
        )

    def numbered(self, numbers):
        return [self.entry(number) for number in sorted(numbers)]

    def find(self, wanted, *, after, limit):
        self.asked.append(wanted)
        return [n for n in range(after + 1, self.size + 1) if n % 10 == 0]


class File:
    name = "a.bin"

    def read(self):
        return b"x" * (PIECE + 1)


class Output:
    def __init__(self):
        self.bundle = {"text/html": "<b>bold</b><script>1</script>", "text/plain": "bold"}


class Result:
    def __init__(self, size=1000):
        self.log = Log(size)
        self.files = [File()]
        self.cancelled = 0
        self.live = self

    def outputs(self, numbers):
        return [Output() for _ in numbers]

    def cancel(self):
        self.cancelled += 1
        if self.cancelled > 1:
            raise StoreUnreachable("The database is away.")


class Page:
    """What was sent to it, without that something is done."""

    def __init__(self, result):
        self.messages = []
        self.pieces = []
        self.done = 0
        self.shown = {"text/html": "a place"}
        self.talk = PanelTalk(result, self.send, self)

    def send(self, content, buffers=None):
        if content["t"] == "done":
            self.done += 1
        else:
            self.messages.append(content)
            self.pieces += buffers or ()

    def ask(self, **content):
        before = self.done + len(self.messages)
        self.talk.hear(content)
        eventually(lambda: self.done + len(self.messages) > before)
        eventually(lambda: self.talk._errands._thread is None)
        return self.messages[-1] if self.messages else None


@pytest.fixture
def result():
    return Result()


@pytest.fixture
def page(result):
    return Page(result)


def test_lines_that_come_into_sight_are_sent(page):
    answer = page.ask(t="get", after=500, count=3)

    assert [row[0] for row in answer["rows"]] == [501, 502, 503]


def test_no_more_than_a_page_of_lines_is_sent_at_once(page):
    assert len(page.ask(t="get", after=0, count=10**9)["rows"]) == MOST_ROWS


def test_lines_that_were_found_are_sent_by_their_numbers(page):
    assert [row[0] for row in page.ask(t="get", numbers=[30, 10])["rows"]] == [10, 30]


def test_what_a_filter_finds_is_told_and_goes_on_with_new_lines(page, result):
    found = page.ask(t="find", id=7, levels=["ERROR", "printed"], text="line")
    assert (found["id"], found["hits"][:2], len(found["hits"])) == (7, [10, 20], 100)
    wanted = result.log.asked[0]
    assert wanted.levels == ("ERROR", "printed")
    assert set(wanted.kinds) == {EntryKind.CONSOLE, EntryKind.TRACEBACK}

    result.log.size = 1011
    page.talk.look(1011)
    eventually(lambda: page.messages[-1]["hits"] == [1010])


def test_a_filter_that_is_taken_away_looks_for_nothing(page, result):
    page.ask(t="find", id=1, levels=["ERROR"], text="")
    page.ask(t="find", id=2, levels=[], text="")
    asked = len(result.log.asked)
    page.talk.look(5000)

    assert len(result.log.asked) == asked


def test_a_file_is_sent_in_pieces(page):
    page.ask(t="file", name="a.bin")

    assert [len(piece) for piece in page.pieces] == [PIECE, 1]
    assert [message["last"] for message in page.messages] == [False, True]


def test_what_a_job_shows_is_sent_harmless(page):
    assert page.ask(t="out", n=3) == {"t": "out", "n": 3, "html": "<b>bold</b>"}


def test_all_of_a_long_line_is_sent_when_it_is_asked_for(page):
    assert page.ask(t="whole", n=5)["row"][6] == "line 5"


def test_cancel_cancels_and_what_goes_wrong_is_told(page, result):
    page.ask(t="cancel")
    assert (result.cancelled, page.messages) == (1, [])

    answer = page.ask(t="cancel")
    assert answer == {"t": "wrong", "text": "The database is away."}


@pytest.mark.parametrize("content", [{}, {"t": "shout"}, {"t": "__init__"}])
def test_what_is_no_question_is_not_answered(page, content):
    page.talk.hear(content)

    assert (page.messages, page.done) == ([], 0)


def test_a_page_that_has_missed_what_its_slot_shows_is_told():
    assert Page(Result()).ask(t="slot") == {"t": "slot", "data": {"text/html": "a place"}}
