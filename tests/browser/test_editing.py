"""A job that is edited under its form, and the form of its record."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.kernel

JOB = """
from jobnb import jobs

class Live(jobs.Job):
    class Meta:
        time_limit = 30

    who = jobs.StringVar(default="world")
    gone = jobs.StringVar(required=False)

    def run(self, **inputs):
        self.logger.info("for %s", inputs)

jobs.register_jobs(Live)
"""


@pytest.fixture
def live(lab):
    """Writes the file of the job anew."""
    path = lab.root / "jobs" / "live.py"

    def write(text: str) -> None:
        draft = path.with_suffix(".draft")
        draft.write_text(text)
        draft.replace(path)

    write(JOB)
    yield write
    path.unlink()


def test_a_form_offers_the_new_one_when_its_file_is_edited_and_keeps_what_was_typed(cells, live):
    form = cells('import jobnb\njobnb.form("Live")').form()
    field = form.locator('[data-name="who"] input')
    field.fill("Ada")
    form.locator('[data-name="gone"] input').fill("typed")
    live(JOB.replace("gone = jobs.StringVar(required=False)", "new = jobs.IntegerVar(default=3)"))
    form.hover(position={"x": 400, "y": 8})
    form.get_by_role("button", name="Show the new form").click()

    expect(form.locator('[data-name="new"] input')).to_have_value("3")
    expect(form.locator('[data-name="who"] input')).to_have_value("Ada")
    expect(form.locator('[data-name="gone"]')).to_have_count(0)
    expect(form.get_by_text("Not kept, as it does not fit any more: gone.")).to_be_visible()
    expect(form.get_by_role("button", name="Show the new form")).to_have_count(0)
    form.get_by_role("button", name="Run").click()
    expect(form.get_by_text("Started as")).to_be_visible()


def test_the_form_of_a_record_saves_and_resets(cells, live):
    opened = cells('import jobnb\njobnb.edit("Live")', 'jobnb.edit("Live")')
    form = opened.form()
    limit = form.locator('[data-name="time_limit"] input')
    expect(limit).to_have_attribute("placeholder", "30")
    limit.fill("soon")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Enter a number.")).to_be_visible()
    limit.fill("60")
    form.locator('[data-name="hidden"] select').select_option("yes")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Saved at")).to_be_visible()
    again = opened.form(1)

    expect(again.locator('[data-name="time_limit"] input')).to_have_value("60")
    expect(again.locator('[data-name="hidden"] select')).to_have_value("yes")
    again.locator('[data-name="time_limit"] input').fill("")
    again.get_by_role("button", name="Save").click()
    expect(again.get_by_text("Saved at")).to_be_visible()
    form.hover(position={"x": 400, "y": 8})
    form.get_by_role("button", name="Show the new form").click()
    expect(form.locator('[data-name="time_limit"] input')).to_have_value("")
