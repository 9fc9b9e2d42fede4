"""Objects as input: keys in, objects out, and what is said of those that are gone."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from jobnb.authoring.inputs import clean_inputs, look_at_inputs, restore_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.registration import describe_job, register_jobs
from jobnb.authoring.searching import search_objects
from jobnb.authoring.variables import (
    REQUIRED,
    Complaint,
    IntegerVar,
    MultiObjectVar,
    ObjectVar,
    StringVar,
    Variable,
    declared_variables,
)
from jobnb.authoring.variables.objects import NOT_A_LIST
from jobnb.errors import DeclarationError, InvalidInput
from jobnb.objects.scope import session_scope
from jobnb.protocol import Page
from jobnb.protocol.marks import DatabaseRow, LiveText
from tests.objects.models import ROUTER, SWITCH, Base, Device, Port, Region, Site, fill

SITE_ROW = DatabaseRow(class_name="Place", tables=("site",), key=2)
KEY_ROW = DatabaseRow(class_name="Key", tables=("key",), key="2")


class Cities:
    """A source without any database; its objects are dictionaries."""

    def __init__(self) -> None:
        self.cities = [{"id": n, "name": f"City {n}"} for n in range(1, 46)]
        self.filters: list[Any] = []

    def search(self, text: str, filters: Any, offset: int, limit: int) -> list[tuple[int, str]]:
        self.filters.append(dict(filters))
        found = [(city["id"], city["name"]) for city in self.cities if text in city["name"]]
        return found[offset : offset + limit]

    def get(self, keys: Any) -> list[Any]:
        by_id = {city["id"]: city for city in self.cities}
        return [by_id.get(key) for key in keys]

    def key(self, found: Any) -> int:
        if not isinstance(found, dict):
            raise TypeError(f"{found!r} is no city")
        return found["id"]

    def label(self, found: Any) -> str:
        return found["name"]


class Broken(Cities):
    """A source whose code fails."""

    def get(self, keys: Any) -> list[Any]:
        raise KeyError("token")

    def search(self, *args: Any) -> Any:
        raise KeyError("token")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A job module that names a session factory of a filled database."""
    engine = create_engine(f"sqlite:///{tmp_path / 'objects.sqlite3'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        fill(session)
        session.commit()
    made = ModuleType("job_of_objects")
    made.session_factory = sessionmaker(engine)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    yield made
    engine.dispose()


def make_job(*bases: type, module: str = "job_of_objects", **variables: Any) -> type[Job]:
    """A job class of the module."""
    namespace = {"__module__": module, "run": lambda self, **inputs: None, **variables}
    return type("TheJob", bases or (Job,), namespace)


def bound(variable: Variable) -> Any:
    """The variable as the input ``item`` of a job."""
    return declared_variables(make_job(item=variable))["item"]


def complaints(variable: Variable, raw: Any) -> list[str]:
    with pytest.raises(Complaint) as info:
        variable.clean(raw)
    return info.value.messages


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        (1, 1),
        ("1", 1),
        (" 2 ", 2),
        ([1], 1),
        ((1,), 1),
        ({"name": "Frankfurt"}, 1),
        ({"id": "2"}, 2),
        (SITE_ROW, 2),
        (LiveText("1"), 1),
    ],
)
def test_what_somebody_gives_becomes_the_key(module: ModuleType, raw: Any, stored: int) -> None:
    assert bound(ObjectVar(Site)).clean(raw) == stored


@pytest.mark.parametrize(
    ("model", "raw", "stored"),
    [
        (Device, SWITCH, str(SWITCH)),
        (Device, SWITCH.hex.upper(), str(SWITCH)),
        (Device, {"hostname": "fra-sw-1", "site": 1, "site.region": "north"}, str(SWITCH)),
        (Port, [str(SWITCH), "12"], [str(SWITCH), 12]),
        (Port, (str(SWITCH), 12), [str(SWITCH), 12]),
        (Port, f' ["{SWITCH}", 12]', [str(SWITCH), 12]),
        (Site, '{"name": "Frankfurt"}', 1),
        (Region, "north", "north"),
    ],
)
def test_keys_of_every_kind_are_json(
    module: ModuleType, model: type, raw: Any, stored: Any
) -> None:
    variable = bound(ObjectVar(model))
    found = variable.clean(raw)

    assert found == json.loads(json.dumps(found)) == stored
    assert variable.clean(found) == found


