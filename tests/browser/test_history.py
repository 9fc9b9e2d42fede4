"""Runs of before in a browser: nothing that a job has left does anything there."""

from __future__ import annotations

import pytest

from jobnb.reports.contents import RunReader
from jobnb.reports.writing import write_report
from jobnb.store.database import open_database
from tests.browser.lab import NotebookPage
from tests.runs import hostile_run

pytestmark = pytest.mark.kernel

ACTS = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
    "<svg onload='window.ran = 3'></svg><a href='javascript:window.ran = 4'>a</a>"
)
HOSTILE = f"{ACTS}\x1b[31m\u202e\0</pre></div>\n```\n{ACTS} $x$ [b](javascript:window.ran=5)"


@pytest.fixture
def database(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'hostile.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def hostile(database):
    """A run in which everything that a job can choose is hostile."""
    files = {
        "<img src=x onerror=window.ran=6>.html": HOSTILE.encode(),
        "a.svg": ACTS.encode(),
        "a.csv": f"{ACTS},{ACTS}\n{ACTS},{ACTS}".encode(),
    }
    return hostile_run(database, HOSTILE, value=f'"{ACTS}"', files=files)


def test_a_page_of_a_hostile_run_runs_and_loads_nothing(database, browser, hostile, tmp_path):
    path = write_report(RunReader(database), hostile, tmp_path / "hostile.html")
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.get_by_text("Run it again").wait_for()

    assert page.evaluate("() => window.ran ?? null") is None
    assert page.locator("script, svg, iframe, object, link, img").count() == 0
    assert asked == [path.as_uri()]
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_a_policy_stands_behind_the_escaping(database, browser, hostile, tmp_path):
    path = write_report(RunReader(database), hostile, tmp_path / "hostile.html")
    path.write_text(path.read_text().replace("</body>", f"{ACTS}</body>"))
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator("svg").wait_for(state="attached")

    assert page.evaluate("() => window.ran ?? null") is None
    page.close()


def test_tables_of_hostile_runs_are_harmless_in_a_trusted_notebook(notebook, database, hostile):
    opened: NotebookPage = notebook(
        f"import jobnb; jobnb.configure(database_url={database.url!r}); jobnb.results()",
        f"r = jobnb.result({hostile!r}); jobnb.compare(r, r)",
        "r.files",
        "jobnb.results(text='script')",
        "r",
        "r.log",
        "r.log.browse()",
    )
    for index in range(7):
        opened.run(index)
    panel = opened.cell(6).locator(".jobnb-panel")
    panel.locator(".jobnb-line").first.wait_for()
    panel.get_by_role("button", name="more character").click()
    panel.get_by_text("700,343 more characters in result.log[1].message").wait_for()
    opened.cell(2).locator("summary").first.click()

    assert opened.page.evaluate("() => window.ran ?? null") is None
    outputs = opened.page.locator(".jp-OutputArea-output")
    assert outputs.locator("script, svg, iframe, object, img, mjx-container").count() == 0
    for index in (0, 1, 3, 4, 5, 6):
        assert "window.ran = 1" in opened.cell(index).inner_text()
