"""What travels beside JSON values, and comes back into them."""

from __future__ import annotations

import json
from typing import Any

from jobnb.protocol.marks import DatabaseRow, LiveText, with_marks, without_marks

SITE = DatabaseRow(class_name="Site", tables=("site",), key=[1, "a"])


def there_and_back(value: Any) -> tuple[Any, Any]:
    """A value as JSON, and what it is on the other side."""
    marks: list[Any] = []
    plain, told = json.loads(json.dumps([without_marks({"x": value}, marks), marks]))
    return plain["x"], with_marks(plain, told)["x"]


def test_live_text_is_plain_text_that_stays_live() -> None:
    plain, back = there_and_back(LiveText("1.10"))

    assert (plain, back) == ("1.10", "1.10")
    assert type(back) is LiveText


def test_a_row_is_its_key_and_comes_back_as_a_row() -> None:
    assert there_and_back(SITE) == ([1, "a"], SITE)
    assert str(SITE) == "Site object"


def test_they_keep_their_places_among_others() -> None:
    _, back = there_and_back([{"a": [SITE, "text"], "b": LiveText("x")}, 5])

    assert back == [{"a": [SITE, "text"], "b": "x"}, 5]
    assert type(back[0]["b"]) is LiveText
    assert type(back[0]["a"][1]) is str
