"""Draws the pictures of forms in docs/ anew: ``python -m tests.browser.pictures``."""

from __future__ import annotations

import shutil
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
RECORD = """
import jobnb
jobnb.edit("Move Devices", time_limit=600, task_queues="network, default")
jobnb.edit("Move Devices")
""".strip()


def draw(opened: NotebookPage, image: Path) -> None:
    """The form with what is wrong in it, cut out of the page."""
    form = opened.cell(0).locator(".jobnb-form")
    form.locator(".jobnb-error:visible").first.wait_for()
    form.screenshot(path=image)


BACKUP = """
import jobnb
jobnb.form("Back Up Configurations", backups="/var/backups/network", timeout=0)
""".strip()


def draw_backup(lab: Lab, browser: BrowserContext) -> None:
    """The form that the second notebook shows."""
    for name in ("at_once.py", "backup_configs.py"):
        shutil.copy(IMAGES.parents[1] / "jobs" / name, lab.root / "jobs")
    opened = open_notebook(lab, browser, "backup", [BACKUP])
    opened.page.set_viewport_size({"width": 1000, "height": 1300})
    opened.form()
    draw(opened, IMAGES / "notebook-form.png")
    opened.page.close()


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        make_project(root)
        (root / "jobs" / "move.py").write_text(JOB)
        with open_lab(root) as lab, open_browser(root / ".profile") as browser:
            record = open_notebook(lab, browser, "record", [RECORD])
            record.page.set_viewport_size({"width": 1100, "height": 2600})
            record.form().screenshot(path=IMAGES / "edit-light.png")
            record.page.close()
            draw_backup(lab, browser)
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
