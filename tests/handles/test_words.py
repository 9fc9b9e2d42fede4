"""What the words of a command line or of the magic say."""

from __future__ import annotations

import pytest

from jobnb.errors import RunRefused
from jobnb.handles.words import split_options


def test_options_may_stand_anywhere_between_the_other_words():
    words = ["-q", "gpu", "Hello World", "who=x", "--profile", "count=-1", "--priority", "-3"]

    assert split_options(words) == (
        {"queue": "gpu", "profile": True, "priority": -3},
        ["Hello World", "who=x", "count=-1"],
    )


def test_every_option_has_its_words():
    words = ["--queue-timeout=1.5", "--key", "k", "--ignore-singleton-lock"]

    assert split_options(words) == (
        {"queue_timeout": 1.5, "key": "k", "ignore_singleton_lock": True},
        [],
    )


@pytest.mark.parametrize("words", [["--queu", "x"], ["-q"], ["--priority", "high"], ["--check"]])
def test_a_wrong_option_is_refused_with_those_that_there_are(words):
    with pytest.raises(RunRefused, match=r"There are: --queue, --queue-timeout, --priority"):
        split_options(words)