def test_a_key_of_text_may_look_like_json(module: ModuleType) -> None:
    with module.session_factory() as session:
        session.add(Region(code="[1]"))
        session.commit()
    variable = bound(ObjectVar(Region))

    assert variable.clean("[1]") == variable.clean(LiveText("[1]")) == "[1]"
    assert variable.clean('["north"]') == "north"


def test_a_source_that_is_no_database_has_no_rows() -> None:
    assert complaints(ObjectVar(source=Cities(), label="City"), SITE_ROW) == [
        "Place object is no City; give the key of one."
    ]


@pytest.mark.parametrize(("model", "key"), [(Site, 1), (Device, str(SWITCH)), (Region, "north")])
def test_a_live_object_is_as_good_as_its_key(module: ModuleType, model: type, key: Any) -> None:
    variable = bound(ObjectVar(model))
    with session_scope():
        live = variable.restore(key)

        assert variable.clean(live) == key
    assert variable.clean(live) == key  # detached by now


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (99, "Site with key 99 does not exist (any more)."),
        ("<script>", "Site with key '<script>' does not exist (any more)."),
        (True, "Site with key True does not exist (any more)."),
        (float("nan"), "Site with key nan does not exist (any more)."),
        (-0.0, "Site with key -0.0 does not exist (any more)."),
        ([], "Site with key [] does not exist (any more)."),
        ("x" * 1_000_000, f"Site with key '{'x' * 99}... does not exist (any more)."),
        (10**400, f"Site with key 1{'0' * 99}... does not exist (any more)."),
        ("\uff11", "Site with key '\uff11' does not exist (any more)."),
        ({"name": "Paris"}, "There is no Site with name 'Paris'."),
        ({}, 'Say what the Site has, as {"name": "..."}.'),
        (KEY_ROW, "Key object is no Site."),
        ({"region": None}, "More than one Site has region None; give the key of one."),
        ({"nam": "x"}, "Site has no column or relationship 'nam'; did you mean 'name'?."),
        (object, "type object is no Site."),
        (Region(code="x"), "Region object is no Site."),
        (Site(), "Site object without a key; commit it before it is given."),
    ],
)
def test_what_is_no_object_is_refused(module: ModuleType, raw: Any, message: str) -> None:
    assert complaints(bound(ObjectVar(Site)), raw) == [message]


@pytest.mark.parametrize("variable", [ObjectVar(Site), MultiObjectVar(Site)])
@pytest.mark.parametrize("raw", [None, "", "  "])
def test_nothing_is_not_enough_where_an_object_is_required(
    module: ModuleType, variable: Variable, raw: Any
) -> None:
    assert complaints(bound(variable), raw) == [REQUIRED]


@pytest.mark.parametrize(
    ("variable", "empty"),
    [(ObjectVar(Site, required=False), None), (MultiObjectVar(Site, required=False), [])],
)
def test_nothing_is_all_right_where_it_is_not(
    module: ModuleType, variable: Variable, empty: Any
) -> None:
    for raw in (None, "", empty):
        assert bound(variable).clean(raw) == empty
    assert bound(variable).default_value() == empty
    assert bound(variable).restore(empty) == empty


@pytest.mark.parametrize("variable", [ObjectVar(Site), MultiObjectVar(Site)])
def test_nothing_is_never_restored_where_an_object_is_required(
    module: ModuleType, variable: Variable
) -> None:
    with pytest.raises(Complaint, match="required"):
        bound(variable).restore(None)


