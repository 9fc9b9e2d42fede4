from __future__ import annotations

import inspect
import pickle

import pytest

from jobnb import errors
from jobnb.errors import InvalidInput, JobFailed, JobNotFound, ResultNotFound, RunCancelled

ALL = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if cls.__module__ == errors.__name__
]


@pytest.mark.parametrize("cls", [cls for cls in ALL if not cls.__name__.startswith("_")])
def test_the_tree_at_the_top_of_the_file_names_every_error(cls):
    assert cls.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("Hello", {"who": ["is missing"]}),
        JobNotFound("Helo", ["Hello"]),
        JobFailed("ended in FAILURE", result=object()),
        errors.ClusterError("no worker"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_pickling(error):
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert str(copy) == str(error)


def test_all_complaints_about_inputs_are_in_one_message():
    error = InvalidInput("Hello", {"who": ["is missing"], "age": ["too low", "not even"]})

    assert str(error).splitlines() == [
        "Job 'Hello' refuses these inputs:",
        "  who: is missing",
        "  age: too low",
        "  age: not even",
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (JobNotFound("helo world", ["Hello World", "Other"]), "Did you mean 'Hello World'?"),
        (JobNotFound("zzz", ["Hello World"]), "There are: 'Hello World'."),
        (JobNotFound("zzz"), "The catalog is empty"),
        (ResultNotFound("abc"), "jobnb results"),
    ],
)
def test_an_unknown_name_comes_with_what_there_is(error, words):
    assert words in str(error)
    assert isinstance(error, LookupError)


def test_a_job_that_guards_a_step_with_except_exception_is_still_cancelled():
    assert not issubclass(RunCancelled, Exception)
