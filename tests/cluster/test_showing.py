"""What real jobs show, return and say of how far they are."""

from __future__ import annotations

import pandas as pd
import pytest

from jobnb.errors import ValueNotKept
from jobnb.protocol import RETURN_VALUE, EntryKind
from jobnb.store.watching import Bar
from tests.processes import eventually

pytestmark = pytest.mark.cluster

JOBS = """
import pandas as pd
from jobnb import jobs

class Shows(jobs.Job):
    password = jobs.SecretVar()

    def run(self, *, password):
        print("before")
        frame = pd.DataFrame({"word": ["a", password], "n": [1, 2]})
        self.display(frame)
        self.logger.info("after")
        return frame.drop(columns="word")

class Other(jobs.Job):
    def run(self):
        return object()

class Counts(jobs.Job):
    def run(self):
        import time
        for site in self.track(["north", "south"], text="sites"):
            for number in range(1000):
                self.progress(number, 1000, site)
            self.logger.info(site)
            while site == "south":
                time.sleep(0.01)

jobs.register_jobs(Shows, Other, Counts)
"""


@pytest.fixture
def opened(project):
    project.write("shows.py", JOBS)
    with project.open() as bench:
        yield bench


def test_a_table_is_shown_in_its_place_and_returned_as_it_is(opened):
    result = opened.get_job("Shows").run(password="correct-horse")

    shown = [(entry.kind, entry.message) for entry in result.log if entry.source != "jobnb"]
    kinds = [kind for kind, _ in shown]
    assert kinds.index(EntryKind.CONSOLE) < kinds.index(EntryKind.DISPLAY)
    first, value = result.outputs
    assert "********" in first.bundle["text/html"]
    assert "correct-horse" not in str(shown) + str(first.bundle)
    assert value.entry.grouping == RETURN_VALUE
    pd.testing.assert_frame_equal(result.value, pd.DataFrame({"n": [1, 2]}), check_exact=True)
    assert opened.result(result.id).value.equals(result.value)


def test_a_value_that_is_neither_is_shown_and_says_what_to_do(opened):
    result = opened.get_job("Other").run()

    with pytest.raises(ValueNotKept, match=r"create_file\(\)"):
        _ = result.value
    assert "<object object" in result.outputs[0].text


def test_how_far_a_run_is_can_be_seen_from_elsewhere_and_floods_no_log(opened):
    result = opened.get_job("Counts").submit()
    eventually(
        lambda: result.live.peek().state.progress == (Bar(1, 2, "sites"), Bar(999, 1000, "south"))
    )
    result.cancel().wait()

    assert len(result.log) < 10
    assert result.record.progress == (Bar(1, 2, "sites"), Bar(999, 1000, "south"))
