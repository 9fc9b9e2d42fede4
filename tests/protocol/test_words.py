"""Words: levels by number."""

from __future__ import annotations

import pytest

from jobnb.protocol import (
    level_name,
)


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "DEBUG"), (10, "DEBUG"), (24, "INFO"), (25, "SUCCESS"), (31, "WARNING"), (99, "CRITICAL")],
)
def test_a_level_number_maps_down_to_one_of_the_seven(number, name):
    assert level_name(number) == name
