"""How ``class Meta`` is read, and what is refused in it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jobnb.authoring.meta import OPTIONS, meta_faults, read_meta
from jobnb.errors import DeclarationError


def with_meta(**options: Any) -> type:
    return type("Report", (), {"Meta": type("Meta", (), options)})


def test_every_option_is_read() -> None:
    options = {
        "name": "Disk report",
        "description": "d",
        "console_log_default": True,
        "dryrun_default": True,
        "field_order": ("b", "a"),
        "fork": False,
        "fieldsets": (("Disk", ("a", "b")),),
        "has_sensitive_variables": True,
        "hidden": True,
        "is_singleton": True,
        "max_concurrent": 1,
        "concurrency_key": ("device",),
        "when_busy": "wait",
        "read_only": True,
        "soft_time_limit": 1.5,
        "time_limit": 3,
        "memory_limit": "512 MiB",
        "max_entries": 1000,
        "max_output": 2**20,
        "on_log_limit": "fail",
        "max_retries": 3,
        "retry_on": "both",
        "retry_delay": 0.5,
        "retry_backoff": True,
        "retry_delay_max": 60,
        "sanitizer_patterns": (("key-[0-9]+", "{replacement}"),),
        "task_queues": ("gpu",),
        "template_name": "t.html",
    }

    meta = read_meta(with_meta(**options))

    assert {name: getattr(meta, name) for name in OPTIONS} == options


def test_without_meta_the_name_is_that_of_the_class_and_the_rest_is_off() -> None:
    class Report:
        pass

    meta = read_meta(Report)

    assert (meta.name, meta.description, meta.time_limit) == ("Report", "", 0)
    assert meta.has_sensitive_variables is False


def test_a_description_is_dedented_and_stripped() -> None:
    meta = read_meta(with_meta(description="\n    First\n      second\n    third\n"))

    assert meta.description == "First\n  second\nthird"


def test_the_docstring_gives_the_description_that_meta_leaves_out() -> None:
    class Report:
        """Reports disks,
        all of them.

        More for authors.
        """

    assert read_meta(Report).description == "Reports disks,\nall of them."


def test_meta_overrules_the_docstring() -> None:
    class Report:
        """Not this."""

        class Meta:
            description = "This"

    assert read_meta(Report).description == "This"


def test_the_docstring_of_a_parent_describes_only_the_parent() -> None:
    class Parent:
        """The parent."""

    class Child(Parent):
        pass

    assert read_meta(Child).description == ""


def test_a_subclass_without_meta_has_its_parents() -> None:
    class Child(with_meta(name="Parent's", hidden=True)):  # type: ignore[misc]
        pass

    assert (read_meta(Child).name, read_meta(Child).hidden) == ("Parent's", True)


def test_a_meta_of_its_own_loses_the_parents_unless_it_derives_from_it() -> None:
    parent: Any = with_meta(hidden=True)

    class Apart(parent):
        class Meta:
            name = "Apart"

    class Derived(parent):
        class Meta(parent.Meta):
            name = "Derived"

    assert (read_meta(Apart).hidden, read_meta(Derived).hidden) == (False, True)


def test_a_limit_of_zero_may_be_said() -> None:
    assert read_meta(with_meta(time_limit=0)).time_limit == 0


@pytest.mark.parametrize(
    "fieldsets",
    [{"Disk": ["a", "b"], "More": ()}, [["Disk", ("a", "b")], ("More", [])]],
)
def test_fieldsets_are_read_from_a_dictionary_or_pairs(fieldsets: Any) -> None:
    assert read_meta(with_meta(fieldsets=fieldsets)).fieldsets == (
        ("Disk", ("a", "b")),
        ("More", ()),
    )


def test_lists_are_frozen() -> None:
    assert read_meta(with_meta(task_queues=["a", "b"])).task_queues == ("a", "b")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"descripton": "x"}, "Meta.descripton is no option; perhaps you mean 'description'"),
        ({"approval": True}, "Meta.approval is no option; there are: name, description,"),
        ({"name": 3}, "Meta.name must be text, not 3"),
        ({"name": " "}, "Meta.name must not be empty"),
        ({"hidden": 1}, "Meta.hidden must be True or False, not 1"),
        ({"time_limit": True}, "Meta.time_limit must be a number of seconds, 0 or more, not True"),
        ({"time_limit": -1}, "Meta.time_limit must be a number of seconds, 0 or more, not -1"),
        ({"soft_time_limit": math.nan}, "Meta.soft_time_limit must be a number of seconds"),
        ({"soft_time_limit": math.inf}, "Meta.soft_time_limit must be a number of seconds"),
        ({"time_limit": "5"}, "Meta.time_limit must be a number of seconds, 0 or more, not '5'"),
        ({"memory_limit": "much"}, "Meta.memory_limit must be bytes, or a text as '512 MiB'"),
        ({"max_retries": 1.5}, "Meta.max_retries must be a whole number, 0 or more, not 1.5"),
        ({"retry_on": "never"}, "Meta.retry_on must be one of 'failure', 'lost', 'both', not"),
        ({"on_log_limit": 3}, "Meta.on_log_limit must be one of 'truncate', 'fail', not 3"),
        ({"task_queues": "gpu"}, "Meta.task_queues must be a list or tuple of texts, not 'gpu'"),
        ({"fieldsets": ["a"]}, "Meta.fieldsets must be a dictionary of headings to lists of names"),
        ({"fieldsets": [("Disk", "ab")]}, "Meta.fieldsets must be a dictionary of headings"),
        ({"fieldsets": [("Disk",)]}, "Meta.fieldsets must be a dictionary of headings"),
        ({"fieldsets": {" ": ["a"]}}, "Meta.fieldsets must be a dictionary of headings"),
        ({"fieldsets": {3: ["a"]}}, "Meta.fieldsets must be a dictionary of headings"),
        ({"fieldsets": "Disk"}, "Meta.fieldsets must be a dictionary of headings"),
        ({"max_concurrent": 0}, "Meta.max_concurrent must be a whole number, 1 or more, or None"),
        ({"max_concurrent": True}, "Meta.max_concurrent must be a whole number, 1 or more, or"),
        ({"is_singleton": True, "max_concurrent": 2}, "Meta.is_singleton allows one run at a time"),
        ({"when_busy": "skip"}, "Meta.when_busy must be 'refuse' or 'wait', not 'skip'"),
        ({"task_queues": ["big memory"]}, "Meta.task_queues names 'big memory', but the name of a"),
        ({"task_queues": [""]}, "Meta.task_queues names '', but the name of a queue"),
        ({"field_order": [1]}, "Meta.field_order must be a list or tuple of texts, not [1]"),
    ],
)
def test_a_wrong_option_is_named_with_what_was_found_and_what_is_wanted(
    options: dict[str, Any], fault: str
) -> None:
    (found,) = meta_faults(with_meta(**options))

    assert found.startswith(fault)


def test_a_meta_that_is_no_class_is_refused() -> None:
    job_class = type("Report", (), {"Meta": {"name": "x"}})

    assert list(meta_faults(job_class)) == ["Meta must be a class, not {'name': 'x'}"]


def test_reading_a_faulty_meta_names_the_class_and_every_fault() -> None:
    with pytest.raises(DeclarationError) as caught:
        read_meta(with_meta(name=3, hidden=1))

    assert str(caught.value) == (
        f"Job '{__name__}.Report' has 2 faults:\n"
        "  - Meta.hidden must be True or False, not 1.\n"
        "  - Meta.name must be text, not 3."
    )


def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason():
    with pytest.raises(DeclarationError, match=r"Meta.sanitizer_patterns: the pattern '\(a' with"):
        read_meta(with_meta(sanitizer_patterns=[("(a", "b")]))
