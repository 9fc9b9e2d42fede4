"""Tables: rows with declared columns."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import netaddr
import pandas as pd
import pytest

from jobnb.authoring.variables import (
    NOT_A_TABLE,
    REQUIRED,
    BooleanVar,
    ChoiceVar,
    Complaint,
    DateVar,
    FileVar,
    IntegerVar,
    IPAddressVar,
    SecretVar,
    StringVar,
    TableVar,
)

COLUMNS = {
    "name": StringVar(max_length=5),
    "vlan": IntegerVar(1, 4094, default=1),
    "ip": IPAddressVar(required=False),
}
ROWS = [
    {"name": "sw1", "vlan": 7, "ip": "10.0.0.1"},
    {"name": "sw2", "vlan": 8, "ip": None},
]


class TestRows:
    @pytest.mark.parametrize(
        "raw",
        [
            ROWS,
            tuple(ROWS),
            [{"ip": "10.0.0.1", "vlan": "7", "name": " sw1 "}, {"name": "sw2", "vlan": 8.0}],
            "name,vlan,ip\nsw1,7,10.0.0.1\nsw2,8,\n",
            '[{"name": "sw1", "vlan": 7, "ip": "10.0.0.1"}, {"name": "sw2", "vlan": 8}]',
            pd.DataFrame(ROWS),
        ],
        ids=["dicts", "tuple", "untidy dicts", "csv", "json", "frame"],
    )
    def test_rows_may_be_given_in_many_shapes(self, raw: Any) -> None:
        assert TableVar(COLUMNS).clean(raw) == ROWS

    def test_run_gets_the_live_value_of_every_cell(self) -> None:
        assert TableVar(COLUMNS).restore(ROWS) == [
            {"name": "sw1", "vlan": 7, "ip": netaddr.IPAddress("10.0.0.1")},
            {"name": "sw2", "vlan": 8, "ip": None},
        ]

    def test_a_column_that_is_left_out_gets_its_default(self) -> None:
        assert TableVar(COLUMNS).clean("name\nsw1") == [{"name": "sw1", "vlan": 1, "ip": None}]

    def test_an_emptied_cell_does_not(self, complaints) -> None:
        assert complaints(TableVar(COLUMNS), "name,vlan\nsw1,") == [
            f"row 1, column 'vlan': {REQUIRED}"
        ]

    def test_every_wrong_cell_is_named_by_row_and_column(self, complaints) -> None:
        assert complaints(TableVar(COLUMNS), "name,vlan\nsw1,7\nswitch,0\n,5") == [
            "row 2, column 'name': Ensure this value has at most 5 characters (it has 6).",
            "row 2, column 'vlan': Ensure this value is greater than or equal to 1.",
            f"row 3, column 'name': {REQUIRED}",
        ]

    def test_after_twenty_they_are_counted(self, complaints) -> None:
        messages = complaints(TableVar(COLUMNS), [{"name": None, "vlan": 0}] * 30)

        assert len(messages) == 21
        assert messages[-1] == "and 40 more."

    @pytest.mark.parametrize(
        ("raw", "messages"),
        [
            (
                "name,vlna\nsw1,7",
                ["there is no column 'vlna'. Did you mean 'vlan'?"],
            ),
            (
                "NAME\nsw1",
                ["there is no column 'NAME'. Did you mean 'name'?", "column 'name' is missing."],
            ),
            (
                [{"name": "sw1", "colour": "red"}],
                ["there is no column 'colour'. There are: 'name', 'vlan', 'ip'."],
            ),
            ([{"name": "x", 5: 1}], ["there is no column 5. There are: 'name', 'vlan', 'ip'."]),
            ([{"vlan": 7}], ["column 'name' is missing."]),
        ],
    )
    def test_columns_that_do_not_fit_are_named(self, complaints, raw: Any, messages: Any) -> None:
        assert complaints(TableVar(COLUMNS), raw) == messages

    @pytest.mark.parametrize("raw", [{"name": "x"}, 5, True, b"name\nx", 1.5])
    def test_what_is_no_table_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(TableVar(COLUMNS), raw) == [NOT_A_TABLE]

    def test_a_row_that_is_no_dictionary_is_named(self, complaints) -> None:
        assert complaints(TableVar(COLUMNS), [ROWS[0], ["sw2", 8]]) == [
            f"row 2 is ['sw2', 8]. {NOT_A_TABLE}"
        ]

    @pytest.mark.parametrize("raw", [None, "", [], "[]", "name,vlan,ip\n", pd.DataFrame(ROWS[:0])])
    def test_no_rows_are_nothing(self, complaints, raw: Any) -> None:
        assert complaints(TableVar(COLUMNS), raw) == [REQUIRED]
        assert TableVar(COLUMNS, required=False).clean(raw) == []

    @pytest.mark.parametrize(
        ("variable", "message"),
        [
            (TableVar(COLUMNS, 3), "Ensure this table has at least 3 rows (it has 2)."),
            (TableVar(COLUMNS, None, 1), "Ensure this table has at most 1 row (it has 2)."),
        ],
    )
    def test_too_few_or_too_many_rows_are_refused(self, complaints, variable, message) -> None:
        assert complaints(variable, ROWS) == [message]

    def test_as_many_rows_as_the_bounds_fit(self) -> None:
        assert TableVar(COLUMNS, 2, 2).clean(ROWS) == ROWS


class TestDataFrames:
    COLUMNS = {  # noqa: RUF012
        "name": StringVar(required=False),
        "big": IntegerVar(required=False),
        "count": IntegerVar(),
        "day": DateVar(required=False),
        "up": BooleanVar(),
    }
    ROWS = [  # noqa: RUF012
        {"name": "a", "big": 2**53 + 1, "count": 1, "day": "2026-01-01", "up": True},
        {"name": "", "big": None, "count": 2, "day": None, "up": False},
    ]

    def test_run_gets_one_whose_whole_numbers_are_exact(self) -> None:
        frame = TableVar(self.COLUMNS, dataframe=True).restore(self.ROWS)

        assert list(frame.columns) == list(self.COLUMNS)
        assert frame["big"][0] == 2**53 + 1
        assert (frame["count"].dtype, frame["up"].dtype) == ("int64", bool)
        assert frame["day"][0] == date(2026, 1, 1)

    def test_it_cleans_to_what_was_stored(self) -> None:
        variable = TableVar(self.COLUMNS, dataframe=True)

        assert variable.clean(variable.restore(self.ROWS)) == self.ROWS

    def test_without_rows_it_still_has_the_columns(self) -> None:
        frame = TableVar(self.COLUMNS, dataframe=True, required=False).restore([])

        assert list(frame.columns) == list(self.COLUMNS)
        assert len(frame) == 0

    def test_pandas_that_is_not_there_is_a_fault(self, monkeypatch) -> None:
        monkeypatch.setitem(sys.modules, "pandas", None)

        assert list(TableVar(COLUMNS, dataframe=True).faults()) == [
            "dataframe=True needs pandas, which is not installed; install it or remove this"
        ]

    def test_rows_need_no_pandas(self, monkeypatch) -> None:
        monkeypatch.delitem(sys.modules, "pandas")

        assert TableVar(COLUMNS).clean(ROWS) == ROWS


class TestDeclaration:
    def test_it_describes_its_columns_as_variables(self) -> None:
        described = TableVar(COLUMNS, 1, 9, label="Switches", default=ROWS).describe("switches")

        assert described.options["min_rows"] == 1
        assert described.options["max_rows"] == 9
        assert [column["name"] for column in described.options["columns"]] == list(COLUMNS)
        assert described.options["columns"][1]["options"] == {"min_value": 1, "max_value": 4094}
        assert described.default == ROWS

    def test_a_sound_one_has_no_fault(self) -> None:
        assert list(TableVar(COLUMNS, 1, dataframe=True).faults()) == []

    @pytest.mark.parametrize(
        ("columns", "fault"),
        [
            ({}, "columns must map names to variables, not {}"),
            ([StringVar()], "columns must map names to variables, not ["),
            ({"a": "text"}, "column 'a': it must be a variable, such as StringVar(), not 'text'"),
            ({"a ": StringVar()}, "column 'a ': its name must be text without blanks around it"),
            ({5: StringVar()}, "column 5: its name must be text without blanks around it"),
            ({"a": StringVar(5, 4)}, "column 'a': min_length 5 is above max_length 4"),
            (
                {"a": TableVar(COLUMNS)},
                "column 'a': no column of a table can be one that is a table",
            ),
            ({"a": FileVar()}, "column 'a': no column of a table can be one that is a file"),
            (
                {"a": ChoiceVar(lambda site: [site])},
                "column 'a': no column of a table can be one that has choices that depend on",
            ),
            (
                {"a": StringVar(visible_when={"b": 1})},
                "column 'a': no column of a table can be one that has visible_when",
            ),
            (
                {"a": StringVar(widget="x")},
                "column 'a': no column of a table can be one that has a widget",
            ),
        ],
    )
    def test_wrong_columns_are_named(self, columns: Any, fault: str) -> None:
        variable = TableVar(columns)
        (found,) = variable.faults()

        assert found.startswith(fault)
        assert not variable.is_sensitive("x")

    @pytest.mark.parametrize(
        ("variable", "fault"),
        [
            (TableVar(COLUMNS, -1), "min_rows must be 0 or more, not -1"),
            (TableVar(COLUMNS, 2, 1), "min_rows 2 is above max_rows 1, so nothing fits"),
            (TableVar(COLUMNS, dataframe=1), "dataframe must be True or False, not 1"),  # type: ignore[arg-type]
        ],
    )
    def test_wrong_arguments_are_named(self, variable: TableVar, fault: str) -> None:
        assert list(variable.faults()) == [fault]

    @pytest.mark.parametrize(
        ("variable", "expected"),
        [
            (TableVar(COLUMNS), False),
            (TableVar(COLUMNS, sensitive=True), True),
            (TableVar({"user": StringVar(), "password": StringVar()}), True),
            (TableVar({"key": SecretVar()}), True),
            (TableVar({"password": StringVar()}, sensitive=False), False),
        ],
    )
    def test_one_secret_column_withholds_the_table(self, variable: TableVar, expected: Any) -> None:
        assert variable.is_sensitive("rows") is expected

    def test_its_name_may_say_so_too(self) -> None:
        assert TableVar(COLUMNS).is_sensitive("api_tokens")


def test_a_stored_row_that_does_not_fit_any_more_is_refused() -> None:
    with pytest.raises(Complaint, match="Invalid IPv4/IPv6"):
        TableVar(COLUMNS).restore([{"name": "a", "vlan": 1, "ip": "x"}])
