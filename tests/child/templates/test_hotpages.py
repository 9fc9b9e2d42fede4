"""What forks copy of their template's memory, each in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")

PROGRAM = """
    import mmap, os, resource, sys
    from jobnb.child.templates import hotpages
    from jobnb.child.templates.hotpages import LARGE, HotPages

    PAGES = 64
    memory = mmap.mmap(-1, 2 * PAGES * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    # One apart from each other: what lies in between is not copied.
    places = range(0, len(memory), 2 * mmap.PAGESIZE)
    for place in range(0, len(memory), mmap.PAGESIZE):
        memory[place] = 1
    pages = HotPages(LARGE)

    def touch():
        for place in places:
            memory[place] = 2

    def faults(action):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        action()
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    def in_fork(action):
        reading, writing = os.pipe()
        if not os.fork():
            os.write(writing, str(action()).encode())
            os._exit(0)
        os.wait()
        return os.read(reading, 100).decode()

    def touch_and_learn():
        touch()
        pages.learn()

    def copy_and_touch():
        pages.copy()
        return faults(touch)

"""


def printed_by(code: str) -> list[str]:
    process = subprocess.run(
        [sys.executable, "-c", dedent(PROGRAM) + dedent(code)],
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.split()


def test_a_fork_copies_ahead_what_an_earlier_one_has_copied():
    first, second = printed_by("""
        print(in_fork(copy_and_touch))
        in_fork(touch_and_learn)
        print(in_fork(copy_and_touch))
        """)

    assert int(first) >= 64
    assert int(second) < 8


def test_what_a_fork_has_only_read_is_not_copied():
    [copied] = printed_by("""
        def read_and_learn():
            sum(memory[place] for place in places)
            pages.learn()

        in_fork(read_and_learn)
        print(in_fork(copy_and_touch))
        """)

    assert int(copied) >= 64


@pytest.mark.parametrize(
    "change",
    [
        "hotpages._POPULATE_WRITE = 9999",  # a Linux that does not know it
        "hotpages._copied = lambda: open('/proc/none')",  # it may not look
        "pages = HotPages(LARGE - 1)",
    ],
    ids=["refused", "forbidden", "small"],
)
def test_where_nothing_is_copied_ahead_a_fork_works_as_ever(change):
    [copied] = printed_by(f"""
        {change}
        in_fork(touch_and_learn)
        print(in_fork(copy_and_touch))
        """)

    assert int(copied) >= 64


def test_as_much_is_known_as_there_is_room_for():
    [known] = printed_by("""
        hotpages._ROOM = hotpages._COUNT.size + 8 * hotpages._RANGE.size
        pages = HotPages(LARGE)
        in_fork(touch_and_learn)
        in_fork(copy_and_touch)
        print(hotpages._COUNT.unpack_from(pages._known)[0] - 1)
        """)

    assert int(known) == 8