def test_many_objects_keep_the_order_in_which_they_were_given(module: ModuleType) -> None:
    variable = bound(MultiObjectVar(Site))

    assert variable.clean([3, "1", 2]) == [3, 1, 2]
    assert [site.slug for site in variable.restore([3, 1, 2])] == ["ber", "fra", "muc"]
    assert variable.clean('[3, "1"]') == [3, 1]
    assert sorted(variable.clean({1, 2})) == [1, 2]


@pytest.mark.parametrize(
    ("raw", "messages"),
    [
        (1, [NOT_A_LIST]),
        ("1", [NOT_A_LIST]),
        ({"name": "Frankfurt"}, [NOT_A_LIST]),
        ("[1", [NOT_A_LIST]),
        ("[" * 100_000, [NOT_A_LIST]),
        ([1, None], ["NoneType object is no Site."]),
        ([1, "1"], ["Site 1 is given twice."]),
        ([2, 1, 2, 1], ["Site 2 is given twice.", "Site 1 is given twice."]),
        ([1, 7, 8], [f"Site with key {n} does not exist (any more)." for n in (7, 8)]),
    ],
)
def test_a_list_with_a_fault_is_refused(module: ModuleType, raw: Any, messages: list[str]) -> None:
    assert complaints(bound(MultiObjectVar(Site)), raw) == messages


def test_a_thousand_complaints_are_cut(module: ModuleType) -> None:
    found = complaints(bound(MultiObjectVar(Site)), list(range(1000, 2500)))

    assert len(found) == 21
    assert found[-1] == "And 1480 more."


def test_only_lists_are_restored_as_lists(module: ModuleType) -> None:
    with pytest.raises(Complaint, match="list of values"):
        bound(MultiObjectVar(Site)).restore(5)


def test_an_object_that_vanished_meanwhile_is_named(module: ModuleType) -> None:
    job = make_job(site=ObjectVar(Site))
    stored = clean_inputs(job, {"site": 3}).inputs
    with module.session_factory() as session:
        session.delete(session.get(Site, 3))
        session.commit()

    with pytest.raises(InvalidInput, match=r"site: Site with key 3 does not exist \(any more\)"):
        restore_inputs(job, stored)


def test_objects_of_one_run_share_a_session(module: ModuleType) -> None:
    job = make_job(site=ObjectVar(Site), devices=MultiObjectVar(Device))
    with session_scope():
        live = restore_inputs(job, {"site": 1, "devices": [str(ROUTER), str(SWITCH)]})

        assert live["devices"][1].site is live["site"]
        assert live["devices"][0].site.name.startswith("München")


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("raw", [None, "null"])
def test_the_null_option_can_be_chosen(module: ModuleType, *, required: bool, raw: Any) -> None:
    variable = bound(ObjectVar(Site, null_option="No site", required=required))
    stored = variable.clean(raw)

    assert stored == ("null" if required else None)
    assert variable.restore(stored) is None
    assert variable.clean(variable.restore(stored)) == stored


def test_the_null_option_is_no_default(module: ModuleType) -> None:
    variable = bound(ObjectVar(Site, null_option="No site"))

    with pytest.raises(Complaint, match="required"):
        variable.default_value()
    assert complaints(variable, "") == [REQUIRED]


def test_the_null_option_may_be_one_of_many(module: ModuleType) -> None:
    variable = bound(MultiObjectVar(Site, null_option="No site"))

    assert variable.clean([1, None]) == [1, "null"]
    assert variable.restore(["null", 1])[0] is None
    assert complaints(variable, ["null", None]) == ['Site "null" is given twice.']
    assert variable.labels(["null", 1]) == [["null", "No site"], [1, "Frankfurt"]]


@pytest.mark.parametrize(
    ("stored", "labels"),
    [(1, [[1, "Frankfurt"]]), ("1", [[1, "Frankfurt"]]), (99, []), (None, []), ("", [])],
)
def test_a_chosen_object_has_a_label(module: ModuleType, stored: Any, labels: list) -> None:
    assert bound(ObjectVar(Site, display_field="name")).labels(stored) == labels


