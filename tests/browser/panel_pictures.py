"""Draws the pictures of a run in docs/ anew: ``python -m tests.browser.panel_pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.conftest import make_project
from tests.browser.lab import Lab, open_browser, open_lab, open_notebook
from tests.browser.pictures import IMAGES

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


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        make_project(root)
        (root / "jobs" / "upgrade.py").write_text(UPGRADE)
        with open_lab(root) as lab, open_browser(root / ".profile") as browser:
            draw_panel(lab, browser)


if __name__ == "__main__":
    main()
