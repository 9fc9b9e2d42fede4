from __future__ import annotations

import ast

import pytest

from jobnb.reports.parameters import literal, parameters_source, rerun_source


@pytest.fixture
def record(reader, run):
    return lambda **changes: reader.read(run(**changes)).record


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        1.5,
        "plain",
        'it\'s "quoted"',
        "two\nlines",
        "\u202e\x1b\0\ud800",
        [1, [None]],
        {"a": {"b": ["c"]}},
        "'; import os; os.system('x') #",
    ],
)
def test_a_literal_is_the_value_and_nothing_else(value):
    text = literal(value)

    assert ast.literal_eval(text) == value
    assert "\n" not in text
    assert text.isprintable()


def test_numbers_that_json_has_not_are_written_too():
    assert literal([float("inf")]) == '[float("inf")]'


def test_each_input_is_a_line(record):
    source = parameters_source(record(inputs={"who": "Ada", "hosts": ["a", "b"], "dryrun": False}))

    assert source == 'who = "Ada"\nhosts = ["a", "b"]\ndryrun = False'


def test_what_was_not_kept_can_be_given_again(record):
    options = {"withheld": ["password", "who"], "sensitive": ["password"]}
    source = parameters_source(record(inputs={}, options=options))

    assert 'password = "env:PASSWORD"' in source
    assert "who = None  # not kept" in source


def test_a_huge_value_is_read_from_the_database(record):
    made = record(inputs={"text": "x" * 50_000})

    assert parameters_source(made) == (
        f'import jobnb\ntext = jobnb.result("{made.run_id}").inputs["text"]'
    )


def test_a_job_without_inputs_says_so(record):
    assert parameters_source(record(inputs={})) == "# This job has no inputs."


def test_the_last_cell_uses_the_parameters(record):
    source = rerun_source(record(inputs={"who": "Ada", "count": 3}))

    assert source.endswith('import jobnb\n\njobnb.run("Hello World", who=who, count=count)')


def test_the_last_cell_gives_the_options_again_but_no_key(record):
    source = rerun_source(record(options={"queue": "gpu", "key": "once"}, key="once"))

    assert 'jobnb.get_job("Hello World").options(queue="gpu").run(who=who, count=count)' in source


def test_an_input_may_be_called_as_the_library(record):
    source = rerun_source(record(inputs={"jobnb": 1}))

    assert 'import jobnb as jobnb_\n\njobnb_.run("Hello World", jobnb=jobnb)' in source


def test_a_hostile_name_of_a_job_is_text(record):
    source = rerun_source(record(job_name='x"); import os; ("\n'))

    assert len(ast.parse(source).body) == 2
