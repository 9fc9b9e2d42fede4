from __future__ import annotations

import anywidget

from jobnb.notebook import places
from jobnb.notebook.places import Slot, place_of, placed

INSTEAD = {"text/html": "<b>read</b>", "text/plain": "read"}


class Word(anywidget.AnyWidget):
    _esm = "export default {}"


def test_a_page_of_a_jupyter_server_is_given_a_place_and_no_widget(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    monkeypatch.delenv("VSCODE_PID", raising=False)
    place = place_of("1f")
    data, _ = placed(Word(), place, INSTEAD)

    assert set(data) == {"text/html", "text/plain"}
    assert data["text/html"] == f'<div class="mathjax_ignore {place}"><b>read</b></div>'


def test_another_page_is_given_a_view_and_what_is_read_where_it_shows_none(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    data, _ = placed(Word(), place_of("1f"), INSTEAD)

    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == "<b>read</b>"


def test_a_slot_knows_what_it_shows_and_a_page_finds_it_by_its_name(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    monkeypatch.delenv("VSCODE_PID", raising=False)
    displayed = []
    monkeypatch.setattr(places, "display", lambda data, **how: displayed.append((data, how)))
    slot = Slot()
    slot.show(Word(), INSTEAD)
    slot.put({"text/html": "picture", "text/plain": "picture"})

    assert slot.shown["text/html"] == f'<div class="{slot.name}">picture</div>'
    assert [(how["display_id"], how["update"]) for _, how in displayed] == [
        (slot.name, False),
        (slot.name, True),
    ]
    assert slot.name in displayed[0][0]["text/html"]
    assert slot.place in displayed[0][0]["text/html"]
