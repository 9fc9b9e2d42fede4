"""The form of a job record, as its front end sees it."""

from __future__ import annotations

import pytest

from jobnb.errors import InvalidSetting
from jobnb.notebook.editform import JobEditForm
from tests.handles.records.test_editing import Office
from tests.processes import eventually


class Opened:
    """A form for a record, and what its front end says."""

    def __init__(self, office: Office) -> None:
        self.form = JobEditForm(office.editor())
        self.sent: list[dict] = []
        self.form.send = self.sent.append
        self._number = 0

    def say(self, verb: str, **content) -> None:
        self._number += 1
        self.form._handle_custom_msg({"t": verb, "n": self._number, **content}, [])

    def answered(self) -> dict:
        eventually(lambda: self.form._state.get("seen") == self._number)
        return self.form._state


@pytest.fixture
def office() -> Office:
    return Office()


def test_the_button_saves_what_was_typed_and_says_so(office):
    opened = Opened(office)
    opened.say("set", name="time_limit", value="60")
    opened.say("run")
    eventually(lambda: office.record.overrides)
    eventually(lambda: opened.form._state.get("run"))

    assert office.record.overrides == {"time_limit": 60.0}
    assert opened.form._state["run"].startswith("Saved at ")
    assert opened.form._spec["verb"] == "Save"


def test_what_does_not_fit_is_told_beside_its_field(office):
    opened = Opened(office)
    opened.say("set", name="time_limit", value="soon")

    assert opened.answered()["errors"] == {"time_limit": ["Enter a number."]}
    with pytest.raises(InvalidSetting):
        opened.form.save()
    assert office.record.overrides == {}


def test_a_conflict_is_told_and_what_was_typed_stays(office):
    opened = Opened(office)
    office.conflict = {"time_limit": (None, 5.0)}
    opened.say("set", name="time_limit", value="60")
    opened.say("run")
    eventually(lambda: opened.form._state.get("focus"))

    [told] = opened.form._state["top"]
    assert "changed by bob meanwhile: time_limit is 5.0 now" in told
    assert opened.form.values["time_limit"] == "60"


def test_another_persons_edit_is_offered_and_what_was_typed_here_stays(office):
    opened = Opened(office)
    opened.say("set", name="time_limit", value="60")
    office.editor("bob").apply({"hidden": True, "time_limit": 5})
    opened.say("here")
    told = opened.answered()["edited"]
    opened.say("renew")
    opened.answered()

    assert told["renew"]
    assert opened.form.values["hidden"] == "yes"
    assert opened.form.values["time_limit"] == "60"


def test_it_shows_the_call_that_does_the_same(office):
    opened = Opened(office)
    opened.say("set", name="hidden", value="yes")
    opened.say("set", name="time_limit", value="60")
    opened.say("code")
    opened.answered()

    assert (
        'jobnb.edit("Hello World", enabled=True, hidden=True, time_limit=60.0)'
        in (opened.sent[-1]["text"])
    )
