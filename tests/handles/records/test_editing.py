"""What is set of a job: what fits, what is saved, and what two editors see of each other."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from jobnb.authoring.meta import OPTIONS, JobMeta
from jobnb.errors import EditConflict, InvalidSetting
from jobnb.handles.records.editing import Desk, JobEditor
from jobnb.handles.records.settable import fixed_of
from jobnb.protocol import JobDescription, VariableDescription
from jobnb.store.catalog.jobs import JobRecord

META = {"time_limit": 30.0, "hidden": False, "task_queues": ["gpu", "cpu"], "max_concurrent": None}


def _variable(name: str) -> VariableDescription:
    return VariableDescription(
        name=name,
        type="StringVar",
        label=name,
        description="",
        required=True,
        default=None,
        sensitive=name == "token",
    )


class Office:
    """Where one job record lies; a real desk is the database's."""

    def __init__(self, **more) -> None:
        self.job = JobDescription(
            **{
                "class_path": "hello.Hello",
                "module": "hello",
                "class_name": "Hello",
                "name": "Hello World",
                "grouping": "Examples",
                "description": "Greets.\nAt length.",
                "file": "hello.py",
                "meta": META,
                "variables": [_variable(name) for name in ("host", "port", "when", "token")],
                **more,
            }
        )
        self.record = JobRecord(
            class_path="hello.Hello",
            name="Hello World",
            grouping="Examples",
            enabled=True,
            installed=True,
            overrides={},
            last_seen=datetime.now(UTC),
        )
        self.conflict: dict[str, tuple] = {}

    def editor(self, user="ada") -> JobEditor:
        return JobEditor(
            Desk(
                user=user,
                load=lambda: (self.job, self.record),
                save=self._save,
                taken=lambda: ["Hello Moon"],
            )
        )

    def _save(self, edit) -> JobRecord:
        if self.conflict:
            conflict, self.conflict = self.conflict, {}
            raise EditConflict("Hello World", "bob", conflict)
        changes = dict(edit.changes)
        enabled = changes.pop("enabled", self.record.enabled)
        merged = {**self.record.overrides, **changes}
        self.record = replace(
            self.record,
            enabled=enabled,
            overrides={name: value for name, value in merged.items() if value is not None},
            edited=datetime.now(UTC),
            edited_by=edit.user,
        )
        return self.record


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"time_limit": "60"}, {"time_limit": 60.0}),
        ({"time_limit": 0}, {"time_limit": 0.0}),
        ({"hidden": "yes"}, {"hidden": True}),
        ({"hidden": False}, {"hidden": False}),
        ({"is_singleton": "on"}, {"is_singleton": True}),
        ({"memory_limit": "512 MiB"}, {"memory_limit": "512 MiB"}),
        ({"memory_limit": "0"}, {"memory_limit": 0}),
        ({"task_queues": "cpu, gpu"}, {"task_queues": ["cpu", "gpu"]}),
        ({"task_queues": ["cpu"]}, {"task_queues": ["cpu"]}),
        ({"name": "Greeting", "grouping": "Other"}, {"name": "Greeting", "grouping": "Other"}),
        ({"retry_on": "lost", "max_retries": "2"}, {"retry_on": "lost", "max_retries": 2}),
        ({"fork": "no"}, {"fork": False}),
        ({"field_order": "port, host"}, {"field_order": ["port", "host"]}),
        ({"concurrency_key": ["host"]}, {"concurrency_key": ["host"]}),
        (
            {"fieldsets": "Device: host, port\n\nTime: of day: when"},
            {"fieldsets": [["Device", ["host", "port"]], ["Time: of day", ["when"]]]},
        ),
        ({"fieldsets": {"Device": ("host",)}}, {"fieldsets": [["Device", ["host"]]]}),
        (
            {"sanitizer_patterns": "key-\\d+\n(pin) \\d+ -> \\1 {replacement}"},
            {
                "sanitizer_patterns": [
                    ["key-\\d+", "{replacement}"],
                    ["(pin) \\d+", "\\1 {replacement}"],
                ]
            },
        ),
        (
            {"sanitizer_patterns": [("a -> b", "c -> d")]},
            {"sanitizer_patterns": [["a -> b", "c -> d"]]},
        ),
    ],
)
def test_what_is_given_as_text_or_as_a_value_is_stored_as_its_option_wants_it(
    office, given, stored
):
    office.editor().apply(given)

    assert office.record.overrides == stored


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"time_limit": "soon"}, "time_limit: Enter a number."),
        ({"time_limit": -1}, "greater than or equal to 0"),
        ({"memory_limit": "big"}, "memory_limit: Enter a number of bytes, or a size as 512 MiB."),
        ({"hidden": "perhaps"}, "hidden: Select a valid choice"),
        ({"max_concurrent": 0}, "max_concurrent: Ensure this value"),
        ({"task_queues": "a b"}, "'a b' is no name of a queue"),
        ({"name": "Hello Moon"}, "name: Another job has this name."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"is_singleton": True, "max_concurrent": 3}, "max_concurrent allows 3"),
        ({"enabled": None}, "enabled: Give True or False."),
        ({"time_limits": 3}, "time_limits: is nothing that can be set. Did you mean 'time_limit'"),
        ({"console_log_default": True}, "what a job prints is always kept"),
        ({"dryrun_default": True}, "dryrun_default: cannot be set: it has no DryRunVar."),
        ({"read_only": True}, "read_only: cannot be set: what the author says"),
        ({"field_order": "hots"}, "field_order: The job has no input 'hots'; there are: host,"),
        ({"fieldsets": "Device: host, host"}, "fieldsets: Name 'host' once."),
        ({"fieldsets": "Device"}, "fieldsets: 'Device' is no heading with names, as Device: "),
        ({"fieldsets": [1]}, "fieldsets: Enter headings with names of inputs."),
        ({"concurrency_key": "token"}, "concurrency_key: Not stored, so that it tells no runs"),
        ({"concurrency_key": [1]}, "concurrency_key: Enter names, with commas between."),
        ({"sanitizer_patterns": "a("}, "sanitizer_patterns: That is not usable: the pattern 'a('"),
        (
            {"sanitizer_patterns": [["a"]]},
            "sanitizer_patterns: Enter pairs of pattern and template.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_saved(office, given, complaint):
    with pytest.raises(InvalidSetting) as raised:
        office.editor().apply({**given, "retry_delay": 5})

    assert complaint in str(raised.value)
    assert office.record.overrides == {}


def test_all_that_is_wrong_is_said_at_once(office):
    with pytest.raises(InvalidSetting) as raised:
        office.editor().apply({"time_limit": "soon", "memory_limit": "big", "nothing": 1})

    assert list(raised.value.problems) == ["time_limit", "memory_limit", "nothing"]


def test_every_option_of_a_class_can_be_set_or_it_is_said_why_not(office):
    office.job = replace(office.job, meta=asdict(JobMeta(name="Hello World")))
    editor = office.editor()
    shown = repr(editor.shown())
    fixed = editor.description.description.partition("Only in the code: ")[2]
    settings = {item.name for item in editor.description.variables}

    assert settings | set(fixed_of(office.job)) == OPTIONS.keys() | {"enabled", "grouping"}
    assert not settings & fixed_of(office.job).keys()
    for name, reason in fixed_of(office.job).items():
        assert f"{name} (" in fixed
        assert reason in fixed
        assert name in shown


def test_what_is_written_for_pairs_is_read_back_as_the_same(office):
    patterns = [["a -> b", "c -> d"], ["x", "{replacement}"], ["y", "z"]]
    headings = [["Device", ["host", "port"]]]
    office.editor().apply({"sanitizer_patterns": patterns, "fieldsets": headings})
    editor = office.editor()
    editor.start(editor.preset, {})

    assert office.record.overrides == {"sanitizer_patterns": patterns, "fieldsets": headings}
    assert office.record.edited is not None


def test_inputs_that_must_be_stored_cannot_all_be_withheld():
    office = Office(meta={**META, "concurrency_key": ["device"]})

    with pytest.raises(InvalidSetting, match=r"told apart by inputs \(device\)"):
        office.editor().apply({"has_sensitive_variables": True})


def test_only_what_is_named_changes_and_nothing_lets_the_code_speak_again(office):
    office.editor().apply({"time_limit": 60, "hidden": True})
    shown = office.editor("bob").apply({"time_limit": None, "enabled": False})

    assert (shown.enabled, shown.overrides) == (False, {"hidden": True})
    assert shown.record.edited_by == "bob"


def test_a_form_shows_what_is_set_with_the_value_of_the_code_beside_it(office):
    office.editor().apply({"time_limit": 60, "task_queues": ["cpu"], "hidden": True})
    editor = office.editor()
    settings = {item.name: item for item in editor.description.variables}

    assert editor.preset == {
        "enabled": True,
        "time_limit": "60",
        "task_queues": "cpu",
        "hidden": "yes",
    }
    assert settings["time_limit"].description.endswith("In the code: 30.")
    assert settings["time_limit"].options["stands_for"] == "30"
    assert settings["task_queues"].options["stands_for"] == "gpu, cpu"
    assert settings["hidden"].options["stands_for"] == "no"
    assert settings["description"].description == "What it does. In the code: Greets."
    assert "Last edited by ada" in editor.description.description


def test_a_form_saves_only_what_was_changed_in_it(office):
    mine, theirs = office.editor(), office.editor("bob")
    theirs.apply({"hidden": True})
    mine.start({**mine.preset, "time_limit": "60"}, {})

    assert office.record.overrides == {"hidden": True, "time_limit": 60.0}


def test_clearing_a_field_of_a_form_resets_it(office):
    office.editor().apply({"time_limit": 60})
    editor = office.editor()
    editor.start({**editor.preset, "time_limit": ""}, {})

    assert office.record.overrides == {}


def test_who_was_told_of_a_conflict_may_save_once_more(office):
    editor = office.editor()
    office.conflict = {"time_limit": (None, 5.0)}
    with pytest.raises(EditConflict):
        editor.start({**editor.preset, "time_limit": "60"}, {})
    editor.start({**editor.preset, "time_limit": "60"}, {})

    assert office.record.overrides == {"time_limit": 60.0}


def test_a_form_hears_of_another_edit_and_of_another_code(office):
    editor = office.editor()
    before = editor.renewed()
    office.editor("bob").apply({"time_limit": 5})
    edited = editor.renewed()
    office.job = replace(office.job, description="New.")

    assert before is None
    assert edited.preset["time_limit"] == "5"
    assert edited.renewed() is not None


def test_what_is_set_is_a_table_with_the_code_beside_it(office):
    text = repr(office.editor().apply({"time_limit": 60}))

    assert "Hello World (hello.Hello)" in text
    assert ["time_limit", "30", "60"] in [line.split() for line in text.splitlines()]
    assert "Last edited by ada" in text


def test_only_a_job_with_dry_runs_can_have_them_by_default():
    office = Office(supports_dryrun=True)
    office.editor().apply({"dryrun_default": True})

    assert office.record.overrides == {"dryrun_default": True}