def test_of_many_chosen_objects_those_that_are_gone_have_none(module: ModuleType) -> None:
    assert bound(MultiObjectVar(Site)).labels([2, 99, 1])[1:] == [[1, "Frankfurt"]]
    assert bound(MultiObjectVar(Site)).labels(1) == [[1, "Frankfurt"]]


def test_a_look_gives_the_labels_of_what_is_chosen(module: ModuleType) -> None:
    look = look_at_inputs(make_job(site=ObjectVar(Site)), {"site": 1}, [])

    assert look.labels == {"site": [[1, "Frankfurt"]]}
    assert look.choices == {}


def test_a_search_gives_pages_of_twenty() -> None:
    variable = ObjectVar(source=Cities())
    pages = [variable.search("City", page, {}) for page in range(4)]

    assert [len(page.items) for page in pages] == [20, 20, 5, 0]
    assert [page.has_more for page in pages] == [True, True, False, False]
    assert pages[1].items[0] == [21, "City 21"]


@pytest.mark.parametrize(
    ("text", "page", "first"),
    [("", 0, ["null", "Nowhere"]), ("wher", 0, ["null", "Nowhere"]), ("", 1, [21, "City 21"])],
)
def test_the_null_option_leads_the_first_page(text: str, page: int, first: list) -> None:
    variable = ObjectVar(source=Cities(), null_option="Nowhere")

    assert variable.search(text, page, {}).items[0] == first


def test_the_other_inputs_decide_what_is_on_offer(module: ModuleType) -> None:
    job = make_job(
        site=ObjectVar(Site),
        device=ObjectVar(Device, None, "hostname", {"site": "$site"}),
    )

    def found(**raw: Any) -> Page:
        return search_objects(job, "device", "", page=0, raw=raw)

    assert found(site="1").items == [[str(SWITCH), "fra-sw-1"]]
    assert len(found().items) == len(found(site="").items) == 2
    assert found(site=3) == Page(items=[], has_more=False)
    with pytest.raises(InvalidInput, match="site: Site with key 99 does not exist"):
        found(site=99)


@pytest.mark.parametrize(
    ("raw", "filters"),
    [
        ({}, {"kind": ["city"]}),
        ({"one": 4}, {"kind": ["city"], "one": [4]}),
        ({"one": "4", "many": [2, 1]}, {"kind": ["city"], "one": [4], "many": [2, 1, 99]}),
        ({"text": "x", "many": []}, {"kind": ["city", "x"]}),
        ({"text": " "}, {"kind": ["city"]}),
    ],
)
def test_filters_are_constants_and_values_of_others(
    module: ModuleType, raw: dict, filters: dict
) -> None:
    source = Cities()
    params = {"kind": ["city", "$text"], "one": "$one", "many": ["$many"]}
    job = make_job(
        one=IntegerVar(),
        text=StringVar(required=False),
        many=MultiObjectVar(source=Cities()),
        city=ObjectVar(source=source, query_params=params),
    )
    search_objects(job, "city", "", page=0, raw=raw)

    assert source.filters == [
        {key: [v for v in value if v != 99] for key, value in filters.items()}
    ]


def test_a_key_of_two_columns_is_one_value_of_a_filter(module: ModuleType) -> None:
    source = Cities()
    job = make_job(
        port=ObjectVar(Port), city=ObjectVar(source=source, query_params={"port": "$port"})
    )
    search_objects(job, "city", "", page=0, raw={"port": [str(SWITCH), 1]})

    assert source.filters == [{"port": [[str(SWITCH), 1]]}]


