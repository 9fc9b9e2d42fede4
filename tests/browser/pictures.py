"""Draws the pictures of the docs anew: ``python -m tests.browser.pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.conftest import make_project
from tests.browser.lab import Lab, NotebookPage, open_browser, open_lab, open_notebook

IMAGES = Path(__file__).parents[2] / "docs" / "images"
JOB = '''
from every_type import Device, Site, session_factory
from jobnb import jobs

class Move(jobs.Job):
    """Moves devices to another site: addresses, VLANs and monitoring follow."""

    class Meta:
        name = "Move Devices"
        fieldsets = (
            ("What moves", ("origin", "devices", "features")),
            ("Where to, and when", ("target", "network", "plan", "start", "password")),
        )

    dryrun = jobs.DryRunVar()
    origin = jobs.ObjectVar(model=Site, display_field="name", label="From")
    devices = jobs.MultiObjectVar(
        model=Device, display_field="name", query_params={"site": "$origin"},
        description="Type a part of a name; only devices of that site are offered.",
    )
    features = jobs.MultiChoiceVar(choices=["addresses", "VLANs", "monitoring"], label="With")
    target = jobs.ObjectVar(model=Site, display_field="name", label="To")
    network = jobs.IPNetworkVar(description="Where they get their new addresses.")
    plan = jobs.TableVar(columns={"port": jobs.IntegerVar(), "vlan": jobs.IntegerVar()})
    start = jobs.DateTimeVar(timezone="Europe/Berlin", description="In Berlin time.")
    password = jobs.SecretVar(description="For the devices; never stored.")

    def run(self, **inputs):
        for device in inputs["devices"]:
            self.logger.info("Moved to %s", inputs["target"].name, extra={"object": device.name})
        self.logger.success("%d devices moved", len(inputs["devices"]))

jobs.register_jobs(Move)
'''
CELL = """
import jobnb
form = jobnb.form("Move Devices", origin=1, target=2, devices=[42, 44], features=["VLANs"],
                  network="192.0.2.17/24", plan="port\\tvlan\\n1\\t10\\n2\\tten",
                  start="2026-12-01 18:00", dryrun=True)
form
"""

UPGRADE = '''
import time
import pandas as pd
from jobnb import jobs

name = "Network"

class Upgrade(jobs.Job):
    """Brings switches to a version."""

    class Meta:
        name = "Upgrade Switches"

    seconds = jobs.FloatVar(default=6)

    def run(self, *, seconds):
        took = {"sw-1": 12.5, "sw-2": 13.25, "sw-17": 99.0}
        for site in self.track(["north", "south", "west"], text="sites"):
            self.logger.info("%s: 40 switches", site)
            for number in range(40):
                if site == "south" and number == 20:
                    self.logger.warning("took longer than usual", extra={"object": "sw-17"})
                    frame = {"switch": took.keys(), "seconds": took.values()}
                    self.display(pd.DataFrame(frame))
                    self.create_file("seconds.csv", pd.DataFrame(frame).to_csv())
                    print("waiting for sw-17")
                self.progress(number, 40, f"switches of {site}")
                time.sleep(seconds / 80)
            self.logger.success("%s is done", site)

jobs.register_jobs(Upgrade)
'''
FIRST_AND_SECOND = """
import jobnb
jobnb.run("Upgrade Switches", seconds=3)
run = jobnb.submit("Upgrade Switches", seconds=16)
"""


def draw_panel(lab: Lab, browser: BrowserContext) -> None:
    """A run in the middle of its work, of a job that has run before."""
    opened = open_notebook(lab, browser, "panel", [FIRST_AND_SECOND.strip()])
    opened.page.set_viewport_size({"width": 1000, "height": 900})
    opened.run(0)
    panel = opened.cell(0).locator(".jobnb-panel:has(.jobnb-cancel:visible)").last
    panel.get_by_text("waiting for sw-17").wait_for()
    panel.locator(".jobnb-took", has_text="usually").wait_for()
    panel.locator(".jobnb-output table").wait_for()
    panel.screenshot(path=IMAGES / "panel-light.png")
    opened.dark()
    panel.screenshot(path=IMAGES / "panel-dark.png")


def draw(opened: NotebookPage, image: Path) -> None:
    """The form with what is wrong in it, cut out of the page."""
    form = opened.cell(0).locator(".jobnb-form")
    form.locator(".jobnb-error:visible").first.wait_for()
    form.screenshot(path=image)


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        make_project(root)
        (root / "jobs" / "move.py").write_text(JOB)
        (root / "jobs" / "upgrade.py").write_text(UPGRADE)
        with open_lab(root) as lab, open_browser(root / ".profile") as browser:
            draw_panel(lab, browser)
            opened = show(lab, browser)
            draw(opened, IMAGES / "form-light.png")
            opened.dark()
            draw(opened, IMAGES / "form-dark.png")


def show(lab: Lab, browser: BrowserContext) -> NotebookPage:
    opened = open_notebook(lab, browser, "picture", [CELL.strip()])
    opened.page.set_viewport_size({"width": 1100, "height": 1300})
    opened.form()
    return opened


if __name__ == "__main__":
    main()
