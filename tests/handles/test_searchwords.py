from __future__ import annotations

import pytest

from jobnb.errors import InvalidSearch
from jobnb.handles.searchwords import split_filters


def test_words_become_filters():
    words = ["Hello World", "--failed", "-i", "who=x", "--input", "n=a=b", "--since", "2h"]

    assert split_filters(words) == {
        "job": "Hello World",
        "failed": True,
        "inputs": {"who": "x", "n": "a=b"},
        "since": "2h",
    }


def test_no_words_are_no_filters():
    assert split_filters([]) == {"failed": False, "inputs": {}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fail"], "unrecognized arguments: --fail. There are: --job, --status, --failed"),
        (["--limit", "few"], "invalid int value"),
        (["--since"], "expected one argument"),
        (["-i", "who"], "write it as NAME=VALUE"),
        (["one", "two"], "unrecognized arguments: two"),
    ],
)
def test_words_that_are_no_filters_are_refused(words, said):
    with pytest.raises(InvalidSearch) as caught:
        split_filters(words)

    assert said in str(caught.value)