def test_only_what_the_choice_looks_at_is_read(module: ModuleType) -> None:
    job = make_job(
        bad=ObjectVar(source=Broken()),
        first=StringVar(required=False),
        second=StringVar(visible_when={"first": "x"}, default="y"),
        city=ObjectVar(source=Cities(), query_params={"name": ["$first", "$second"]}),
    )
    found = search_objects(job, "city", "City 4", page=0, raw={"bad": 1, "first": "x"})

    assert [key for key, _ in found.items] == [4, 40, 41, 42, 43, 44, 45]


def test_what_has_no_objects_is_not_searched() -> None:
    with pytest.raises(InvalidInput, match="name: has no objects to choose from"):
        search_objects(make_job(name=StringVar()), "name", "", page=0, raw={})


def test_a_filter_does_not_refuse_what_is_not_on_offer(module: ModuleType) -> None:
    job = make_job(site=ObjectVar(Site), device=ObjectVar(Device, query_params={"site": "$site"}))

    assert clean_inputs(job, {"site": 3, "device": str(SWITCH)}).inputs["device"] == str(SWITCH)


def test_a_source_of_dictionaries_is_a_source() -> None:
    variable = ObjectVar(source=Cities())
    live = variable.restore(7)

    assert live == {"id": 7, "name": "City 7"}
    assert variable.clean(live) == 7
    assert variable.labels(7) == [[7, "City 7"]]
    assert complaints(variable, 99) == ["Object with key 99 does not exist (any more)."]
    assert complaints(ObjectVar(source=Cities(), label="City"), SimpleNamespace()) == [
        "namespace() is no city."
    ]


def test_a_source_that_fails_is_a_complaint_and_leaves_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        found = complaints(ObjectVar(source=Broken()), 1)

    assert found == ["Its objects cannot be had: KeyError: 'token'."]
    assert 'raise KeyError("token")' in caplog.text


def test_a_source_that_fails_while_it_searches_is_a_problem_of_its_input() -> None:
    job = make_job(city=ObjectVar(source=Broken()))

    with pytest.raises(InvalidInput, match="city: Its objects cannot be had: KeyError"):
        search_objects(job, "city", "", page=0, raw={})


def test_a_database_that_refuses_is_a_complaint(module: ModuleType) -> None:
    module.session_factory = sessionmaker(create_engine("sqlite://"))

    assert complaints(bound(ObjectVar(Site)), 1) == [
        "Its objects cannot be had: the database of Site objects says: no such table: site."
    ]


def test_a_description_lists_no_objects_and_asks_nobody(module: ModuleType) -> None:
    def refuse() -> Session:
        raise AssertionError("nobody should ask")

    module.session_factory = refuse
    job = make_job(
        site=ObjectVar(Site, null_option="None", default=1),
        devices=MultiObjectVar(
            Device, None, "hostname", {"site": ["$site", 2]}, default=[uuid.UUID(int=1)]
        ),
    )
    register_jobs(job)
    site, devices = describe_job(job, "x.py").variables

    assert (site.type, site.default, site.options) == ("ObjectVar", 1, {"null_option": "None"})
    assert (devices.type, devices.depends) == ("MultiObjectVar", ("site",))
    assert devices.default == [str(SWITCH)]
    assert devices.options == {}


