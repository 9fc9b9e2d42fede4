"""Draws the pictures of the history page: ``python -m tests.browser.history_pictures``.

Runs that never worked, written down as if they had.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator

from jobnb.reports.contents import RunReader
from jobnb.reports.writing import write_report
from jobnb.store.database import Database, open_database
from tests.browser.lab import open_browser, open_lab, open_notebook
from tests.runs import finished_run, log_line, printed, store_source

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SOURCE = '''"""Says which disks are nearly full."""
from jobnb import jobs


class DiskReport(jobs.Job):
    class Meta:
        name = "Disk Report"

    path = jobs.StringVar(default="/var")
    threshold = jobs.IntegerVar(default={threshold}, description="Percent.")

    def run(self, *, path, threshold):
        self.logger.info("Looking at %s on 12 hosts", path)
        ...


jobs.register_jobs(DiskReport)
'''
CSV = "host,mount,used\n" + "".join(f"srv-{n:02},/var,{50 + 4 * n} %\n" for n in range(12))


def fill(database: Database) -> tuple[str, str]:
    """A history; gives the two runs that are compared."""
    runs = []
    for number in range(40):
        failed = number % 7 == 3
        detail = "ConnectionError: srv-07 does not answer" if failed else ""
        runs.append(
            finished_run(
                database,
                log_line("hello"),
                job_name=("Disk Report", "Import Devices", "Check Endpoints")[number % 3],
                user=("ada", "grace", "linus")[number % 4 % 3],
                end={"status": "FAILURE" if failed else "SUCCESS", "detail": detail},
            )
        )
    return tuple(_disk_run(database, threshold) for threshold in (90, 80))


def _disk_run(database: Database, threshold: int) -> str:
    full = [name for name, used in (("srv-10", 90), ("srv-11", 94)) if used > threshold]
    warnings = [log_line(f"{name}: /var is nearly full", level="WARNING") for name in full]
    return finished_run(
        database,
        log_line("Looking at /var on 12 hosts"),
        printed("12 hosts in 0.4 s\n"),
        *warnings,
        log_line(f"{len(full)} disks are nearly full", level="SUCCESS"),
        job_name="Disk Report",
        inputs={"path": "/var", "threshold": threshold},
        source_file="disk.py",
        snapshot=store_source(database, {"disk.py": SOURCE.format(threshold=threshold)}),
        files={"disks.csv": CSV.encode()},
        end={"value": f'{{"full": {len(full)}}}'},
    )


def draw_tables(browser: BrowserContext, root: Path, database: Database, a: str, b: str) -> None:
    with open_lab(root) as lab:
        first = f"import jobnb\njobnb.configure(database_url={database.url!r})"
        cells = [first, "jobnb.results(limit=45)", f"jobnb.compare({a[:8]!r}, {b[:8]!r})"]
        opened = open_notebook(lab, browser, "history", cells)
        opened.page.set_viewport_size({"width": 1150, "height": 1600})
        for index in range(3):
            opened.run(index)
        outputs: list[Locator] = []
        for index in (1, 2):
            outputs.append(opened.cell(index).locator(".jp-OutputArea-output").first)
            outputs[-1].locator("table").first.wait_for()
        outputs[0].screenshot(path=IMAGES / "history-light.png")
        outputs[1].screenshot(path=IMAGES / "compare-light.png")


def draw_report(browser: BrowserContext, page_path: Path) -> None:
    page = browser.new_page()
    page.set_viewport_size({"width": 900, "height": 1150})
    page.goto(page_path.as_uri())
    page.screenshot(path=IMAGES / "report-light.png")
    page.close()


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        (root / "jobs").mkdir()
        (root / "jobnb.toml").touch()
        database = open_database(f"sqlite:///{root / 'history.sqlite3'}")
        a, b = fill(database)
        report = write_report(RunReader(database), b, root / "disk.html")
        with open_browser(root / ".profile") as browser:
            draw_tables(browser, root, database, a, b)
            draw_report(browser, report)
        database.close()


if __name__ == "__main__":
    main()
