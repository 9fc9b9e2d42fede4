"""Check Circuit: its input is chosen from a real HTTP API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jobnb.authoring.searching import search_objects
from jobnb.errors import InvalidInput
from jobnb.objects.source import ObjectSource
from jobnb.protocol import Page
from jobnb.testing import try_job as run
from tests.jobs.examples import load

check_circuit = load("check_circuit")

CIRCUITS = [
    {
        "id": number,
        "name": f"Line {number:03} <&>",
        "provider": "Telco" if number % 2 else "Cable",
        "status": "down" if number == 13 else "up",
    }
    for number in range(1, 121)
]


class Api(BaseHTTPRequestHandler):
    """Answers as the class in the job file says that it does."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        found = [item for item in CIRCUITS if self.fits(item, query)]
        start = int(query.get("offset", ["0"])[0])
        page = found[start : start + int(query["limit"][0])]
        body = json.dumps({"results": page}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def fits(self, item: dict[str, Any], query: dict[str, list[str]]) -> bool:
        return (
            query.get("q", [""])[0].casefold() in item["name"].casefold()
            and item["provider"] in query.get("provider", [item["provider"]])
            and str(item["id"]) in query.get("id", [str(item["id"])])
        )

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of the API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, name="api").start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("CIRCUITS_URL", url)
    yield url
    server.shutdown()
    server.server_close()


def search(text: str = "", page: int = 0, **raw: Any) -> Page:
    return search_objects(check_circuit.CheckCircuit, "circuit", text, page=page, raw=raw)


def test_the_api_is_a_source_of_objects() -> None:
    assert isinstance(check_circuit.CircuitApi(), ObjectSource)


def test_circuits_come_in_pages_of_twenty(api: str) -> None:
    assert search().items[0] == [1, "Line 001 <&> (Telco)"]
    assert [len(search(page=page).items) for page in (0, 5, 6)] == [20, 20, 0]
    assert [search(page=page).has_more for page in (0, 5)] == [True, False]


def test_what_is_typed_and_the_other_input_go_to_the_api(api: str) -> None:
    found = search("00", provider="Cable").items

    assert [key for key, _ in found] == [2, 4, 6, 8, 100]
    assert search("?&q=x#%").items == []


@pytest.mark.parametrize(
    ("number", "status", "level", "line"),
    [(12, "SUCCESS", "SUCCESS", "Up"), (13, "FAILURE", "ERROR", "It is down")],
)
def test_a_circuit_is_checked(api: str, number: int, status: str, level: str, line: str) -> None:
    outcome = run(check_circuit.CheckCircuit, circuit=number)

    assert outcome.end.status == status
    assert line in outcome.messages(level)


@pytest.mark.parametrize("key", [999, "x", "\u0661", True, [1], -1])
def test_a_circuit_that_is_not_there_is_named(api: str, key: Any) -> None:
    with pytest.raises(InvalidInput, match=r"circuit: Object with key .* does not exist"):
        run(check_circuit.CheckCircuit, circuit=key)


def test_many_circuits_are_asked_for_in_portions(api: str) -> None:
    found = check_circuit.CircuitApi().get([120, "1", *range(2, 100)])

    assert [item.id for item in found[:3]] == [120, 1, 2]


def test_an_api_that_is_gone_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCUITS_URL", "http://127.0.0.1:1")

    with pytest.raises(InvalidInput, match=r"circuit: Its objects cannot be had: urllib.*refused"):
        search()


def test_without_a_url_somebody_is_told_to_set_one() -> None:
    with pytest.raises(InvalidInput, match="nobody says where the circuits are; set CIRCUITS_URL"):
        search()
