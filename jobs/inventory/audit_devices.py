"""Audit Devices: looks over the devices of a site, all of them or those that somebody chooses."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

# session_factory is not used below: it tells jobnb where the objects of this file's inputs live.
from inventory.models import Device, Site, session_factory
from jobnb import jobs

__all__ = ["AuditDevices", "session_factory"]

name = "Inventory"


def faults_of(device: Device) -> Iterator[str]:
    if device.serial is None:
        yield "has no serial number"
    if device.status == "spare" and device.address is not None:
        yield f"is a spare and keeps the address {device.address}"


class AuditDevices(jobs.Job):
    """Says of each device of a site what is wrong with its record."""

    class Meta:
        name = "Audit Devices"
        read_only = True

    site = jobs.ObjectVar(
        Site,
        display_field="name",
        description="Nothing to choose from? Run Seed Inventory first.",
    )
    devices = jobs.MultiObjectVar(
        Device,
        display_field="hostname",
        query_params={"site": "$site"},
        description="Those of the site; none for all of them.",
        required=False,
    )

    def run(self, *, site: Site, devices: list[Device]) -> dict[str, int]:
        # The form offers only devices of the site; whoever calls this from Python may give others.
        for stranger in [device for device in devices if device.site is not site]:
            self.fail(
                "%s is not in %s, but in %s", stranger.hostname, site.name, stranger.site.name
            )
        found = [
            (device, fault)
            for device in devices or site.devices
            if device.site is site
            for fault in faults_of(device)
        ]
        for device, fault in found:
            self.logger.warning("%s", fault, extra={"object": device.hostname})
        self.report(found)
        self.logger.info("%d faults", len(found), extra={"object": site.name})
        return {"audited": len(devices or site.devices), "faults": len(found)}

    def report(self, found: list[tuple[Device, str]]) -> None:
        if found:
            text = io.StringIO(newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(["hostname", "role", "fault"])
            writer.writerows([device.hostname, device.role, fault] for device, fault in found)
            self.create_file("faults.csv", text.getvalue())


jobs.register_jobs(AuditDevices)
