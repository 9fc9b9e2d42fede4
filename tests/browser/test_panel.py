"""Runs in a real browser: live, found again, and as they are saved."""

from __future__ import annotations

import re
from collections.abc import Callable

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab import Lab, NotebookPage, open_file

pytestmark = pytest.mark.kernel

WATCH_STALLS = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
  }).observe({ type: "longtask" });
}"""
SCROLL = "(log, share) => { log.scrollTop = share * log.scrollHeight; }"
ARE_SEEN = """(number) => {
  const first = document.querySelector(".jobnb-line")?.dataset.number ?? -1000;
  return Math.abs(first - number) < 40 && !document.querySelector(".jobnb-missing");
}"""

PLACE = "jobnb-at-"
"""What is in the HTML of a cell that a widget of the kernel fills."""
SLOW = """const text = Response.prototype.text;
Response.prototype.text = async function () {
  if (!this.url) await new Promise((done) => setTimeout(done, 2500));
  return text.call(this);
};"""
"""Unpacks the code of widgets later than anywidget waits for it, as in a page that is busy."""

LONGEST_STALL = 200
"""Milliseconds that a page may stand still."""


def panel(opened: NotebookPage, index: int = 0) -> Locator:
    return opened.cell(index).locator(".jobnb-panel")


def newest(shown: Locator) -> int:
    return int(shown.locator(".jobnb-line").last.get_attribute("data-number"))


def lines(shown: Locator) -> int:
    """How many the panel says there are."""
    return int(re.sub(r"\D", "", shown.locator(".jobnb-found").inner_text()))


def sees_all(shown: Locator) -> None:
    """The first lines can be scrolled to, and the newest are followed again."""
    shown.locator(".jobnb-line").first.wait_for()
    shown.locator(".jobnb-log").press("Home")
    expect(shown.get_by_text("step 3", exact=True)).to_be_visible()
    shown.get_by_role("button", name="Follow").click()


def sees_first(opened: NotebookPage, shown: Locator) -> None:
    """The first line can be scrolled to."""
    shown.locator(".jobnb-line").first.wait_for()
    shown.locator(".jobnb-log").press("Home")
    opened.page.wait_for_function(ARE_SEEN, arg=0)


def sees_lines(opened: NotebookPage, shown: Locator) -> None:
    """The first line and one in the middle of a hundred thousand can be scrolled to."""
    for share, number in ((0, 0), (0.5, 50_000)):
        shown.locator(".jobnb-log").evaluate(SCROLL, share)
        opened.page.wait_for_function(ARE_SEEN, arg=number)
    assert shown.locator(".jobnb-line").count() < 100


@pytest.mark.parametrize("way", ["submit", "form"])
def test_a_flood_of_lines_leaves_the_page_alone_and_cancel_works_in_the_middle(
    notebook: Callable[..., NotebookPage], way: str
):
    opened = notebook(f'import jobnb\njobnb.{way}("Many Lines", count=100_000)')
    press = opened.form().locator(".jobnb-run").click if way == "form" else lambda: opened.run(0)
    shown, ended = panel(opened), opened.cell(0).locator("span", has_text="REVOKED").first
    press()
    expect(shown.locator(".jobnb-found")).to_have_text(re.compile(r"^\d\d,"))
    before = lines(shown)
    opened.save()
    opened.reload()
    expect(shown.locator(".jobnb-found")).to_have_text(re.compile(r"^\d\d"))
    assert lines(shown) > before
    sees_first(opened, shown)
    shown.get_by_role("button", name="Cancel Many Lines").click()
    expect(ended).to_be_visible()
    expect(shown).to_have_count(0)
    assert PLACE not in opened.outputs(0)[-1]

    for _ in range(4):  # a busy machine stalls one flood or another, and what is slow each of them
        opened.count_messages()
        press()
        expect(shown.locator(".jobnb-line").first).to_be_visible()
        opened.page.evaluate(WATCH_STALLS)
        expect(shown.get_by_text("all are written")).to_be_visible()
        sees_lines(opened, shown)
        longest, size = opened.page.evaluate("() => longest"), sum(opened.messages())
        shown.get_by_role("button", name="Cancel Many Lines").click()
        expect(ended).to_be_visible()
        if longest < LONGEST_STALL:
            break
        opened.reload()
    assert size < 20e6
    assert longest < LONGEST_STALL


def test_lines_are_found_among_all_that_there_are(cells: Callable[..., NotebookPage]):
    start = 'import jobnb\nrun = jobnb.submit("Many Lines", count=20_000)'
    opened = cells(start, "run.cancel().wait().log.browse()", "run.log")
    opened.run(0)
    shown = panel(opened)
    expect(shown.get_by_text("all are written")).to_be_visible()
    shown.get_by_role("searchbox").fill("LINE 7777 ")

    expect(shown.locator(".jobnb-found")).to_have_text(re.compile(r"^1 of 20,00\d lines$"))
    expect(shown.locator(".jobnb-text")).to_have_text(re.compile("^line 7777 "))

    shown.get_by_role("searchbox").fill("")
    shown.get_by_role("button", name="SUCCESS 1").click()
    expect(shown.locator(".jobnb-text")).to_have_text("all are written")

    opened.run(1)
    log = panel(opened, 1)
    expect(log.locator(".jobnb-status")).to_have_text("REVOKED")
    log.locator(".jobnb-log").evaluate(SCROLL, 0.5)
    expect(log.get_by_text(re.compile("^line 9999 "))).to_be_visible()

    opened.run(2)
    expect(opened.cell(2).get_by_text("earlier entries")).to_be_visible()
    for index in range(3):
        saved = "".join(opened.outputs(index))
        assert len(saved) < 60_000
        assert "widget-view" not in saved
        assert (PLACE in saved) == (index == 1)


def test_no_key_is_a_shortcut_where_the_notebook_looks_at_it_first(
    cells: Callable[..., NotebookPage],
):
    opened = cells('import jobnb\nrun = jobnb.submit("Endless")', "run.cancel().wait()")
    opened.run(0)
    shown = panel(opened)
    expect(shown.get_by_text("step 3", exact=True)).to_be_visible()
    with opened.shortcuts_first():
        for part in (shown.locator(".jobnb-log"), shown.get_by_role("button", name="Wrap")):
            for key in ("a", "ArrowDown", "d", "d"):
                part.press(key)
    assert opened.page.locator(".jp-Notebook .jp-Cell").count() == 2
    opened.run(1)
    expect(shown).to_have_count(0)


def test_a_page_that_was_closed_and_a_second_one_have_all_lines_and_go_on(
    notebook: Callable[..., NotebookPage], lab: Lab, browser: BrowserContext
):
    opened = notebook('import jobnb\nrun = jobnb.submit("Endless")', "str(run.wait().status)")
    opened.run(0)
    shown, address = panel(opened), opened.page.url
    expect(shown.get_by_text("step 3", exact=True)).to_be_visible()
    opened.save()
    last = newest(shown)
    opened.page.goto("about:blank")
    opened.page.add_init_script(SLOW)
    opened.open(address)
    sees_all(shown)
    assert newest(shown) > last
    before = newest(shown)
    opened.page.wait_for_function(
        "(n) => +[...document.querySelectorAll('.jobnb-line')].pop().dataset.number > n", arg=before
    )

    second = open_file(lab, browser, opened.path)
    sees_all(panel(second))
    opened.page.evaluate("() => void jupyterapp.commands.execute('notebook:delete-cell')")
    expect(shown).to_have_count(0)
    panel(second).get_by_role("button", name="Cancel Endless").click()
    expect(second.cell(0).locator("span", has_text="REVOKED").first).to_be_visible()
    expect(panel(second)).to_have_count(0)
    assert PLACE not in second.outputs(0)[0]
    opened.run(0)
    expect(opened.cell(0).get_by_text("REVOKED")).to_be_visible()
    second.page.close()


def test_after_a_restart_of_the_kernel_nothing_says_that_it_works_live_or_saved(
    notebook: Callable[..., NotebookPage], lab: Lab, browser: BrowserContext
):
    opened = notebook('import jobnb\nrun = jobnb.submit("Endless")', 'jobnb.form("Many Lines")')
    opened.run(0)
    shown, form = panel(opened), opened.form(1)
    expect(shown.get_by_text("step 3", exact=True)).to_be_visible()
    opened.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.restartKernel()")

    expect(shown.get_by_text("Nothing is heard of the kernel any more.")).to_be_visible()
    expect(shown.locator(".jobnb-took")).to_have_text("when it was last heard of")
    expect(shown.get_by_role("button", name="Cancel Endless")).to_be_hidden()
    expect(form.get_by_role("alert")).to_contain_text("run this cell again")
    expect(form.locator(".jobnb-run")).to_be_disabled()

    saved = opened.save()
    strange = opened.path.with_name("strange.ipynb")  # signed by nobody: not trusted
    strange.write_text(saved.replace("Many Lines", "Many Words"))
    assert "widget-view" not in saved
    for path, name in ((opened.path, "Many Lines"), (strange, "Many Words")):
        again = open_file(lab, browser, path)
        expect(again.cell(0)).to_contain_text("how it stands now: jobnb.result(")
        expect(again.cell(1)).to_contain_text("The form needs its kernel: run this cell")
        expect(again.cell(1)).to_contain_text(name)
        again.page.close()


def test_a_cell_that_waits_shows_new_lines_says_how_to_cancel_and_is_cancelled_by_interrupt(
    cells: Callable[..., NotebookPage],
):
    opened = cells('import jobnb\njobnb.run("Endless")')
    opened.run(0)
    shown = panel(opened)
    expect(shown.get_by_text("step 5", exact=True)).to_be_visible()
    expect(shown.get_by_role("progressbar")).to_be_visible()
    expect(shown.get_by_text("Interrupt the kernel (■) to cancel.")).to_be_visible()

    opened.page.evaluate('() => void jupyterapp.commands.execute("notebook:interrupt-kernel")')
    expect(opened.cell(0).locator("span", has_text="REVOKED").first).to_be_visible()
    expect(opened.cell(0).get_by_text("KeyboardInterrupt").first).to_be_visible()
    assert PLACE not in opened.outputs(0)[0]


def test_nothing_that_a_job_says_or_shows_acts_live_or_saved(
    notebook: Callable[..., NotebookPage], lab: Lab, browser: BrowserContext
):
    start = 'import jobnb\nrun = jobnb.submit("Shows", ended=False)'
    opened = notebook(start, "run.cancel().wait()")
    opened.run(0)
    shown = panel(opened)
    expect(shown.get_by_role("heading", name="a page")).to_be_visible()
    expect(shown.get_by_text("sw-1", exact=True)).to_be_visible()
    expect(shown.get_by_role("button", name=re.compile("^Download"))).to_be_visible()
    with opened.page.expect_download() as download:
        shown.get_by_role("button", name=re.compile("^Download")).click()
    assert download.value.path().read_text() == "content"
    opened.run(1)
    expect(shown).to_have_count(0)
    expect(opened.cell(0).get_by_role("heading", name="a page")).to_be_visible()
    table = opened.cell(0).get_by_role("table").first
    expect(table).to_have_css("border-collapse", "collapse")  # Jupyter's style, as when it is saved
    saved = opened.save()

    assert opened.page.title() != "hit"
    assert len(saved) < 60_000
    converted, _ = HTMLExporter().from_notebook_node(nbformat.reads(saved, as_version=4))
    assert "document.title=&#39;hit&#39;" in converted or "&lt;script&gt;document" in converted
    assert "<script>document.title" not in converted
    strange = opened.path.with_name("strange.ipynb")  # signed by nobody: not trusted
    strange.write_text(saved.replace("a page", "another page"))
    for path, title in ((opened.path, "a page"), (strange, "another page")):
        again = open_file(lab, browser, path)
        expect(again.cell(0).get_by_role("heading", name=title)).to_be_visible()
        expect(again.cell(0).get_by_text("sw-1", exact=True)).to_be_visible()
        assert again.page.title() != "hit"
        again.page.close()
