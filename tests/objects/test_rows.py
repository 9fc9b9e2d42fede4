"""Rows as objects, on SQLite and PostgreSQL: what a search finds, and what a key gives."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import Engine, create_engine, event, insert, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from jobnb.objects.rows import SqlAlchemySource, model_faults
from jobnb.objects.scope import session_scope
from jobnb.objects.source import LookupSource, ObjectSource, SourceError
from tests.objects.models import ROUTER, SWITCH, Device, Port, Region, Site, Status
from tests.processes import best_of_many

Factory = Callable[[], Session]
MUNICH = "München 100% <b>O'Hara_x</b>\\"


def labels(source: SqlAlchemySource, typed: str = "", **filters: list) -> list[str]:
    return [label for _, label in source.search(typed, filters, 0, 100)]


def statements(engine: Engine) -> list[str]:
    """All that is sent from now on."""
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    return sent


def test_it_is_a_source(factory: Factory) -> None:
    source = SqlAlchemySource(Site, factory)

    assert isinstance(source, ObjectSource)
    assert isinstance(source, LookupSource)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Berlin", "Frankfurt", MUNICH]),
        ("FRANK", ["Frankfurt"]),
        ("  frank ", ["Frankfurt"]),
        ("r", ["Berlin", "Frankfurt", MUNICH]),
        ("100%", [MUNICH]),
        ("1%0", []),
        ("%", [MUNICH]),
        ("_", [MUNICH]),
        ("<b>o'h", [MUNICH]),
        ("\\", [MUNICH]),
        ("/", [MUNICH]),
        ("MÜNCHEN", [MUNICH]),
        ("münchen", [MUNICH]),
        ("'; DROP TABLE site; --", []),
        ("' OR 1=1 --", []),
        ("fra\0", []),
        ("fra\ud800", []),
        ("x" * 100_000, []),
        ("fra", ["Frankfurt"]),
        ("2", [MUNICH]),
        ("99999999999999999999", []),
    ],
)
def test_a_search_finds_what_has_the_text_in_its_label_or_as_its_key(
    factory: Factory, typed: str, found: list[str]
) -> None:
    assert sorted(labels(SqlAlchemySource(Site, factory, "name"), typed)) == found


def test_what_somebody_types_is_no_sql(factory: Factory) -> None:
    labels(SqlAlchemySource(Site, factory, "name"), "'; DELETE FROM site; --")

    assert len(labels(SqlAlchemySource(Site, factory))) == 3


def test_a_property_as_label_is_searched_for_in_the_text_of_the_row(factory: Factory) -> None:
    source = SqlAlchemySource(Device, factory)

    assert labels(source, "fra") == ["fra-sw-1 (in use)"]
    assert labels(source, "in use") == []
    assert source.search(str(ROUTER), {}, 0, 5) == [(str(ROUTER), "MUC-RT-1 (to come)")]


def test_a_dotted_label_goes_through_the_relationship(factory: Factory) -> None:
    source = SqlAlchemySource(Device, factory, "site.name")

    with session_scope():
        [found] = source.get([str(SWITCH)])

        assert source.label(found) == "Frankfurt"
    assert labels(source, "frank") == ["Frankfurt"]


def test_a_label_through_the_same_table_twice(factory: Factory) -> None:
    source = SqlAlchemySource(Device, factory, "parent.hostname")

    assert sorted(labels(source)) == [str(SWITCH), "fra-sw-1"]
    assert labels(source, "sw-1") == ["fra-sw-1"]


def test_a_label_that_is_no_text_is_searched_as_text(factory: Factory) -> None:
    assert labels(SqlAlchemySource(Port, factory, "number"), "2") == ["2", "12"]


def test_without_text_the_key_is_the_label(factory: Factory) -> None:
    source = SqlAlchemySource(Port, factory)

    assert labels(source)[-1] == f"{SWITCH}, 12"
    assert source.search("", {}, 0, 1) == [([str(SWITCH), 1], f"{SWITCH}, 1")]


def test_the_usual_label_is_str_of_the_object(factory: Factory) -> None:
    assert SqlAlchemySource(Region, factory).search("NOR", {}, 0, 5) == [("north", "Region north")]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"site": [1]}, ["fra-sw-1"]),
        ({"site": ["1", 2]}, ["MUC-RT-1", "fra-sw-1"]),
        ({"site": [3]}, []),
        ({"site": ["no key"]}, []),
        ({"site_id": [2]}, ["MUC-RT-1"]),
        ({"site_id": [True]}, []),
        ({"site.name": ["Frankfurt"]}, ["fra-sw-1"]),
        ({"site.region": ["north"]}, ["fra-sw-1"]),
        ({"site.region.code": ["north"]}, ["fra-sw-1"]),
        ({"site.region": [None]}, ["MUC-RT-1"]),
        ({"site.devices": [str(SWITCH)]}, ["fra-sw-1"]),
        ({"site.devices.hostname": ["MUC-RT-1"]}, ["MUC-RT-1"]),
        ({"parent": [str(SWITCH)]}, ["MUC-RT-1"]),
        ({"parent.hostname": ["fra-sw-1"]}, ["MUC-RT-1"]),
        ({"parent": [None]}, ["fra-sw-1"]),
        ({"parent": [None, str(SWITCH)]}, ["MUC-RT-1", "fra-sw-1"]),
        ({"status": ["ACTIVE"]}, ["fra-sw-1"]),
        ({"status": ["to come"]}, ["MUC-RT-1"]),
        ({"status": ["nothing"]}, []),
        ({"height": ["1.50"]}, ["fra-sw-1"]),
        ({"height": [None]}, ["MUC-RT-1"]),
        ({"bought": ["2024-02-29"]}, ["fra-sw-1"]),
        ({"bought": ["yesterday"]}, []),
        ({"bought": [None, "2024-02-29"]}, ["MUC-RT-1", "fra-sw-1"]),
        ({"id": [str(ROUTER)]}, ["MUC-RT-1"]),
        ({"site": [1], "status": ["PLANNED"]}, []),
    ],
)
def test_filters_name_columns_and_relationships(
    factory: Factory, filters: dict, found: list[str]
) -> None:
    assert sorted(labels(SqlAlchemySource(Device, factory, "hostname"), **filters)) == found


def test_a_filter_by_a_related_object_needs_no_look_at_its_table(
    factory: Factory, engine: Engine
) -> None:
    sent = statements(engine)
    labels(SqlAlchemySource(Device, factory, "hostname"), site=[1])

    assert "EXISTS" not in sent[-1]
    assert "device.site_id IN" in sent[-1]


def test_pages_have_each_row_once(factory: Factory) -> None:
    with factory() as session:
        session.execute(
            insert(Site), [{"id": n, "slug": "s", "name": f"same {n % 2}"} for n in range(10, 60)]
        )
        session.commit()
    source = SqlAlchemySource(Site, factory, "name")
    pages = [source.search("same", {}, start, 20) for start in (0, 20, 40)]

    assert [len(page) for page in pages] == [20, 20, 10]
    assert len({key for page in pages for key, _ in page}) == 50


def test_rows_of_one_label_come_in_the_order_of_their_keys(factory: Factory) -> None:
    keys = [uuid.UUID(int=number) for number in range(40, 10, -1)]
    with factory() as session:
        session.add_all(Device(id=key, hostname="same", status=Status.ACTIVE) for key in keys)
        session.commit()
    found = SqlAlchemySource(Device, factory, "hostname").search("same", {}, 0, 50)

    assert [key for key, _ in found] == sorted(map(str, keys))


@pytest.mark.parametrize(
    ("key", "is_there"),
    [
        (1, True),
        ("1", True),
        (" 1 ", True),
        ("01", True),
        (True, False),
        (1.0, False),
        ("1.0", False),
        ("\uff11", False),
        ("one", False),
        ([1], True),
        ([1, 1], False),
        ({}, False),
        (None, False),
        (99, False),
        (-(10**30), False),
        (10**400, False),
        ("1" * 10_000, False),
    ],
)
def test_a_key_of_a_number(factory: Factory, *, key: object, is_there: bool) -> None:
    [found] = SqlAlchemySource(Site, factory).get([key])

    assert (found is not None) is is_there


@pytest.mark.parametrize(
    ("model", "key", "is_there"),
    [
        (Device, str(SWITCH), True),
        (Device, SWITCH.hex.upper(), True),
        (Device, "not one", False),
        (Device, 12, False),
        (Port, [str(SWITCH), 12], True),
        (Port, [str(SWITCH), "12"], True),
        (Port, [str(SWITCH)], False),
        (Port, [str(SWITCH), 3], False),
        (Port, str(SWITCH), False),
        (Region, "north", True),
        (Region, "north\0", False),
        (Region, "north\ud800", False),
        (Region, "North", False),
        (Region, 5, False),
        (Region, "' OR ''='", False),
    ],
)
def test_a_key_of_another_kind(
    factory: Factory, model: type, *, key: object, is_there: bool
) -> None:
    [found] = SqlAlchemySource(model, factory).get([key])

    assert (found is not None) is is_there


def test_objects_come_in_the_order_of_their_keys(factory: Factory) -> None:
    found = SqlAlchemySource(Site, factory).get([3, 99, "1", 3])

    assert [item and item.slug for item in found] == ["ber", None, "fra", "ber"]


@pytest.mark.parametrize(("model", "expected"), [(Site, 3), (Port, 5)])
def test_many_keys_are_asked_for_in_portions(
    factory: Factory, engine: Engine, model: type, expected: int
) -> None:
    sent = statements(engine)
    keys = [n if model is Site else [str(SWITCH), n] for n in range(1, 1201)]
    found = SqlAlchemySource(model, factory).get(keys)

    assert len(sent) == expected
    assert sum(item is not None for item in found) == 3


def test_a_key_is_read_from_an_object_without_its_session(factory: Factory) -> None:
    with factory() as session:
        port = session.get(Port, (SWITCH, 2))

    assert SqlAlchemySource(Port, factory).key(port) == [str(SWITCH), 2]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (Site(id=5), "Site object without a key; commit it before it is given"),
        (Region(code="x"), "Region object is no Site"),
        (object(), "object object is no Site"),
    ],
)
def test_what_is_no_stored_object_of_the_model_has_no_key(
    factory: Factory, found: object, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        SqlAlchemySource(Site, factory).key(found)


def test_an_object_is_found_by_what_it_has(factory: Factory) -> None:
    source = SqlAlchemySource(Device, factory)
    [found] = source.find({"hostname": "fra-sw-1", "site": 1}, 2)

    assert source.key(found) == str(SWITCH)
    assert source.find({"height": Decimal(7)}, 2) == []


def test_an_unknown_attribute_finds_nothing_by_mistake(factory: Factory) -> None:
    with pytest.raises(LookupError, match="did you mean 'hostname'"):
        SqlAlchemySource(Device, factory).find({"host_name": "x"}, 2)


def test_in_a_scope_all_objects_share_a_session_that_ends_with_it(factory: Factory) -> None:
    with session_scope():
        [site] = SqlAlchemySource(Site, factory).get([1])
        [device] = SqlAlchemySource(Device, factory).get([str(SWITCH)])

        assert device.site is site
    assert uuid.UUID(SqlAlchemySource(Device, factory).key(device)) == SWITCH


def test_what_was_changed_and_not_committed_is_rolled_back(factory: Factory) -> None:
    with session_scope():
        [site] = SqlAlchemySource(Site, factory).get([1])
        site.name = "Changed"
        SqlAlchemySource(Site, factory).search("x", {}, 0, 1)  # which flushes it

    assert labels(SqlAlchemySource(Site, factory, "name"), "changed") == []


def test_what_the_database_complains_of_is_said_without_the_statement(
    factory: Factory, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE port"))
    with session_scope():
        with pytest.raises(
            SourceError, match=r"^the database of Port objects says: .*port"
        ) as info:
            SqlAlchemySource(Port, factory).search("secret", {}, 0, 1)

        assert "SELECT" not in str(info.value).splitlines()[0].split("LINE")[0]
        assert len(SqlAlchemySource(Site, factory).get([1])) == 1


def test_a_database_that_is_not_there_is_named() -> None:
    engine = create_engine("postgresql+psycopg://ada:geheim@127.0.0.1:1/none")
    source = SqlAlchemySource(Site, lambda: Session(engine))

    with pytest.raises(SourceError, match=r"database of Site objects says: .*refused") as info:
        source.get([1])
    assert "geheim" not in str(info.value)


def test_a_factory_of_something_else_is_refused() -> None:
    class Other:
        def close(self) -> None: ...

    with pytest.raises(SourceError, match=r"must give a sqlalchemy\.orm\.Session, not .*Other"):
        SqlAlchemySource(Site, Other).get([1])  # type: ignore[arg-type]


def test_ten_thousand_rows_are_searched_within_fifty_milliseconds(factory: Factory) -> None:
    with factory() as session:
        rows = [{"id": n, "slug": f"s{n}", "name": f"Site {n:05}"} for n in range(10, 10_010)]
        session.execute(insert(Site), rows)
        session.commit()
    source = SqlAlchemySource(Site, factory)

    def measure() -> float:
        started = time.perf_counter()
        assert len(source.search("e 099", {}, 0, 21)) == 21
        return time.perf_counter() - started

    assert best_of_many(measure, 0.05, tries=100) < 0.05


@pytest.mark.parametrize(
    ("model", "display", "filters", "faults"),
    [
        (Device, "hostname", ["site", "site.region.code", "site_id"], []),
        (Device, "display", [], []),
        (Device, "site.region.code", [], []),
        (Site, "display", [], []),
        (Site, "naem", [], ["display_field 'naem': Site has no attribute 'naem'; did you mean 'n"]),
        (
            Device,
            "sit.name",
            [],
            ["display_field 'sit.name': Device has no relationship 'sit'; did"],
        ),
        (
            Site,
            "devices.hostname",
            [],
            ["display_field 'devices.hostname': Site.devices are many, "],
        ),
        (Device, "hostname", ["locaton"], ["query_params 'locaton': Device has no column or rel"]),
        (Device, "hostname", ["site.nam"], ["query_params 'site.nam': Site has no column or rela"]),
        (Device, "hostname", ["hostname.x"], ["query_params 'hostname.x': Device has no relation"]),
        (Device, "hostname", ["display"], ["query_params 'display': Device has no column or rel"]),
        (int, "display", [], ["model must be a class that SQLAlchemy maps, not <class 'int'>"]),
        (type("Own", (DeclarativeBase,), {}), "display", [], ["model must be a class that SQLA"]),
        (Site(), "display", [], ["model must be a class that SQLAlchemy maps, not <tests.objects"]),
    ],
)
def test_what_is_said_of_a_model_is_checked(
    model: type, display: str, filters: list[str], faults: list[str]
) -> None:
    found = list(model_faults(model, display, filters))

    assert [fault[: len(start)] for fault, start in zip(found, faults, strict=True)] == faults


def test_a_model_that_cannot_be_mapped_is_a_fault() -> None:
    class Own(DeclarativeBase):
        pass

    class Lonely(Own):
        __tablename__ = "lonely"

        id: Mapped[int] = mapped_column(primary_key=True)
        friend = relationship("Nobody")

    [fault] = model_faults(Lonely, "display", [])

    assert "SQLAlchemy cannot map Lonely" in fault
