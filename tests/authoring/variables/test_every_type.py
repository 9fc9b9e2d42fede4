"""What holds for the variables of every type, whatever they are given."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import netaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.authoring.variables import (
    REQUIRED,
    BooleanVar,
    ChoiceVar,
    Complaint,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    FloatVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    StringVar,
    TableVar,
    TextVar,
    Variable,
)
from jobnb.protocol.marks import DatabaseRow

COLUMNS = {"name": StringVar(), "vlan": IntegerVar(required=False)}

OPTIONAL: list[Variable] = [
    StringVar(required=False),
    TextVar(required=False),
    IntegerVar(required=False),
    FloatVar(required=False),
    DecimalVar(required=False),
    BooleanVar(),
    DryRunVar(),
    ChoiceVar(["a", "b", "1"], required=False),
    MultiChoiceVar(["a", "b", "1"], required=False),
    DateVar(required=False),
    DateTimeVar(required=False),
    DateTimeVar(timezone="Europe/Berlin", required=False),
    IPAddressVar(required=False),
    IPAddressWithMaskVar(required=False),
    IPNetworkVar(required=False),
    JSONVar(required=False),
    TableVar(COLUMNS, required=False),
    TableVar(COLUMNS, dataframe=True, required=False),
]

NASTY = [
    *(None, "", "   ", "\n\t", "\0", "a\0b", "\ud800", "\u200b", "\ufeff"),
    *(math.nan, math.inf, -math.inf, "nan", "inf", "-Infinity", -0.0, "-0", "-0.0"),
    *(10**400, 10**5000, str(10**400), "9" * 5000, "1e400", "1e-400", "1e999999999999999999999"),
    *("x" * 1_000_000, "[" * 100_000, '{"a":' * 5000, "1," * 100_000),
    *("\uff11\uff12", "١٢", "1_000", "1\u200b2", "²", "10.0.0.\uff11", "2026-01-\uff101"),
    *("<script>alert(1)</script>", "<b>&amp;</b>", "'; DROP TABLE jobs; --", "${HOME}", "%s {0}"),
    *("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "../../etc/passwd"),
    *([], {}, [[]], [None], ["a", "a"], {"a": 1}, {1: 2}, [{}], [{"name": None}], [{1: 2}]),
    *(True, False, 0, 1, -1, 1.5, b"x", object(), int, (1, 2), {"a"}, range(3), 1j, Ellipsis),
    *(date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), Decimal("NaN"), Decimal("sNaN")),
    *(netaddr.IPAddress("10.0.0.1"), netaddr.IPNetwork("10.0.0.0/8")),
]


def tried(variable: Variable, raw: Any) -> tuple[Any, list[str]]:
    """What is stored, as for no value if it is refused; and in which words it is."""
    try:
        return variable.clean(raw), []
    except Complaint as complaint:
        return variable.clean(None), complaint.messages or [""]


def is_sound(variable: Variable, raw: Any) -> bool:
    """Whether a value is either refused in a few words, or stored as JSON that means the same."""
    stored, messages = tried(variable, raw)
    is_brief = len(messages) <= 21 and all(0 < len(text) < 500 for text in messages)
    is_json = json.loads(json.dumps(stored, allow_nan=False)) == stored
    return is_brief and is_json and variable.clean(stored) == stored


@pytest.mark.parametrize("variable", OPTIONAL, ids=lambda item: type(item).__name__)
def test_bad_input_is_taken_for_good_or_refused_in_words(variable: Variable) -> None:
    assert [ascii(type(raw)) for raw in NASTY if not is_sound(variable, raw)] == []


@pytest.mark.parametrize("variable", OPTIONAL, ids=lambda item: type(item).__name__)
def test_a_row_of_a_database_is_for_objects_only(variable: Variable) -> None:
    with pytest.raises(Complaint):
        variable.clean(DatabaseRow(class_name="Site", tables=("site",), key="1"))


@pytest.mark.parametrize("raw", [None, "", "  "])
@pytest.mark.parametrize(
    "variable",
    [
        StringVar(),
        TextVar(),
        IntegerVar(),
        FloatVar(),
        DecimalVar(),
        ChoiceVar(["a"]),
        MultiChoiceVar(["a"]),
        DateVar(),
        DateTimeVar(),
        IPAddressVar(),
        IPAddressWithMaskVar(),
        IPNetworkVar(),
        JSONVar(),
        TableVar(COLUMNS),
    ],
    ids=lambda item: type(item).__name__,
)
def test_nothing_is_refused_where_something_is_required(variable: Variable, raw: Any) -> None:
    with pytest.raises(Complaint) as caught:
        variable.clean(raw)

    assert caught.value.messages == [REQUIRED]


@pytest.mark.parametrize(
    ("variable", "empty"),
    [
        (TextVar(required=False), ""),
        (FloatVar(required=False), None),
        (DecimalVar(required=False), None),
        (ChoiceVar(["a"], required=False), ""),
        (MultiChoiceVar(["a"], required=False), []),
        (DateVar(required=False), None),
        (DateTimeVar(required=False), None),
        (IPAddressVar(required=False), None),
        (IPNetworkVar(required=False), None),
        (JSONVar(required=False), None),
        (TableVar(COLUMNS, required=False), []),
    ],
    ids=lambda item: type(item).__name__,
)
def test_what_is_left_out_comes_as_the_empty_value_of_its_type(
    variable: Variable, empty: Any
) -> None:
    assert variable.default_value() == empty
    assert variable.restore(variable.default_value()) == empty


def test_an_empty_value_is_a_new_one_each_time() -> None:
    variable = MultiChoiceVar(["a"], required=False)
    variable.clean(None).append("x")

    assert variable.clean(None) == []


def test_an_html_text_is_kept_as_it_is() -> None:
    assert StringVar().clean("<b>x</b>") == "<b>x</b>"


LIVE = {
    "float": (FloatVar(), st.floats(allow_nan=False, allow_infinity=False)),
    "decimal": (
        DecimalVar(),
        st.decimals(allow_nan=False, allow_infinity=False).filter(
            lambda number: abs(number.adjusted()) < 4000
        ),
    ),
    "date": (DateVar(), st.dates()),
    "address": (IPAddressVar(), st.ip_addresses().map(lambda item: netaddr.IPAddress(str(item)))),
    "network": (
        IPNetworkVar(),
        st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map(
            lambda item: netaddr.IPNetwork(f"{item[0]}/{item[1]}").cidr
        ),
    ),
    "address with mask": (
        IPAddressWithMaskVar(),
        st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(
            lambda item: netaddr.IPNetwork(f"{item[0]}/{item[1]}")
        ),
    ),
    "choice": (ChoiceVar(["a", "b"]), st.sampled_from(["a", "b"])),
    "choices": (
        MultiChoiceVar(["a", "b", "c"]),
        st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True),
    ),
    "text": (TextVar(required=False), st.text().map(str.strip).filter(lambda x: "\0" not in x)),
    "json": (
        JSONVar(required=False),
        st.recursive(
            st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.lists(st.text()),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=10,
        ),
    ),
    "table": (
        TableVar({"n": IntegerVar(), "day": DateVar(required=False), "on": BooleanVar()}),
        st.lists(
            st.fixed_dictionaries(
                {"n": st.integers(), "day": st.none() | st.dates(), "on": st.booleans()}
            ),
            min_size=1,
        ),
    ),
}


@pytest.mark.parametrize("name", LIVE)
@given(data=st.data())
def test_a_live_value_comes_back_equal_from_what_is_stored(name: str, data: st.DataObject) -> None:
    variable, values = LIVE[name]
    live = data.draw(values)
    stored = variable.clean(live)
    restored = variable.restore(json.loads(json.dumps(stored)))

    assert restored == live
    assert variable.clean(stored) == stored
    assert variable.clean(restored) == stored


@pytest.mark.parametrize("variable", OPTIONAL, ids=lambda item: type(item).__name__)
@given(raw=st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.text()))
def test_what_is_stored_is_json_and_cleans_to_itself(variable: Variable, raw: Any) -> None:
    stored, _ = tried(variable, raw)

    assert json.loads(json.dumps(stored, allow_nan=False)) == stored
    assert variable.clean(stored) == stored
