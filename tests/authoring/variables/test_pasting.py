"""Text from spreadsheets and CSV files."""

from __future__ import annotations

from typing import Any

import pytest

from jobnb.authoring.variables import Complaint
from jobnb.authoring.variables.pasting import read_pasted


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
        '[{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]',
    ],
)
def test_whatever_is_between_the_cells_the_rows_are_the_same(text: str) -> None:
    assert read_pasted(text, ["a", "b"]) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1;2,3\t4", [{"a": "1;2", "b": "3\t4"}]),
        ('a,b\n"x, y","say ""hi"""', [{"a": "x, y", "b": 'say "hi"'}]),
        ('a,b\n"two\nlines",2', [{"a": "two\nlines", "b": "2"}]),
        ("a\nx, y\n", [{"a": "x, y"}]),
        ('a\tb\n5" disk\tx', [{"a": '5" disk', "b": "x"}]),
        ("b;a;c\n1;2,5;3", [{"b": "1", "a": "2,5", "c": "3"}]),
        ("x,y\n1,2", [{"x,y": "1,2"}]),
        ("a,b\n", []),
        ("|", []),
        (",", []),
    ],
)
def test_cells_keep_what_is_in_them(text: str, rows: Any) -> None:
    assert read_pasted(text, ["a", "b"]) == rows


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
        (f"a,b\n{'x' * 200_000},2", "This is no CSV: field larger than field limit"),
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