def test_arguments_have_the_order_of_nautobot() -> None:
    common = ("Place", "Where", 3, False)
    variable = ObjectVar(Site, None, "name", {"slug": "fra"}, "None", *common)

    assert (variable.label, variable.description) == ("Place", "Where")
    assert (variable.default, variable.required) == (3, False)


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (ObjectVar, "give either model=, a class that SQLAlchemy maps, or source="),
        (lambda: ObjectVar(Site, source=Cities()), "give either model=, a class that SQLAlch"),
        (lambda: ObjectVar("Site"), "model must be a class that SQLAlchemy maps, not 'Site'"),
        (lambda: ObjectVar(dict), "model must be a class that SQLAlchemy maps, not <class 'dict'"),
        (lambda: ObjectVar(Site, [1]), "queryset is not taken, as it would ask the database"),
        (
            lambda: ObjectVar(Site, display_field="nam"),
            "display_field 'nam': Site has no attribute",
        ),
        (lambda: ObjectVar(Site, display_field=""), "display_field must be the name of an attrib"),
        (lambda: ObjectVar(Site, query_params=["a"]), "query_params must be a dictionary, not"),
        (lambda: ObjectVar(Site, query_params={"slug": {1}}), "query_params must hold JSON values"),
        (
            lambda: ObjectVar(Site, query_params={"reg": 1}),
            "query_params 'reg': Site has no column",
        ),
        (lambda: ObjectVar(Site, null_option=""), "null_option must be the label of a choice, not"),
        (lambda: ObjectVar(source=Cities), "source must be an object with the methods search, get"),
        (lambda: ObjectVar(source=5), "source must be an object with the methods search, get, key"),
        (lambda: ObjectVar(Site, default=1.5), "default must be the key of an object, not 1.5"),
        (lambda: MultiObjectVar(Site, default=1), "default must be a list of keys, not 1"),
        (lambda: MultiObjectVar(Site, default=[[]]), r"default must be a list of keys, not \[\["),
    ],
)
def test_a_wrong_declaration_is_refused(
    module: ModuleType, make: Callable[[], Variable], fault: str
) -> None:
    with pytest.raises(DeclarationError, match=f"variable 'item': {fault}"):
        register_jobs(make_job(item=make()))


def test_a_source_needs_no_session_factory() -> None:
    register_jobs(make_job(item=ObjectVar(source=Cities(), default=7)))


def test_without_a_session_factory_the_line_to_add_is_shown(module: ModuleType) -> None:
    del module.session_factory

    with pytest.raises(
        DeclarationError,
        match=r"module 'job_of_objects' names no session_factory.*add this line above the class: "
        r"session_factory = sqlalchemy\.orm\.sessionmaker",
    ):
        register_jobs(make_job(item=ObjectVar(Site)))


def test_a_session_factory_is_something_to_call(module: ModuleType) -> None:
    module.session_factory = Session()

    with pytest.raises(DeclarationError, match="must be a function or a sessionmaker, not of type"):
        register_jobs(make_job(item=ObjectVar(Site)))


def test_the_factory_may_be_in_the_module_of_a_base_class(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "other", ModuleType("other"))
    base = make_job(item=ObjectVar(Site))
    job = make_job(base, module="other")

    assert list(declared_variables(job)["item"].faults()) == []
    assert clean_inputs(job, {"item": 1}).inputs == {"item": 1}


def test_the_factory_of_the_class_itself_comes_first(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ModuleType("other")
    other.session_factory = sessionmaker(create_engine("sqlite://"))
    monkeypatch.setitem(sys.modules, "other", other)
    job = make_job(make_job(item=ObjectVar(Site)), module="other")

    with pytest.raises(InvalidInput, match="no such table"):
        clean_inputs(job, {"item": 1})


def test_a_variable_read_from_the_class_knows_its_database_as_well(module: ModuleType) -> None:
    assert make_job(item=ObjectVar(Site)).item.clean("1") == 1


def test_outside_of_a_class_there_is_no_database() -> None:
    assert complaints(ObjectVar(Site), 1)[0].startswith(
        "Its objects cannot be had: LookupError: an ObjectVar outside of a job class"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize("variable", [ObjectVar, MultiObjectVar])
@pytest.mark.parametrize("model", [Site, Device, Port, Region])
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=JSON)
def test_whatever_is_given_is_refused_or_is_a_key(
    module: ModuleType, variable: type[ObjectVar], model: type, raw: Any
) -> None:
    made = bound(variable(model, required=False))
    messages: list[str] = []
    stored: Any = made.empty
    try:
        stored = made.clean(raw)
    except Complaint as complaint:
        messages = complaint.messages

    assert [text for text in messages if "cannot be had" in text] == []
    assert made.clean(stored) == stored == made.clean(made.restore(stored))
