"""Measures a form of fourteen fields beside the same of ipywidgets, in one run: ``make bench``.

Each round opens a new notebook in a real browser; every figure is a median over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.conftest import make_project
from tests.browser.lab import Lab, open_browser, open_lab, open_notebook

OURS = 'jobnb.form("Fourteen")'
COMPOSED = """
import ipywidgets as w
few = ["one", "two", "three"]
def fields():
    style = {"description_width": "200px"}
    for name, kind, more in [
        ("Name", w.Text, {}), ("Site", w.Dropdown, {"options": [f"Site {n}" for n in range(12)]}),
        ("Role", w.Dropdown, {"options": ["access", "core"]}), ("Count", w.Text, {"value": "1"}),
        ("Ratio", w.Text, {}), ("Start", w.DatePicker, {}), ("Comment", w.Textarea, {}),
        ("Options", w.Textarea, {}), ("Address", w.Text, {}), ("Network", w.Text, {}),
        ("Tags", w.SelectMultiple, {"options": few}), ("Contact", w.Text, {}),
        ("Verbose", w.Checkbox, {}), ("Dry run", w.Checkbox, {}),
    ]:
        yield w.VBox([kind(description=name, style=style, **more), w.Label("Help"), w.Label("")])
"""
FORMS = {
    "jobnb.form()": (f"import jobnb\n{OURS}", OURS, ".jobnb-form .jobnb-run"),
    "ipywidgets": (COMPOSED, 'w.VBox([*fields(), w.Button(description="Run")])', ".jupyter-button"),
}


def measure(lab: Lab, browser: BrowserContext, form: str, number: int) -> tuple[float, ...]:
    """Comm messages, kilobytes, and milliseconds from the press of a key to the Run button."""
    prepare, show, button = FORMS[form]
    opened = open_notebook(lab, browser, f"{form.strip('()')}-{number}", [prepare, "1", show])
    opened.run(0)
    opened.run(1)
    opened.cell(1).get_by_text("1").wait_for()
    opened.count_messages()
    begin = time.perf_counter()
    opened.run(2)
    opened.cell(2).locator(button).first.wait_for()
    seconds = time.perf_counter() - begin
    sizes = opened.messages()
    opened.page.close()
    lab.close_kernels()
    return len(sizes), sum(sizes) / 1000, seconds * 1000


def rounds(count: int) -> Iterator[tuple[str, list[float]]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        make_project(root)
        found: dict[str, list[tuple[float, ...]]] = {form: [] for form in FORMS}
        with open_lab(root) as lab, open_browser(root / ".profile") as browser:
            for number in range(count):
                for form, figures in found.items():
                    figures.append(measure(lab, browser, form, number))
    for form, figures in found.items():
        yield form, [statistics.median(column) for column in zip(*figures, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    for form, (messages, size, wait) in rounds(parser.parse_args().rounds):
        print(
            f"{form + ', 14 fields':<30} {messages:>5.0f} messages {size:>7.1f} kB {wait:>7.0f} ms"
        )


if __name__ == "__main__":
    main()
