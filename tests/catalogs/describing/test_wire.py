"""What live values become on their way to a job."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import netaddr
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from jobnb.catalogs.describing.wire import DEEPEST, to_wire
from jobnb.protocol.marks import DatabaseRow, LiveText, with_marks


class Text(str):
    """Has an idea of its own about what it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Count(int):
    def __int__(self) -> int:
        return 7


class Colour(Enum):
    RED = 1
    BOTH = (1, 2)


class Speed(StrEnum):
    FAST = "fast"


class Level(IntEnum):
    HIGH = 3


class Base(DeclarativeBase):
    pass


class Device(Base):
    __tablename__ = "device"
    id: Mapped[int] = mapped_column(primary_key=True)


class Router(Device):
    __tablename__ = "router"
    id: Mapped[int] = mapped_column(sa.ForeignKey("device.id"), primary_key=True)


class Port(Base):
    __tablename__ = "port"
    device: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[UUID] = mapped_column(primary_key=True)


def travelled(value: Any) -> Any:
    """A value as the child gets it."""
    outgoing = to_wire({"x": value})
    assert outgoing.problems == {}
    return json.loads(json.dumps(outgoing.inputs["x"]))


def arrived(value: Any) -> Any:
    """A value as the variables in the child get it."""
    outgoing = to_wire({"x": value})
    assert outgoing.problems == {}
    inputs, marks = json.loads(json.dumps([outgoing.inputs, outgoing.marks]))
    return with_marks(inputs, marks)["x"]


def reason(value: Any) -> str:
    """Why a value does not travel."""
    outgoing = to_wire({"x": value})
    assert outgoing.inputs == {}
    return " ".join(outgoing.problems["x"])


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (None, None),
        (True, True),
        ("\ud800 ä \0", "\ud800 ä \0"),
        ([10**400], [10**400]),
        (math.inf, math.inf),
        (-0.0, -0.0),
        (Text(" x "), " x "),
        (Count(3), 3),
        (Colour.RED, 1),
        (Colour.BOTH, "BOTH"),
        (Speed.FAST, "fast"),
        (Level.HIGH, 3),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 1, 2, 3, 4, UTC), "2024-02-29T01:02:03.000004+00:00"),
        (time(1, 2), "01:02:00"),
        (Decimal("-0.10"), "-0.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("/tmp/x"), "/tmp/x"),
        (ip_address("10.0.0.1"), "10.0.0.1"),
        (ip_interface("10.0.0.1/8"), "10.0.0.1/8"),
        (ip_network("fe80::/64"), "fe80::/64"),
        (netaddr.IPAddress("::1"), "::1"),
        (netaddr.IPNetwork("10.0.0.1/8"), "10.0.0.1/8"),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({1, "a", None}, [None, 1, "a"]),
        ({"a": {"b": date(2024, 1, 1)}}, {"a": {"b": "2024-01-01"}}),
        ({Text("k"): 1, Speed.FAST: 2}, {"k": 1, "fast": 2}),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.items(), [["a", 1]]),
    ],
)
def test_values_of_python_travel_exactly(value: Any, arrives: Any) -> None:
    found = travelled(value)

    assert found == arrives
    assert repr(found) == repr(arrives)


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.5), 0.5),
        (np.int64(2**62), 2**62),
        (np.bool_(True), True),  # noqa: FBT003
        (np.str_("x"), "x"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.datetime64("2024-01-01"), "2024-01-01T00:00:00"),
        (np.datetime64("NaT"), None),
        (np.array(["2024-01-01", "NaT"], "datetime64[ns]"), ["2024-01-01T00:00:00", None]),
        (pd.Timestamp("2024-01-01", tz="UTC"), "2024-01-01T00:00:00+00:00"),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Series([1.5, None]), [1.5, None]),
        (pd.Series(["a", None]), ["a", None]),
        (pd.Index(["a", "b"]), ["a", "b"]),
    ],
)
def test_values_of_guests_travel_as_pythons_own(value: Any, arrives: Any) -> None:
    found = travelled(value)

    assert found == arrives
    assert type(found) is type(arrives)


@pytest.mark.parametrize(
    "value",
    [
        *(Decimal("1.10"), date(2024, 2, 29), UUID(int=1), Speed.FAST, Colour.BOTH, Path("/tmp/x")),
        *(ip_address("10.0.0.1"), netaddr.IPAddress("::1"), np.datetime64("2024-01-01"), time(1)),
    ],
)
def test_text_that_a_value_became_is_known_as_such(value: Any) -> None:
    assert type(arrived(value)) is LiveText
    assert type(arrived([{"a": value}])[0]["a"]) is LiveText


@pytest.mark.parametrize("value", ["1.10", Text("x"), np.str_("x")])
def test_text_that_is_text_is_not(value: str) -> None:
    assert type(arrived(value)) is str


def test_what_is_not_a_number_stays_that() -> None:
    assert math.isnan(travelled(math.nan))
    assert math.isnan(travelled(np.float64("nan")))


