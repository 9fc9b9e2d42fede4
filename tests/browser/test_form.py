"""The form as people meet it: JupyterLab, Chromium, mouse and keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.processes import eventually

pytestmark = pytest.mark.kernel

SHOW = 'import jobnb\nform = jobnb.form("Provision Switch")\nform'
SECRET = "correct-horse-battery"
MEGABYTE = 1024 * 1024


def field(form: Locator, name: str) -> Locator:
    return form.locator(f'[data-name="{name}"]')


def control(form: Locator, name: str) -> Locator:
    return field(form, name).locator("input, select, textarea").first


def errors(form: Locator) -> dict[str, str]:
    """What is said beside each field that is wrong."""
    return form.evaluate(
        """(form) => Object.fromEntries([...form.querySelectorAll(".jobnb-error:not([hidden])")]
          .map((error) => [error.closest("[data-name]").dataset.name, error.innerText]))"""
    )


def press_run(form: Locator) -> None:
    form.get_by_role("button", name=re.compile("^Run")).click()


def choose(form: Locator, name: str, text: str) -> None:
    """Types into a search field and takes the first hit."""
    control(form, name).fill(text)
    field(form, name).get_by_role("option", name=text).first.wait_for()
    control(form, name).press("ArrowDown")
    control(form, name).press("Enter")


RIGHT = {
    "hostname": "access-1",
    "address": "192.0.2.1",
    "interface": "192.0.2.1/24",
    "network": "192.0.2.0/24",
    "mtu": "9000",
    "loss": "0.5",
    "price": "12.50",
    "window_start": "2026-12-01",
    "window_end": "2026-12-01 18:30",
    "reason": "More ports",
    "ticket": "CHG-7",
    "settings": '{"lldp": false}',
    "plan": "port\tvlan\n1\t10\n2\t20",
    "password": SECRET,
}
WRONG = {
    "hostname": ("X", "Must match regex"),
    "address": ("192.0.2.1/24", "Invalid IPv4/IPv6 address format"),
    "interface": ("192.0.2.1", "CIDR mask"),
    "network": ("192.0.2.1/24", "Did you mean"),
    "mtu": ("9,000", "whole number"),
    "loss": ("a lot", "number"),
    "price": ("12 EUR", "number"),
    "window_start": ("2026-02-30", "date"),
    "window_end": ("tomorrow", "date"),
    "settings": ("{lldp}", "Enter a valid JSON"),
    "plan": ("port\tvlan\n1\tten", "row 1, column 'vlan'"),
    "password": ("short", "at least 8"),
}


def fill_in(form: Locator) -> None:
    form.get_by_label("Role").select_option("core")
    field(form, "ticket").wait_for()
    choose(form, "device", "switch-00042")
    choose(form, "neighbours", "switch-00043")
    field(form, "features").get_by_label("bgp").check()
    for name, text in RIGHT.items():
        control(form, name).fill(text)


def test_every_wrong_input_says_why_and_the_right_ones_run(cells):
    opened = cells(SHOW, "form.values")
    form = opened.form()
    form.get_by_label("Role").select_option("core")
    for name, (text, _) in WRONG.items():
        control(form, name).fill(text)
    press_run(form)
    expect(form.get_by_text(f"{len(WRONG) + 2} inputs need attention")).to_be_visible()
    found = errors(form)
    assert {name for name, (_, said) in WRONG.items() if said not in found[name]} == set()
    assert set(found) == {*WRONG, "device", "ticket"}
    assert opened.cell(0).get_by_text("Started").count() == 0

    fill_in(form)
    press_run(form)
    expect(opened.cell(0).get_by_text("SUCCESS", exact=True).first).to_be_visible()

    assert errors(form) == {}
    opened.cell(0).get_by_text("2 rows of the plan are done").wait_for()
    expect(opened.cell(0)).to_contain_text("switch-00042: Provisioning access-1")


def test_the_first_wrong_field_has_the_focus_after_run(cells):
    form = cells(SHOW).form()
    press_run(form)

    expect(control(form, "device")).to_be_focused()
    expect(control(form, "device")).to_have_attribute("aria-invalid", "true")


def test_an_error_comes_when_the_field_is_left_and_not_while_it_is_typed(cells):
    form = cells(SHOW).form()
    mtu = control(form, "mtu")
    mtu.press_sequentially("x", delay=600)
    assert errors(form) == {}

    mtu.press("Tab")
    expect(field(form, "mtu").locator(".jobnb-error")).to_have_text("Enter a whole number.")
    expect(mtu).to_have_value("x1500")


def test_fields_come_and_go_with_the_value_of_others(cells):
    form = cells(SHOW).form()
    expect(field(form, "ticket")).to_be_hidden()
    form.get_by_label("Role").select_option("core")
    expect(field(form, "ticket")).to_be_visible()
    expect(control(form, "vlan").locator("option")).to_have_text(
        ["---------", "core VLAN 10", "core VLAN 20"]
    )
    form.get_by_label("Role").select_option("mast")
    expect(field(form, "ticket")).to_be_hidden()


def test_ten_thousand_objects_are_searched_page_by_page(cells):
    form = cells(SHOW).form()
    device = control(form, "device")
    device.fill("switch-09")
    options = field(form, "device").get_by_role("option")
    expect(options).to_have_count(21)
    options.nth(20).click()
    expect(options).to_have_count(41)
    device.fill("switch-09876")
    expect(options).to_have_text(["switch-09876"])
    device.press("Escape")
    expect(options.first).to_be_hidden()
    choose(form, "device", "switch-09876")

    expect(device).to_have_value("switch-09876")


def test_long_lists_are_searched_and_several_are_chosen_from_them(cells):
    opened = cells(SHOW, "form.values")
    form = opened.form()
    choose(form, "rack", "rack-42")
    for tag in ("tag-7", "tag-21", "tag-29"):
        choose(form, "tags", tag)
    field(form, "tags").get_by_role("button", name="Remove tag-7").click()
    control(form, "tags").press("Backspace")
    expect(field(form, "tags").locator(".jobnb-chip")).to_have_count(1)
    opened.run(1)

    expect(opened.cell(1)).to_contain_text("'rack': 'rack-42'")
    expect(opened.cell(1)).to_contain_text("'tags': ['tag-21']")


def test_what_is_in_no_list_is_refused_and_not_forgotten(cells):
    form = cells(SHOW).form()
    control(form, "device").fill("no such thing")
    control(form, "device").press("Tab")

    expect(field(form, "device").locator(".jobnb-error")).to_contain_text("no such thing")
    expect(control(form, "device")).to_have_value("no such thing")


def test_fifty_megabytes_are_uploaded_with_progress(cells, tmp_path):
    image = tmp_path / "image.bin"
    image.write_bytes(b"\x00jobnb\xff\n" * (50 * MEGABYTE // 8))
    opened = cells(SHOW, "jobnb.results()[0].form()")
    form = opened.form()
    fill_in(form)
    form.locator('input[type="file"][accept=".bin,.csv"]').set_input_files(image)
    expect(field(form, "image").get_by_role("progressbar")).to_be_visible()
    expect(field(form, "image")).to_contain_text("image.bin 52.4 MB")
    press_run(form)

    opened.cell(0).get_by_text("The image has 52428800 bytes").wait_for()
    again = opened.form(1)
    expect(field(again, "image")).to_contain_text("image.bin 52.4 MB")
    control(again, "password").fill(SECRET)
    press_run(again)
    opened.cell(1).get_by_text("The image has 52428800 bytes").wait_for()


def test_a_file_that_does_not_fit_is_refused_by_name(cells, tmp_path):
    (tmp_path / "image.txt").write_text("x")
    form = cells(SHOW).form()
    form.locator('input[type="file"][accept=".bin,.csv"]').set_input_files(tmp_path / "image.txt")

    expect(field(form, "image").locator(".jobnb-error")).to_contain_text("'image.txt'")
    field(form, "image").get_by_role("button", name="Remove").click()
    expect(field(form, "image").locator(".jobnb-error")).to_be_hidden()


def test_embedded_widgets_are_inputs(cells):
    opened = cells(SHOW, "form.values")
    form = opened.form()
    handle = field(form, "ports").get_by_role("slider")
    handle.focus()
    for _ in range(4):
        handle.press("ArrowRight")
    expect(field(form, "ports")).to_contain_text("12")

    # A slider sends its next value when the one before has arrived.
    assert eventually(lambda: "'ports': 12" in opened.result(1))
    assert "'colour': '#1d6fd1'" in opened.result(1)


def test_the_keyboard_reaches_everything_and_starts_nothing_else(cells):
    opened = cells(SHOW)
    form = opened.form()
    field(form, "dryrun").get_by_role("checkbox").focus()
    reached = []
    for _ in range(45):
        opened.page.keyboard.press("Tab")
        reached.append(
            opened.page.evaluate(
                "document.activeElement.closest('[data-name]')?.dataset.name"
                " ?? document.activeElement.textContent"
            )
        )
    names = list(dict.fromkeys(reached))
    order = form.locator("[data-name]:visible").evaluate_all(
        "(rows) => rows.map((row) => row.dataset.name)"
    )
    assert names[: len(order) + 2] == [*order[1:], "Options", "Run", "Show as code"]

    # Letters that are shortcuts of the notebook: new cell above, below, cut.
    field(form, "verbose").get_by_role("checkbox").focus()
    for key in "abxdd":
        opened.page.keyboard.press(key)
    assert opened.page.locator(".jp-Notebook .jp-Cell").count() == 1


def test_no_key_is_a_shortcut_where_the_notebook_looks_at_it_first(cells):
    opened = cells(SHOW)
    form = opened.form()
    role = field(form, "role").get_by_role("combobox")
    with opened.shortcuts_first():
        for key in "abxdd":
            form.locator(".jobnb-run").press(key)
        role.press("c")
        field(form, "ports").get_by_role("slider").press("ArrowRight")

        expect(role).to_have_value("core")
        expect(field(form, "ports")).to_contain_text("9")
    assert opened.page.locator(".jp-Notebook .jp-Cell").count() == 1


def test_control_and_enter_runs(cells):
    opened = cells(SHOW)
    form = opened.form()
    control(form, "mtu").fill("x")
    control(form, "mtu").press("Control+Enter")

    complaint = field(form, "mtu").locator(".jobnb-error")
    expect(complaint).to_be_visible()
    expect(complaint).to_have_css("color", "rgb(179, 38, 30)")
    expect(complaint).to_have_css("border-left-width", "0px")
    assert "mtu" in errors(form)
    expect(field(form, "device").locator(".jobnb-error")).to_be_visible()


def test_roles_names_and_states_are_in_the_accessibility_tree(cells):
    form = cells(SHOW).form()
    press_run(form)
    expect(form.get_by_text("inputs need attention")).to_be_visible()
    snapshot = form.aria_snapshot()

    for line in (
        'region "Provision Switch"',
        'checkbox "Dry run: nothing is changed"',
        'combobox "Device"',
        'textbox "Hostname"',
        'group "Features"',
        'checkbox "lldp" [checked]',
        'textbox "MTU": "1500"',
        'slider "Ports"',
        'button "Run"',
    ):
        assert line in snapshot
    assert form.get_by_role("textbox", name="Hostname").get_attribute("aria-required") == "true"
    described = form.get_by_role("textbox", name="Hostname").get_attribute("aria-describedby")
    texts = [form.locator(f"#{part}").inner_text() for part in described.split()]
    assert texts == ["This field is required.", "Letters, digits, hyphens."]


def test_a_secret_is_neither_echoed_nor_saved(cells):
    opened = cells(SHOW, "form.values")
    form = opened.form()
    password = control(form, "password")
    assert password.get_attribute("type") == "password"
    password.fill(SECRET)
    password.press("Tab")
    opened.run(1)
    expect(opened.cell(1)).to_contain_text("'password': '********'")
    form.get_by_text("Show as code").click()
    expect(form.locator("pre")).to_contain_text('password="env:PASSWORD"')

    assert SECRET not in opened.save()
    assert SECRET not in form.evaluate("(form) => form.outerHTML")


def test_the_form_answers_while_a_cell_runs(cells, tmp_path):
    over = str(tmp_path / "over")
    opened = cells(SHOW, f"import os, time\nwhile not os.path.exists({over!r}): time.sleep(0.02)")
    form = opened.form()
    opened.run(1)
    control(form, "mtu").fill("x")
    control(form, "mtu").press("Tab")

    expect(field(form, "mtu").locator(".jobnb-error")).to_be_visible()
    (tmp_path / "over").touch()


def test_an_answer_that_takes_its_time_is_said(cells, tmp_path):
    form = cells('import jobnb\njobnb.form("Patient")').form()
    control(form, "file").fill(str(tmp_path / "over"))
    control(form, "file").press("Tab")
    expect(form.get_by_text("The kernel is busy")).to_be_visible()

    (tmp_path / "over").touch()
    expect(form.get_by_text("The kernel is busy")).to_be_hidden()


def test_what_python_sets_is_shown(cells):
    opened = cells(SHOW, 'form.values = {"hostname": "core-1", "device": 7, "mtu": "x"}')
    form = opened.form()
    opened.run(1)

    expect(control(form, "hostname")).to_have_value("core-1")
    expect(control(form, "device")).to_have_value("switch-00007")
    expect(field(form, "mtu").locator(".jobnb-error")).to_have_text("Enter a whole number.")


def test_the_code_is_the_same_call(cells):
    form = cells(SHOW).form()
    fill_in(form)
    form.get_by_text("Show as code").click()

    code = form.locator("pre")
    expect(code).to_contain_text('hostname="access-1"')
    expect(code).to_contain_text("device=42")


def test_the_calendar_fills_in_the_text(cells):
    form = cells(SHOW).form()
    for name, picked in (("window_start", "2026-12-24"), ("window_end", "2026-12-24T18:30")):
        native = field(form, name).locator(".jobnb-native")
        native.evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('change')); }",
            picked,
        )
        expect(control(form, name)).to_have_value(picked.replace("T", " "))
    zoned = re.compile(r"2026-12-24 18:30[+-]\d\d:\d\d")
    field(form, "reminder").locator(".jobnb-native").evaluate(
        "(input) => { input.value = '2026-12-24T18:30'; input.dispatchEvent(new Event('change')); }"
    )
    expect(control(form, "reminder")).to_have_value(zoned)

    press_run(form)
    expect(form.get_by_text("inputs need attention")).to_be_visible()
    assert {"window_start", "window_end", "reminder"}.isdisjoint(errors(form))


def test_html_is_text_everywhere(cells):
    evil = '<img src=x onerror="window.hacked=1">'
    opened = cells(SHOW, f"form.values = {{'hostname': {evil!r}, 'device': {evil!r}}}")
    form = opened.form()
    opened.run(1)
    expect(control(form, "hostname")).to_have_value(evil)
    expect(field(form, "device").locator(".jobnb-error")).to_contain_text("<img src=x")
    control(form, "device").fill("<b>")
    expect(field(form, "device")).to_contain_text("Nothing fits.")

    assert form.locator("img, b").count() == 0
    assert opened.page.evaluate("() => window.hacked") is None


def test_a_narrow_form_has_its_labels_above(cells):
    opened = cells(SHOW)
    form = opened.form()
    side = control(form, "mtu").bounding_box()["x"]
    opened.page.set_viewport_size({"width": 520, "height": 900})

    expect(field(form, "mtu").locator("label")).to_have_css("text-align", "left")
    assert control(form, "mtu").bounding_box()["x"] < side


def test_a_reloaded_page_shows_what_was_typed(cells):
    opened = cells(SHOW)
    form = opened.form()
    control(form, "hostname").fill("core-1")
    control(form, "password").fill(SECRET)
    control(form, "password").press("Tab")
    opened.save()
    opened.reload()
    form = opened.cell(0).locator(".jobnb-form")

    expect(control(form, "hostname")).to_have_value("core-1")
    expect(control(form, "password")).to_have_value("")
    expect(control(form, "password")).to_have_attribute("placeholder", "given, and not shown")


def test_a_form_that_is_shown_takes_few_messages(cells):
    opened = cells('import jobnb\njobnb.form("Fourteen")')
    opened.count_messages()
    opened.form()
    opened.page.wait_for_function("() => window.comms.length >= 2")

    assert len(opened.messages()) <= 4
    assert sum(opened.messages()) <= 30_000


def test_control_and_enter_takes_what_is_typed_in_a_search(cells):
    opened = cells(SHOW, "form.values")
    form = opened.form()
    control(form, "device").fill("no such thing")
    control(form, "device").press("Control+Enter")

    expect(field(form, "device").locator(".jobnb-error")).to_contain_text("no such thing")


def test_a_line_loses_no_newlines(cells):
    opened = cells(SHOW, 'form.values = {"hostname": "a\\nb"}')
    form = opened.form()
    control(form, "ticket").evaluate("(input) => input.focus()")
    control(form, "hostname").evaluate(
        """(input) => {
          const data = new DataTransfer();
          data.setData("text", "one\\ntwo");
          input.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }"""
    )
    expect(field(form, "hostname").locator(".jobnb-error")).to_contain_text("it has 2 lines")
    opened.run(1)

    expect(field(form, "hostname").locator("textarea")).to_have_value("a\nb")


@pytest.mark.parametrize(
    ("content", "said"),
    [("name,ort\n1,Köln".encode("latin-1"), "is not UTF-8 text"), (b"x" * 6_000_000, "Paste less")],
    ids=["latin", "large"],
)
def test_a_table_that_cannot_be_opened_says_why(cells, tmp_path, content, said):
    (tmp_path / "plan.csv").write_bytes(content)
    form = cells(SHOW).form()
    file = field(form, "plan").locator('input[type="file"]')
    before = control(form, "plan").input_value()
    file.set_input_files(tmp_path / "plan.csv")

    expect(field(form, "plan").locator(".jobnb-error")).to_contain_text(said)
    control(form, "mtu").fill("x")
    control(form, "mtu").press("Tab")
    expect(field(form, "mtu").locator(".jobnb-error")).to_be_visible()
    expect(field(form, "plan").locator(".jobnb-error")).to_contain_text(said)
    expect(control(form, "plan")).to_have_value(before)


def test_a_run_that_was_started_is_named(cells):
    opened = cells('import jobnb\njobnb.form("Fourteen", title="a", site="site-1")')
    form = opened.form()
    press_run(form)
    expect(form.locator(".jobnb-past code")).to_contain_text("jobnb.result(")
