from __future__ import annotations

from datetime import timedelta

import pytest

from jobnb.errors import InvalidSearch
from jobnb.handles.words import parse_duration


@pytest.mark.parametrize(
    ("text", "hours"),
    [("90d", 90 * 24), ("12h", 12), ("30m", 0.5), ("1.5 H", 1.5), ("2w", 336), ("36s", 0.01)],
)
def test_a_duration_is_a_number_and_a_unit(text, hours):
    assert parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1y", "1d 2h", "9" * 30 + "w"])
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(InvalidSearch, match="write it as 90d"):
        parse_duration(text)