def test_a_dataframe_is_its_rows_with_nothing_where_nothing_is() -> None:
    frame = pd.DataFrame({
        "name": ["a", None],
        "vlan": [1.5, math.nan],
        "since": [pd.Timestamp("2024-01-01"), pd.NaT],
        "many": pd.array([1, None], "Int64"),
    })  # fmt: skip

    assert travelled(frame) == [
        {"name": "a", "vlan": 1.5, "since": "2024-01-01T00:00:00", "many": 1},
        {"name": None, "vlan": None, "since": None, "many": None},
    ]


class Polars:
    """Stands for the library: its classes are known by their module and name."""

    @staticmethod
    def of(name: str, **methods: Callable[[Any], Any]) -> Any:
        return type(name, (), {"__module__": "polars.frame", **methods})()


def test_polars_has_words_of_its_own() -> None:
    assert travelled(Polars.of("DataFrame", to_dicts=lambda _self: [{"a": 1}])) == [{"a": 1}]
    assert travelled(Polars.of("Series", to_list=lambda _self: [1])) == [1]


def test_a_row_of_a_database_is_its_primary_key() -> None:
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        device, port = Device(id=12), Port(device="a", number=UUID(int=2))
        session.add_all([device, port])
        session.commit()
        session.expunge_all()  # detached, and expired: nothing may be asked for

        assert travelled(device) == 12
        assert travelled([port]) == [["a", "00000000-0000-0000-0000-000000000002"]]
        assert arrived(device) == DatabaseRow(class_name="Device", tables=("device",), key=12)
        assert arrived([port])[0].tables == ("port",)
    engine.dispose()


def test_a_row_is_known_by_the_tables_of_its_base_classes_too() -> None:
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        router = Router(id=3)
        session.add(router)
        session.commit()

        assert arrived(router).tables == ("router", "device")
    engine.dispose()


def test_the_named_index_of_a_dataframe_is_a_column() -> None:
    frame = pd.DataFrame({"n": ["a"], "v": [1]}).set_index("n")

    assert travelled(frame) == [{"n": "a", "v": 1}]


def test_a_row_in_no_database_is_refused() -> None:
    assert reason(Device(id=12)) == (
        "This Device is in no database yet, so that no job would find it. Commit it first."
    )


def endless() -> list[Any]:
    items: list[Any] = []
    items.append({"more": items})
    return items


def deep(levels: int) -> list[Any]:
    items: list[Any] = []
    for _ in range(levels - 1):
        items = [items]
    return items


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            object(),
            "A value of type 'object' cannot be given to a job. Give text, a number, a date",
        ),
        (Fraction(1, 2), "A value of type 'Fraction' cannot be given to a job"),
        (1j, "A value of type 'complex' cannot be given to a job"),
        (np.complex128(1), "A value of type 'complex' cannot be given to a job"),
        (np.longdouble(1), "A value of type 'longdouble' cannot be given to a job"),
        (np.timedelta64(1, "s"), "A value of type 'timedelta' cannot be given to a job"),
        (np.datetime64("2024-01-01T00:00:00.000000001"), "This time is finer than a microsecond"),
        (b"x", "A value of type 'bytes' can only be given to a FileVar."),
        ([bytearray()], "A value of type 'bytearray' can only be given to a FileVar."),
        ((x for x in ()), "A value of type 'generator' can be read only once. Give list(...)"),
        (iter([]), "A value of type 'list_iterator' can be read only once."),
        ([10**5000], "This number has too many digits to be given to a job."),
        ([Count(10**5000)], "This number has too many digits"),
        ({1: "a"}, "A dictionary in it has a key of type int; keys must be text."),
        ({Level.HIGH: 1}, "A dictionary in it has a key of type Level; keys must be text."),
        (endless(), "A value of type 'list' contains itself, so that it has no end."),
        (deep(DEEPEST + 1), f"The lists in it lie more than {DEEPEST} deep inside of each other."),
        (
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            "This DataFrame has two columns of the same name. Rename one of them.",
        ),
        ([Hostile()], "A value of type 'list' cannot be given to a job: RuntimeError when it was"),
    ],
)
def test_what_cannot_travel_says_why(value: Any, message: str) -> None:
    assert reason(value).startswith(message)


def test_as_deep_as_it_may_be_it_travels() -> None:
    assert travelled(deep(DEEPEST)) == deep(DEEPEST)


def test_the_same_list_may_be_in_it_twice() -> None:
    items = [1]

    assert travelled([items, items]) == [[1], [1]]


def test_a_path_of_bytes_is_no_text() -> None:
    class BytesPath:
        def __fspath__(self) -> bytes:
            return b"x"

    assert reason(BytesPath()).startswith("A value of type 'test_a_path")


def test_only_what_cannot_travel_stays() -> None:
    outgoing = to_wire({"a": object(), "b": 1})

    assert (list(outgoing.problems), outgoing.inputs) == (["a"], {"b": 1})


def test_a_complaint_never_quotes_the_value() -> None:
    assert "hunter2" not in reason({"hunter2": b"hunter2"})
    assert "hunter2" not in reason({b"hunter2": 1})


def test_no_guest_is_loaded() -> None:
    program = (
        "import sys; from jobnb.catalogs.describing.wire import to_wire; "
        "to_wire({'a': [1, object()]}); "
        "print([m for m in ('numpy', 'pandas', 'netaddr', 'sqlalchemy') if m in sys.modules])"
    )

    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"
