"""Seed Inventory: fills the inventory with sites and devices that nobody has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from inventory.models import Base, Device, Site, engine, session_factory
from jobnb import jobs

name = "Inventory"

NAMESPACE: Final = uuid.UUID("6e0a0f0e-8a4b-4f57-9f5e-5f6f3c1d2b7a")  # a site keeps its key
CITIES: Final = {
    "North": ("Bremen", "Hamburg", "Hannover", "Kiel", "Rostock"),
    "South": ("Augsburg", "München", "Nürnberg", "Stuttgart", "Ulm"),
    "East": ("Chemnitz", "Dresden", "Erfurt", "Leipzig", "Magdeburg"),
    "West": ("Aachen", "Bonn", "Dortmund", "Essen", "Köln"),
}
ROLES: Final = ("access-point", "firewall", "router", "server", "switch")
SPARE_EVERY: Final = 10  # of so many devices one is a spare
FORGOTTEN_EVERY: Final = 40  # of so many devices one has no serial number


def site_rows() -> list[dict[str, Any]]:
    return [
        {"id": uuid.uuid5(NAMESPACE, city), "name": city, "region": region}
        for region, cities in CITIES.items()
        for city in cities
    ]


def device_rows(site: dict[str, Any], number: int, count: int) -> Iterator[dict[str, Any]]:
    """The devices of the site with this number."""
    for index in range(count):
        role = ROLES[index % len(ROLES)]
        is_spare = index % SPARE_EVERY == SPARE_EVERY - 1
        has_serial = index % FORGOTTEN_EVERY != FORGOTTEN_EVERY // 2
        yield {
            "hostname": f"{site['name'].lower()}-{role}-{index:04}",
            "role": role,
            "status": "spare" if is_spare else "active",
            "serial": f"SN{number:02}{index:06}" if has_serial else None,
            "address": f"10.{number}.{index // 250}.{index % 250 + 1}",
            "site_id": site["id"],
        }


class SeedInventory(jobs.Job):
    """Fills the inventory with made-up sites and devices, to try jobs on."""

    class Meta:
        name = "Seed Inventory"

    devices_per_site = jobs.IntegerVar(
        description=f"There are {sum(map(len, CITIES.values()))} sites.",
        default=500,
        min_value=1,
        max_value=50_000,
    )
    anew = jobs.BooleanVar(description="Delete first what the inventory has.", default=False)

    def run(self, *, devices_per_site: int, anew: bool) -> dict[str, int]:
        Base.metadata.create_all(engine)
        sites = site_rows()
        with session_factory.begin() as session:
            known = session.scalar(select(func.count()).select_from(Device)) or 0
            if known and not anew:
                self.fail("The inventory has %d devices already; nothing was changed", known)
                return {"sites": 0, "devices": 0}
            session.execute(delete(Device))
            session.execute(delete(Site))
            session.execute(insert(Site), sites)
            for number, site in enumerate(sites):
                session.execute(insert(Device), list(device_rows(site, number, devices_per_site)))
                self.logger.debug("%d devices", devices_per_site, extra={"object": site["name"]})
        self.logger.success("The inventory is filled", extra={"object": str(engine.url)})
        return {"sites": len(sites), "devices": len(sites) * devices_per_site}


jobs.register_jobs(SeedInventory)
