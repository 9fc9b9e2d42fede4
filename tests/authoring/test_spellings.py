"""How Python writes what is sensitive."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobnb.authoring.spellings import sensitive_spellings
from jobnb.authoring.variables import (
    DateVar,
    DecimalVar,
    JSONVar,
    SecretVar,
    StringVar,
    TableVar,
    Variable,
)


class Broken:
    def __str__(self) -> str:
        raise RuntimeError

    def __repr__(self) -> str:
        return "<broken>"


@pytest.mark.parametrize(
    ("variable", "live", "spellings"),
    [
        (DateVar(), date(2026, 12, 31), ["2026-12-31", "datetime.date(2026, 12, 31)"]),
        (DecimalVar(), Decimal("1.50"), ["1.50", "Decimal('1.50')"]),
        (JSONVar(), {"key-1": ["one", None, True]}, ["key-1", "one"]),
        (TableVar({"host": StringVar()}), [{"host": "a"}], ["a"]),
        (SecretVar(), "hunter2", ["hunter2"]),
        (StringVar(), Broken(), ["<broken>"]),
    ],
)
def test_the_spellings_of_a_live_value(variable: Variable, live: Any, spellings: list[str]) -> None:
    assert sensitive_spellings({"token": variable}, {"token": live}) == sorted(spellings)


def test_the_cells_of_a_frame_are_spelled_one_by_one() -> None:
    pandas = pytest.importorskip("pandas")
    table = TableVar({"host": StringVar()}, dataframe=True)
    frame = pandas.DataFrame({"host": ["alpha"]})

    assert sensitive_spellings({"token": table}, {"token": frame}) == ["alpha"]


def test_other_inputs_are_not_spelled() -> None:
    assert sensitive_spellings({"who": StringVar()}, {"who": "x"}) == []
