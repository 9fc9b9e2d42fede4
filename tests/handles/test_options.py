"""How a run is started: which options there are, and what they may be."""

from __future__ import annotations

import pytest

from jobnb.errors import RunRefused
from jobnb.handles.handle import Options


def test_only_what_was_changed_and_concerns_the_run_goes_with_it():
    options = Options().changed({"check": False, "queue": "gpu", "priority": 0, "profile": True})

    assert options.of_run() == {"queue": "gpu", "profile": True}


def test_a_whole_number_is_a_number_of_seconds():
    assert Options().changed({"queue_timeout": 3}).queue_timeout == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"priority": True}, "'priority' wants int, not True"),
        ({"priority": 1.5}, "'priority' wants int, not 1.5"),
        ({"queue": 3}, "'queue' wants str or None, not 3"),
        ({"profile": 1}, "'profile' wants bool, not 1"),
        ({"queue_timeout": "3"}, "'queue_timeout' wants float or None, not '3'"),
        ({"que": "gpu"}, "no option 'que'. Did you mean 'queue'?"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(changes, words):
    with pytest.raises(RunRefused) as refused:
        Options().changed(changes)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_limit": -1}, "'time_limit' wants a number of seconds, 0 or more, not -1"),
        ({"soft_time_limit": True}, "wants a number of seconds, 0 or more, not True"),
        ({"memory_limit": "much"}, "'memory_limit' wants bytes, or a text as '512 MiB'"),
    ],
)
def test_a_limit_that_is_none_is_refused_in_words_of_its_own(changes, words):
    with pytest.raises(RunRefused) as refused:
        Options().changed(changes)

    assert words in str(refused.value)


def test_a_limit_is_seconds_a_size_or_none_at_all():
    options = Options().changed({"time_limit": 0, "memory_limit": "512 MiB"})

    assert options.of_run() == {"time_limit": 0, "memory_limit": "512 MiB"}
