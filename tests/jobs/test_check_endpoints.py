"""Check Endpoints, against a real HTTP server on loopback that behaves as badly as servers do."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from jobnb.errors import InvalidInput
from jobnb.testing import JobRun, try_job
from tests.jobs.examples import load

load("at_once")
check_endpoints = load("check_endpoints")

IMPATIENT = 0.2
"""Seconds for a request that is meant to run out of time."""


@dataclass
class Api:
    """What the server answers, path by path."""

    answers: dict[str, Callable[[Request], None]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    """Set at the end of the test: whoever keeps a client waiting stops."""
    url: str = ""

    def lists(self, *names: str) -> None:
        """Announces endpoints: each name is also its path."""
        listing = [{"name": name, "path": f"/{name}"} for name in names]
        self.answers["/endpoints"] = partial(send, body=json.dumps(listing))

    def drip(self, request: Request, piece: bytes) -> None:
        """Sends a piece again and again, each well within the time for one wait."""
        while not self.over.wait(IMPATIENT / 10):
            request.wfile.write(piece)


class Request(BaseHTTPRequestHandler):
    api: Api

    def do_GET(self) -> None:
        try:
            self.api.answers[self.path](self)
        except OSError:
            self.close_connection = True  # the client has lost patience

    def log_message(self, *_args: Any) -> None:
        pass


class JoiningServer(ThreadingHTTPServer):
    daemon_threads = False


def send(request: Request, status: int = 200, body: str = '{"status": "ok"}', **headers: str):
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body.encode())


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    handler = type("Handler", (Request,), {"api": api})
    with JoiningServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        yield api
        api.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def refused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def perform(api: Api, monkeypatch: pytest.MonkeyPatch) -> Callable[..., JobRun]:
    """Runs the job on the API, without pauses."""
    monkeypatch.setattr(check_endpoints, "FIRST_PAUSE", 0.0)

    def perform(**inputs: Any) -> JobRun:
        job_class = check_endpoints.CheckEndpoints
        return try_job(job_class, **{"base_url": api.url, "retries": 0, **inputs})

    return perform


def garbage(request: Request) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH_9.7\r\n")


def hang_up(request: Request) -> None:
    request.close_connection = True


def flaky(*statuses: int) -> Callable[[Request], None]:
    """Answers with one status after the other."""
    waiting = iter(statuses)
    return lambda request: send(request, next(waiting))


def test_if_all_is_well_the_run_succeeds(api: Api, perform: Callable[..., JobRun]) -> None:
    api.lists("dns", "ntp")
    api.answers |= {"/dns": send, "/ntp": send}
    outcome = perform()

    assert outcome.status == "SUCCESS"
    assert outcome.value == {"up": 2, "down": 0}


def test_one_that_is_down_fails_the_run_but_the_others_are_checked(
    api: Api, perform: Callable[..., JobRun]
) -> None:
    api.lists("dns", "ntp", "web")
    api.answers |= {"/dns": send, "/ntp": partial(send, status=500), "/web": send}
    outcome = perform()

    assert (outcome.status, outcome.reason) == ("FAILURE", "fail_called")
    assert outcome.detail == "1 of 3 endpoints are down: ntp"
    assert outcome.value == {"up": 2, "down": 1}


def test_each_endpoint_is_the_object_of_one_line(api: Api, perform: Callable[..., JobRun]) -> None:
    api.lists("dns", "ntp")
    api.answers |= {"/dns": send, "/ntp": partial(send, status=503)}
    outcome = perform()
    lines = {line.object: line for line in outcome.log if line.grouping == "check"}

    assert {name: line.level for name, line in lines.items()} == {
        "dns": "SUCCESS",
        "ntp": "FAILURE",
    }
    assert lines["ntp"].message == "Down at attempt 1: HTTP 503: Service Unavailable"


def test_the_report_says_all_of_each_endpoint(api: Api, perform: Callable[..., JobRun]) -> None:
    api.lists("ntp", "dns")
    api.answers |= {"/dns": send, "/ntp": partial(send, status=500)}
    dns, ntp = json.loads(perform().files["report.json"])

    assert dns.pop("seconds") >= 0
    assert dns == {"endpoint": "dns", "url": f"{api.url}/dns", "problem": None, "attempts": 1}
    assert ntp["problem"] == "HTTP 500: Internal Server Error"


def test_the_report_is_in_order_whoever_answers_first(
    api: Api, perform: Callable[..., JobRun]
) -> None:
    ntp_has_answered = threading.Event()

    def answer_first(request: Request) -> None:
        send(request)
        ntp_has_answered.set()

    def answer_last(request: Request) -> None:
        ntp_has_answered.wait(10)
        send(request)

    api.lists("dns", "ntp")
    api.answers |= {"/dns": answer_last, "/ntp": answer_first}
    report = json.loads(perform().files["report.json"])

    assert [health["endpoint"] for health in report] == ["dns", "ntp"]


def test_a_slash_at_the_end_of_the_base_url_does_not_matter(
    api: Api, perform: Callable[..., JobRun]
) -> None:
    api.lists("dns")
    api.answers |= {"/v1/endpoints": api.answers["/endpoints"], "/v1/dns": send}

    assert perform(base_url=f"{api.url}/v1/").value == {"up": 1, "down": 0}


def test_an_endpoint_that_recovers_within_its_retries_is_up(
    api: Api, perform: Callable[..., JobRun]
) -> None:
    api.lists("dns")
    api.answers["/dns"] = flaky(500, 503, 200)
    outcome = perform(retries=3)

    assert outcome.value == {"up": 1, "down": 0}
    assert json.loads(outcome.files["report.json"])[0]["attempts"] == 3


def test_after_the_last_retry_it_is_down(api: Api, perform: Callable[..., JobRun]) -> None:
    api.lists("dns")
    api.answers["/dns"] = flaky(500, 503, 200)
    outcome = perform(retries=1)

    assert "Down at attempt 2: HTTP 503: Service Unavailable" in outcome.messages("FAILURE")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (partial(send, body='{"status": "degraded"}'), "it says of itself: degraded"),
        (partial(send, body="[1, 2]"), "the answer has no 'status'"),
        (partial(send, body="<html>"), "the answer is no JSON: b'<html>'"),
        (partial(send, body=""), "the answer is no JSON: b''"),
        (partial(send, body="[" * 200_000), "the answer is no JSON"),
        (partial(send, body=" " * 1_000_001), "the answer is longer than 1000000 bytes"),
        (partial(send, status=404), "HTTP 404: Not Found"),
        (
            partial(send, status=302, Location="/it"),
            "HTTP 302: The HTTP server returned a redirect",
        ),
        (partial(send, status=302, Location="file:///etc/hosts"), "HTTP 302"),
        (garbage, "BadStatusLine: SSH-2.0-OpenSSH_9.7"),
        (hang_up, "Remote end closed connection without response"),
    ],
)
def test_whatever_a_server_answers_is_told_in_one_line(
    api: Api, answer: Callable[[Request], None], problem: str
) -> None:
    api.answers["/it"] = answer
    found = check_endpoints.problem_with(f"{api.url}/it", 5)

    assert problem in found
    assert "\n" not in found


def test_an_explained_http_error_holds_no_connection(api: Api) -> None:
    api.answers["/it"] = partial(send, status=500)
    with pytest.raises(HTTPError) as caught:
        check_endpoints.get_json(f"{api.url}/it", 5)
    check_endpoints.explain(caught.value)

    assert caught.value.closed


def test_a_redirect_that_leads_to_a_good_end_is_fine(api: Api) -> None:
    api.answers |= {"/old": partial(send, status=301, Location="/new"), "/new": send}

    assert check_endpoints.problem_with(f"{api.url}/old", 5) is None


def test_a_refused_connection_is_a_problem_with_its_reason(refused_url: str) -> None:
    assert "Connection refused" in check_endpoints.problem_with(refused_url, 5)


def test_a_server_that_says_nothing_runs_out_of_time(api: Api) -> None:
    api.answers["/it"] = lambda _request: api.over.wait()

    assert check_endpoints.problem_with(f"{api.url}/it", IMPATIENT) == "timed out"


def test_an_answer_that_only_drips_runs_out_of_time(api: Api) -> None:
    def drip(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        api.drip(request, b" ")

    api.answers["/it"] = drip
    found = check_endpoints.problem_with(f"{api.url}/it", IMPATIENT)

    assert found == "timed out before the answer was complete"


def test_headers_that_only_drip_do_not_hold_up_the_run(api: Api) -> None:
    def drip(request: Request) -> None:
        request.send_response(200)
        request.flush_headers()
        api.drip(request, b"X")

    api.answers["/it"] = drip
    endpoint = check_endpoints.Endpoint("it", "/it")
    [health] = check_endpoints.check_all([endpoint], api.url, timeout=IMPATIENT, retries=0)

    assert health.problem == "no end in sight"


def test_whoever_stops_looking_does_not_wait_for_open_requests(api: Api) -> None:
    api.answers |= {"/good": send, "/slow": lambda _request: api.over.wait()}
    endpoints = [check_endpoints.Endpoint(name, f"/{name}") for name in ("good", "slow")]
    results = check_endpoints.check_all(endpoints, api.url, timeout=60, retries=0)
    first = next(results)
    started = time.monotonic()
    results.close()

    assert first.endpoint == "good"
    assert time.monotonic() - started < 30


def test_the_pauses_between_attempts_double() -> None:
    limits = [check_endpoints.longest(8, 5, retries) for retries in (0, 1, 2, 3)]

    assert limits == [10, 20.5, 31.5, 43.5]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (partial(send, status=500), "HTTP 500: Internal Server Error"),
        (partial(send, body="<html>"), "the answer is no JSON: b'<html>'"),
        (partial(send, body='{"a": 1}'), "wanted a list of endpoints, not dict"),
        (partial(send, body='["dns"]'), "with a 'name' and a 'path' from / on, not 'dns'"),
        (partial(send, body='[{"name": "x", "path": "@evil"}]'), "a 'path' from / on"),
        (garbage, "BadStatusLine"),
    ],
)
def test_without_the_list_the_run_ends_with_the_cause(
    api: Api, perform: Callable[..., JobRun], answer: Callable[[Request], None], cause: str
) -> None:
    api.answers["/endpoints"] = answer
    outcome = perform()

    assert outcome.reason == "exception"
    assert f"{api.url}/endpoints does not list the endpoints: " in outcome.detail
    assert cause in outcome.detail


def test_an_api_that_is_not_there_is_named(
    refused_url: str, perform: Callable[..., JobRun]
) -> None:
    outcome = perform(base_url=refused_url)

    assert f"{refused_url}/endpoints does not list the endpoints" in outcome.detail
    assert "Connection refused" in outcome.detail


def test_a_check_of_nothing_is_no_success(api: Api, perform: Callable[..., JobRun]) -> None:
    api.lists()
    outcome = perform()

    assert outcome.detail == "The API knows no endpoints, so nothing was checked"
    assert outcome.value == {"up": 0, "down": 0}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "file:///etc",
        "http://",
        "https://a:b@c",
        "http://a?b",
    ],
)
def test_only_a_plain_http_url_is_an_input(perform: Callable[..., JobRun], url: str) -> None:
    with pytest.raises(InvalidInput, match="base_url"):
        perform(base_url=url)


@pytest.mark.parametrize("inputs", [{"timeout": 0}, {"timeout": 61}, {"retries": -1}])
def test_the_bounds_hold(perform: Callable[..., JobRun], inputs: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        perform(**inputs)
