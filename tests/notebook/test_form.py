from __future__ import annotations

import json
from typing import Any

import pytest

from jobnb.errors import ChildError, InvalidInput, JobNotFound
from jobnb.notebook import form, formtalk, formuploads, places
from jobnb.notebook.form import JobForm
from jobnb.protocol import MASK, Look
from tests.notebook.formjob import FakeJob, Started, variable
from tests.processes import eventually

SECRET = "correct-horse-battery"
SLIDER = {"module": "ipywidgets", "name": "IntSlider", "state": {}}


class Opened:
    """A form as its front end sees it."""

    def __init__(self, *variables: Any, inputs: dict[str, Any] | None = None, **more: Any) -> None:
        self.job = FakeJob(*variables, **more)
        self.shown: list[tuple[Any, str | None]] = []
        self.sent: list[dict[str, Any]] = []
        self.form = JobForm(self.job, inputs or {}, lambda *shown: self.shown.append(shown))
        self.form.send = self.sent.append
        self._number = 0

    def say(self, verb: str, *buffers: bytes, **content: Any) -> None:
        self._number += 1
        message = {"t": verb, "n": self._number, **content}
        self.form._handle_custom_msg(message, list(buffers))

    def answered(self) -> dict[str, Any]:
        eventually(lambda: self.form._state.get("seen") == self._number)
        return self.form._state


def test_what_was_typed_is_checked_and_kept_as_it_was_typed():
    opened = Opened(variable("who", default="world"))
    opened.say("set", name="who", value="bad")

    assert opened.answered()["errors"] == {"who": ["is bad."]}
    assert opened.form.values == {"who": "bad"}
    assert opened.form.get_state("_shown") == {"_shown": {"who": "bad"}}


def test_a_word_that_was_overtaken_changes_nothing():
    opened = Opened(variable("who"))
    for number, value in ((2, "Ada L."), (1, "Ada")):
        opened.form._handle_custom_msg(
            {"t": "set", "n": number, "view": "a", "name": "who", "value": value}, []
        )

    assert opened.form.values == {"who": "Ada L."}


def test_another_page_counts_for_itself():
    opened = Opened(variable("who"))
    for page, number in (("a", 7), ("b", 1)):
        opened.form._handle_custom_msg(
            {"t": "set", "n": number, "view": page, "name": "who", "value": page}, []
        )

    assert opened.form.values == {"who": "b"}


def test_the_button_runs_the_job_in_the_slot_below_the_form():
    opened = Opened(variable("who", default="world"))
    opened.form._slots.append("the slot")
    opened.say("run", options={"queue": "gpu"})
    eventually(lambda: opened.shown)

    [(result, slot)] = opened.shown
    assert (result.id, slot) == (Started.id, "the slot")
    assert opened.job.starts == [({"who": "world"}, {"queue": "gpu"})]
    assert opened.form._state["run"] == "Started as 01234567."
    assert opened.form._state["runs"] == ["01234567"]


def test_each_cell_that_shows_the_form_shows_its_run():
    opened = Opened(variable("who"))
    opened.form._slots.extend(["first", "second"])
    opened.say("run")
    eventually(lambda: len(opened.shown) == 2)

    assert [slot for _, slot in opened.shown] == ["first", "second"]


def test_nothing_starts_while_a_file_is_on_its_way():
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin", size=8)
    opened.say("file", b"1234", step="piece", name="image", key="1")
    opened.say("run")
    eventually(lambda: opened.form._state.get("focus") == 1)

    assert opened.form._state["errors"] == {"image": ["Still uploading (50 %)."]}
    with pytest.raises(InvalidInput, match="Still uploading"):
        opened.form.run()
    opened.say("file", step="drop", name="image", key="1")
    opened.answered()
    assert opened.form.run().id == Started.id


def test_an_upload_that_broke_off_is_said_once(monkeypatch):
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin", size=8)
    monkeypatch.setattr(formuploads, "PATIENCE", 0)

    with pytest.raises(InvalidInput, match="broke off at 0 %"):
        opened.form.run()
    assert opened.form.run().id == Started.id


def test_a_file_whose_size_is_known_to_be_too_large_is_refused_at_once():
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin", size=11)

    assert "larger than 10 bytes" in opened.sent[0]["problem"]
    assert opened.form.run().id == Started.id


def test_why_a_run_is_refused_is_said_though_an_input_is_wrong_too():
    opened = Opened(variable("who"))
    opened.form.values = {"who": "bad"}
    opened.job.clean = lambda inputs: _raise(ChildError("hello.py does not load"))
    opened.say("run")
    eventually(lambda: opened.form._state.get("focus") == 1)

    assert opened.form._state["top"] == ["hello.py does not load"]
    assert opened.form._state["errors"] == {"who": ["is bad."]}


