"""When a file gets a template of its own."""

from __future__ import annotations

import pytest

from jobnb.catalogs.growing.beds import OFTEN, WORTH, Bed
from jobnb.catalogs.growing.soils import Soil
from jobnb.catalogs.growing.templates import Imported


def bed_with(weights: dict[str, int]) -> Bed:
    bed = Bed(Soil("folder", "root", {}, []))
    bed.imported = Imported("", "", weights)
    return bed


def test_a_unit_is_worth_a_template_of_its_own_if_it_runs_often_and_others_are_heavy():
    bed = bed_with({"light": 1, "heavy": WORTH})

    assert [bed.wants_own("light") for _ in range(OFTEN)] == [*[False] * (OFTEN - 1), True]


@pytest.mark.parametrize("unit", ["heavy", "heavy.part", "not told of"])
def test_the_unit_that_is_heavy_itself_is_not(unit):
    bed = bed_with({"light": 1, unit.partition(".")[0]: WORTH})

    assert not any(bed.wants_own(unit) for _ in range(OFTEN))


def test_a_template_that_turned_out_as_heavy_is_not_worth_while():
    bed = bed_with({"first": WORTH, "second": 1})  # the first one pays for what both import

    assert not bed.is_lighter(Imported("", "", {"second": WORTH}))
    assert bed.is_lighter(Imported("", "", {"second": 1}))


def test_nothing_is_tried_again_with_a_unit_that_was_as_heavy_alone():
    bed = bed_with({"light": 1, "heavy": WORTH})
    bed.heavy.add("light")

    assert not any(bed.wants_own("light") for _ in range(OFTEN))
