"""The inventory: filled by one job, chosen from by the inputs of another."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from jobnb.authoring.searching import search_objects
from jobnb.errors import InvalidInput
from jobnb.objects.scope import session_scope
from jobnb.testing import JobRun as Outcome
from jobnb.testing import try_job as run
from tests.jobs.examples import load

SITES = 20
DEVICES = 40  # at each of them


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package; it registers its jobs only once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("inventory")
        patch.setenv("INVENTORY_URL", f"sqlite:///{folder / 'inventory.sqlite3'}")
        yield load("inventory")
    sys.modules["inventory.models"].engine.dispose()


@pytest.fixture
def inventory(package: ModuleType) -> ModuleType:
    """The package, with an inventory that has no tables yet."""
    models = sys.modules["inventory.models"]
    models.Base.metadata.drop_all(models.engine)
    return package


@pytest.fixture
def perform(inventory: ModuleType) -> Callable[..., Outcome]:
    """Runs Audit Devices, as a child does, on a filled inventory."""
    run(inventory.seed_inventory.SeedInventory, devices_per_site=DEVICES)

    def perform(**inputs: Any) -> Outcome:
        with session_scope():
            return run(inventory.audit_devices.AuditDevices, **inputs)

    return perform


def seed(inventory: ModuleType, **inputs: Any) -> Outcome:
    return run(inventory.seed_inventory.SeedInventory, **inputs)


def search(inventory: ModuleType, name: str, text: str = "", **raw: Any) -> list[list[Any]]:
    job = inventory.audit_devices.AuditDevices
    return search_objects(job, name, text, page=0, raw=raw).items


def test_it_is_filled_with_sites_and_devices(inventory: ModuleType) -> None:
    outcome = seed(inventory, devices_per_site=3)

    assert outcome.value == {"sites": SITES, "devices": 3 * SITES}
    assert len(search(inventory, "site")) == SITES


def test_what_is_there_is_not_replaced_without_a_word(inventory: ModuleType) -> None:
    seed(inventory, devices_per_site=3)
    outcome = seed(inventory, devices_per_site=4)

    assert outcome.end.detail == "The inventory has 60 devices already; nothing was changed"
    assert outcome.value == {"sites": 0, "devices": 0}


def test_anew_replaces_it_and_sites_keep_their_keys(inventory: ModuleType) -> None:
    seed(inventory, devices_per_site=3)
    before = search(inventory, "site")
    seed(inventory, devices_per_site=4, anew=True)
    models = sys.modules["inventory.models"]

    assert search(inventory, "site") == before
    with models.session_factory() as session:
        assert session.scalar(select(func.count()).select_from(models.Device)) == 4 * SITES


def test_before_that_there_is_nothing_to_choose_from(inventory: ModuleType) -> None:
    with pytest.raises(InvalidInput, match=r"site: Its objects cannot be had.*no such table: site"):
        search(inventory, "site")


def test_only_devices_of_the_site_are_on_offer(
    inventory: ModuleType, perform: Callable[..., Outcome]
) -> None:
    [[key, label]] = search(inventory, "site", "köl")
    found = search(inventory, "devices", "router", site=key)

    assert label == "Köln"
    assert len(found) == DEVICES // 5
    assert {hostname.partition("-")[0] for _, hostname in found} == {"köln"}


def test_without_a_choice_all_devices_of_the_site_are_audited(
    perform: Callable[..., Outcome],
) -> None:
    outcome = perform(site={"name": "Ulm"})
    rows = list(csv.DictReader(io.StringIO(outcome.files["faults.csv"].decode())))

    assert outcome.value == {"audited": DEVICES, "faults": len(rows)}
    assert {row["fault"].split()[0] for row in rows} == {"has", "is"}
    assert outcome.messages("WARNING")[0] == "has no serial number"


def test_chosen_devices_only_are_audited(perform: Callable[..., Outcome]) -> None:
    outcome = perform(site={"name": "Ulm"}, devices=[{"hostname": "ulm-access-point-0000"}])

    assert (outcome.end.status, outcome.value) == ("SUCCESS", {"audited": 1, "faults": 0})
    assert outcome.files == {}


def test_a_device_of_another_site_is_named(perform: Callable[..., Outcome]) -> None:
    outcome = perform(site={"name": "Ulm"}, devices=[{"hostname": "kiel-access-point-0000"}])

    assert outcome.end.detail == "kiel-access-point-0000 is not in Ulm, but in Kiel"