def test_a_refused_run_moves_the_focus_and_starts_nothing():
    opened = Opened(variable("who", default="bad"))
    opened.say("run")
    eventually(lambda: opened.form._state.get("focus") == 1)

    assert opened.form._state["errors"] == {"who": ["is bad."]}
    assert opened.form._state["starting"] is False
    assert opened.form.errors == {"who": ["is bad."]}
    assert opened.shown == []


def test_a_second_press_while_it_starts_does_nothing():
    opened = Opened(variable("who"))
    opened.form._state = {**opened.form._state, "starting": True}
    opened.say("run")

    assert not opened.form._talk._errands._waiting
    assert opened.job.starts == []


def test_python_runs_the_form_in_its_own_cell():
    opened = Opened(variable("who"))
    opened.form.values = {"who": "x"}
    result = opened.form.run()

    assert opened.shown == [(result, None)]
    assert opened.job.starts == [({"who": "x"}, {})]


def test_python_is_told_what_the_form_shows():
    opened = Opened(variable("who"))
    opened.form.values = {"who": "bad"}
    with pytest.raises(InvalidInput, match="is bad"):
        opened.form.run()

    assert opened.form._state["errors"] == opened.form.errors == {"who": ["is bad."]}


def test_of_a_secret_that_is_empty_it_is_not_said_that_it_is_given():
    opened = Opened(variable("token", sensitive=True), inputs={"token": ""})

    assert opened.form._state["kept"] == []


def test_a_secret_is_in_nothing_that_is_synchronised():
    opened = Opened(variable("token", sensitive=True), inputs={"token": SECRET})
    opened.say("set", name="token", value=SECRET + "1")
    opened.answered()
    opened.say("code")
    opened.answered()

    assert SECRET not in json.dumps([opened.form.get_state(), opened.sent])
    assert opened.form._state["kept"] == ["token"]
    assert opened.form.values == {"token": MASK}


def test_nothing_is_synchronised_where_all_inputs_are_withheld():
    meta = {"has_sensitive_variables": True}
    opened = Opened(variable("who", default="world"), variable("where"), meta=meta)
    opened.form.values = {"who": "world", "where": SECRET}

    assert opened.form.get_state("_shown") == {"_shown": {"who": "world"}}
    assert SECRET not in json.dumps(opened.form.get_state())
    assert opened.form._spec["private"] is True


def test_objects_are_searched_for():
    opened = Opened(variable("device", "ObjectVar"))
    opened.say("search", name="device", text="sw", page=2, key=7)
    opened.answered()

    assert opened.sent == [
        {"t": "found", "key": 7, "name": "device", "items": [[2, "device sw"]], "more": True}
    ]


def test_a_search_that_fails_says_why():
    opened = Opened(variable("device", "ObjectVar"))
    opened.job.trouble = "The database does not answer."
    opened.say("search", name="device", text="sw", page=0, key=7)
    opened.answered()

    assert opened.sent[0]["problem"] == "The database does not answer."


def test_the_code_has_what_stands_in_the_form():
    opened = Opened(variable("who"), inputs={"who": "bad"})
    opened.say("code")
    opened.answered()

    assert opened.sent[0]["text"].startswith("# 1 input needs attention\n")
    assert opened.sent[0]["text"].endswith('jobnb.run("Hello World", who="bad")')


@pytest.mark.parametrize("content", [{"t": "fly", "n": 3}, {}, {"t": "set", "n": 3, "name": "who"}])
def test_a_strange_message_is_said_and_never_raised(content):
    opened = Opened(variable("who"))
    opened.form._handle_custom_msg(content, [])

    assert "KeyError" in opened.form._state["top"][0]


def test_complaints_about_the_whole_job_stand_at_the_top():
    opened = Opened(variable("who"))
    problems = {"__all__": ["Not today."], "gone": ["is no input of this job."]}
    opened.job.clean = lambda inputs: _raise(InvalidInput("Hello World", problems))
    opened.say("run")
    eventually(lambda: opened.form._state.get("focus") == 1)

    assert opened.form._state["top"] == ["Not today.", "gone: is no input of this job."]


def test_a_fault_of_ours_is_shown_too():
    opened = Opened(variable("who"))
    opened.job.clean = lambda inputs: _raise(ZeroDivisionError("by zero"))
    opened.say("run")
    eventually(lambda: opened.form._state.get("focus") == 1)

    assert opened.form._state["top"] == ["ZeroDivisionError: by zero"]
    assert opened.form._state["starting"] is False


def test_an_embedded_widget_is_an_input():
    ports = variable("ports", "IntegerVar", widget=SLIDER, options={"min_value": 8})
    opened = Opened(ports, inputs={"ports": 24})
    slider = opened.form._widgets["ports"]
    assert opened.form._spec["fields"][0]["model"] == slider.model_id
    assert (slider.value, slider.min) == (24, 8)

    slider.value = 12
    assert opened.form.values == {"ports": 12}
    opened.form.values = {"ports": 30}
    assert slider.value == 30


