"""Text from spreadsheets and CSV files."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from jobnb.authoring.variables import Complaint
from jobnb.authoring.variables.pasting import Pasted, read_pasted


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4",
        "a,b\r\n1,2\r\n3,4\r\n",
        "\ufeffa,b\n1,2\n3,4\n",
        "\n\n a , b\n\n1,2\n,\n 3 ,4\n\n",
        "a\tb\n1\t2\n3\t4",
        "a;b\n1;2\n3;4",
        "a|b\n1|2\n3|4",
        '"a","b"\n"1","2"\n"3","4"',
        "a,b,,\n1,2,,\n3,4,,\n",
    ],
)
def test_whatever_is_between_the_cells_the_rows_are_the_same(text: str) -> None:
    rows = [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]

    assert read_pasted(text, ["a", "b"]) == Pasted(header=["a", "b"], rows=rows)


@pytest.mark.parametrize(
    ("text", "value"), [('[{"a": "1"}]', [{"a": "1"}]), (' {"a": 1}', {"a": 1}), ("null", None)]
)
def test_what_looks_like_json_is_read_as_json(text: str, value: Any) -> None:
    assert read_pasted(text, ["a"]) == value


@pytest.mark.parametrize(
    ("text", "header", "rows"),
    [
        ("a,b\n1;2,3\t4", ["a", "b"], [{"a": "1;2", "b": "3\t4"}]),
        ('a,b\n"x, y","say ""hi"""', ["a", "b"], [{"a": "x, y", "b": 'say "hi"'}]),
        ('a,b\n"two\nlines",2', ["a", "b"], [{"a": "two\nlines", "b": "2"}]),
        ("a\nx, y\n", ["a"], [{"a": "x, y"}]),
        ('a\tb\n5" disk\tx', ["a", "b"], [{"a": '5" disk', "b": "x"}]),
        ("b;a;c\n1;2,5;3", ["b", "a", "c"], [{"b": "1", "a": "2,5", "c": "3"}]),
        ("x,y\n1,2", ["x,y"], [{"x,y": "1,2"}]),
        ("a,b\n", ["a", "b"], []),
        ("|", ["|"], []),
        (",", [","], []),
    ],
)
def test_cells_keep_what_is_in_them(text: str, header: list[str], rows: Any) -> None:
    assert read_pasted(text, ["a", "b"]) == Pasted(header=header, rows=rows)


def test_a_cell_may_be_as_long_as_the_text() -> None:
    before = csv.field_size_limit()
    pasted = read_pasted(f"a,b\n{'x' * 200_000},2", ["a", "b"])

    assert len(pasted.rows[0]["a"]) == 200_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("text", ["", "  \n ", "\ufeff", '""', '" "\n""'])
def test_blank_text_is_nothing(text: str) -> None:
    assert read_pasted(text, ["a"]) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1", "row 1 has 1 cells, but there are 2 columns"),
        ("a,b\n1,2\n1,2,3", "row 2 has 3 cells, but there are 2 columns"),
        ("a,,b\n1,2,3", "column 2 has no name in the header line."),
        ("a,b,a\n1,2,3", "column 'a' is there twice."),
        ('a,b\n"1,2\n3,4', "This is no CSV: unexpected end of data (line 3)."),
        ('a,b\n"1"x,2', "This is no CSV: ',' expected after '\"' (line 2)."),
        ("[1,", "Enter a valid JSON."),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(Complaint) as caught:
        read_pasted(text, ["a", "b"])

    assert caught.value.messages[0].startswith(message)


def test_a_header_of_very_many_cells_is_read_in_no_time() -> None:
    with pytest.raises(Complaint) as caught:
        read_pasted("a," * 100_000 + "a", ["a", "b"])

    assert caught.value.messages[-1] == "and 99980 more."
