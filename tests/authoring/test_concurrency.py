"""What can be wrong with ``Meta.concurrency_key``."""

from __future__ import annotations

from typing import Any

import pytest

from jobnb.authoring.concurrency import concurrency_faults
from jobnb.authoring.variables import StringVar


def job_with(**options: Any) -> type:
    variables = {
        "device": StringVar(),
        "community": StringVar(),
        "plain": StringVar(sensitive=True),
    }
    return type("Report", (), {"Meta": type("Meta", (), options), **variables})


@pytest.mark.parametrize("key", [(), ("device",), ["device"], "device", [1]])
def test_a_key_of_variables_is_sound_and_wrong_types_are_said_elsewhere(key: Any) -> None:
    assert list(concurrency_faults(job_with(concurrency_key=key))) == []


def test_a_job_without_meta_is_sound() -> None:
    assert list(concurrency_faults(type("Report", (), {}))) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"concurrency_key": ("port",)}, "'port', but there is no variable of that name"),
        ({"concurrency_key": ("community",)}, "'community', which is sensitive: it is not stored"),
        ({"concurrency_key": ("device", "plain")}, "'plain', which is sensitive"),
        (
            {"concurrency_key": ("device",), "has_sensitive_variables": True},
            "Meta.has_sensitive_variables withholds all inputs",
        ),
    ],
)
def test_a_key_that_cannot_tell_runs_apart_is_named(options: dict[str, Any], fault: str) -> None:
    (found,) = concurrency_faults(job_with(**options))

    assert fault in found