def test_a_file_comes_in_pieces():
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin")
    opened.say("file", b"\x00" * 4, step="piece", name="image", key="1")
    opened.say("file", memoryview(b"\x01" * 4), step="piece", name="image", key="1")
    opened.say("file", step="end", name="image", key="1")
    opened.answered()

    assert opened.form._state["files"] == {"image": {"file": "a.bin", "size": 8}}
    assert [message["step"] for message in opened.sent] == ["begin", "piece", "piece", "end"]
    opened.form.values["image"].close()


def test_a_file_that_is_too_large_is_refused_and_its_late_pieces_are_ignored():
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin")
    for _ in range(3):
        opened.say("file", b"\x00" * 11, step="piece", name="image", key="1")

    [_, refused] = opened.sent
    assert "larger than 10 bytes" in refused["problem"]
    assert opened.form.values == {}
    assert opened.form._state["top"] == []


def test_a_late_piece_of_one_file_does_not_get_into_the_next():
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin")
    opened.say("file", step="begin", name="image", key="2", file="b.bin")
    opened.say("file", b"late", step="piece", name="image", key="1")
    opened.say("file", b"new", step="piece", name="image", key="2")
    opened.say("file", step="end", name="image", key="2")

    with opened.form.values["image"] as upload:
        assert (upload.name, upload.size) == ("b.bin", 3)


def test_a_file_that_is_dropped_is_gone():
    opened = Opened(variable("image", "FileVar"))
    opened.say("file", step="begin", name="image", key="1", file="a.bin")
    opened.say("file", step="end", name="image", key="1")
    upload = opened.form.values["image"]
    opened.say("file", step="drop", name="image", key="1")
    opened.answered()

    assert upload._spool.closed
    assert opened.form._state["files"] == {}


def test_a_form_shows_itself_with_a_slot_below_and_a_way_out(monkeypatch):
    opened, displayed = Opened(variable("who")), []
    for module in (form, places):
        monkeypatch.setattr(module, "display", lambda data, **how: displayed.append((data, how)))
    opened.form._ipython_display_()

    [(data, _), (_, slot)] = displayed
    assert "run this cell in JupyterLab" in data["text/plain"]
    assert slot["display_id"] == opened.form._slots[-1]


def test_a_form_says_what_it_is():
    assert repr(Opened().form) == "<JobForm 'Hello World'>"


def test_the_state_of_a_form_is_small():
    opened = Opened(*(variable(f"input_{number}") for number in range(14)))

    assert len(json.dumps(opened.form.get_state())) < 25_000


def _raise(error: Exception) -> None:
    raise error


def test_a_form_says_that_its_job_was_edited_and_becomes_the_new_one_with_what_was_typed():
    opened = Opened(variable("who", default="world"), variable("old"))
    opened.say("set", name="who", value="Ada")
    opened.say("set", name="old", value="typed")
    opened.job.edited = FakeJob(variable("who"), variable("when", default="now"))
    opened.say("here")
    told = opened.answered()["edited"]
    opened.say("renew")
    state = opened.answered()

    assert told == {"text": formtalk.EDITED, "renew": True}
    assert [field["name"] for field in opened.form._spec["fields"]] == ["who", "when"]
    assert opened.form.values == {"who": "Ada", "when": "now"}
    assert state["edited"] is None
    assert state["notice"] == "Not kept, as it does not fit any more: old."


def test_a_typed_value_that_the_new_form_refuses_gives_way_to_its_default():
    class Strict(FakeJob):
        def look(self, inputs, names):
            problems = {"count": ["Too many."]} if inputs.get("count") == "99" else {}
            return Look(problems={name: problems[name] for name in problems if name in names})

    opened = Opened(variable("count"), variable("who"))
    opened.say("set", name="count", value="99")
    opened.say("set", name="who", value="Ada")
    opened.job.edited = Strict(variable("count", default="1"), variable("who"))
    opened.say("renew")
    state = opened.answered()

    assert opened.form.values == {"count": "1", "who": "Ada"}
    assert state["notice"] == "Not kept, as it does not fit any more: count."


def test_a_form_of_a_job_that_is_gone_says_so_and_offers_nothing():
    opened = Opened(variable("who"))
    opened.job.edited = JobNotFound("hello.Hello")
    opened.say("set", name="who", value="Ada")

    assert opened.answered()["edited"]["renew"] is False
    assert "No job 'hello.Hello'" in opened.answered()["edited"]["text"]


def test_the_sentence_about_an_edit_goes_away_with_it():
    opened = Opened(variable("who"))
    opened.job.edited = FakeJob(variable("who"), variable("more"))
    opened.say("here")
    opened.answered()
    opened.job.edited = None
    opened.say("here")

    assert opened.answered()["edited"] is None
