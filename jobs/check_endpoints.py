"""Check Endpoints: asks an HTTP API which services there are, and then each whether it is well."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from at_once import begin

from jobnb import jobs

name = "Network"

AT_ONCE: Final = 8  # endpoints
LARGEST_ANSWER: Final = 1_000_000  # bytes
FIRST_PAUSE: Final = 0.5  # seconds before the first repetition; doubled for each further one


@dataclass(frozen=True)
class Endpoint:
    name: str
    path: str


@dataclass(frozen=True)
class Health:
    endpoint: str
    url: str
    problem: str | None  # None: it is up
    attempts: int
    seconds: float  # of the last attempt


def read_body(response: HTTPResponse, deadline: float) -> bytes:
    """All of the answer; a timeout of urllib is for each wait, so that drops would reset it."""
    body = b""
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise ValueError(f"the answer is longer than {LARGEST_ANSWER} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("timed out before the answer was complete")
    return body


def get_json(url: str, timeout: float) -> Any:
    deadline = time.monotonic() + timeout
    with urlopen(url, timeout=timeout) as response:  # noqa: S310 - the input's regex wants http
        body = read_body(response, deadline)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the answer is no JSON: {body[:40]!r}") from error


def explain(error: Exception) -> str:
    """What went wrong with a request, in one line."""
    text = str(error)
    if isinstance(error, HTTPError):
        error.close()
        text = f"HTTP {error.code}: {error.msg}"
    elif isinstance(error, URLError):
        text = str(error.reason)
    elif isinstance(error, HTTPException):
        text = f"{type(error).__name__}: {error}"
    return " ".join(text.split())


def parse_endpoints(answer: Any) -> list[Endpoint]:
    if not isinstance(answer, list):
        raise TypeError(f"wanted a list of endpoints, not {type(answer).__name__}")
    return [parse_endpoint(item) for item in answer]


def parse_endpoint(item: Any) -> Endpoint:
    match item:
        case {"name": str(title), "path": str(path)} if path.startswith("/"):
            return Endpoint(title, path)
    raise ValueError(f"wanted an endpoint with a 'name' and a 'path' from / on, not {item!r}")


def problem_with(url: str, timeout: float) -> str | None:
    try:
        answer = get_json(url, timeout)
    except (OSError, HTTPException, ValueError) as error:
        return explain(error)
    match answer:
        case {"status": "ok"}:
            return None
        case {"status": str(status)}:
            return f"it says of itself: {status}"
    return "the answer has no 'status'"


def ask(endpoint: Endpoint, base_url: str, timeout: float, attempt: int) -> Health:
    url = base_url + endpoint.path
    started = time.monotonic()
    problem = problem_with(url, timeout)
    return Health(endpoint.name, url, problem, attempt, round(time.monotonic() - started, 3))


def check(endpoint: Endpoint, base_url: str, *, timeout: float, retries: int) -> Health:
    """How an endpoint is; after a failure it gets another chance, each time a little later."""
    health = ask(endpoint, base_url, timeout, 1)
    for repetition in range(retries):
        if health.problem is None:
            break
        time.sleep(FIRST_PAUSE * 2.0**repetition)
        health = ask(endpoint, base_url, timeout, repetition + 2)
    return health


def longest(count: int, timeout: float, retries: int) -> float:
    """Seconds that so many endpoints may take, if each request waits to connect and to read."""
    requests = 2 * timeout * (retries + 1)
    pauses = FIRST_PAUSE * (2.0**retries - 1)
    return math.ceil(count / AT_ONCE) * (requests + pauses)


def check_all(
    endpoints: list[Endpoint], base_url: str, *, timeout: float, retries: int
) -> Iterator[Health]:
    """The health of each endpoint, as soon as it is known."""
    limit = longest(len(endpoints), timeout, retries)
    asking = partial(check, base_url=base_url, timeout=timeout, retries=retries)
    pending = dict(zip(begin(asking, endpoints, AT_ONCE), endpoints, strict=True))
    try:
        for done in as_completed(list(pending), timeout=limit):
            del pending[done]
            yield done.result()
    except TimeoutError:  # no timeout of a socket stops name servers, or headers that only drip
        for late in pending.values():
            yield Health(late.name, base_url + late.path, "no end in sight", retries + 1, limit)
    finally:
        for future in pending:
            future.cancel()  # what has not begun does not begin


class CheckEndpoints(jobs.Job):
    """Asks every service of an HTTP API for its health; fails if one of them is down."""

    class Meta:
        name = "Check Endpoints"
        read_only = True

    base_url = jobs.StringVar(
        label="Base URL",
        description="GET <base URL>/endpoints gives a JSON list of {name, path}; GET of such a "
        'path gives {"status": "ok"} if all is well.',
        # No user, no password: inputs are kept with the result.
        regex=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$",
    )
    timeout = jobs.IntegerVar(
        description="Seconds that one request may take.", default=5, min_value=1, max_value=60
    )
    retries = jobs.IntegerVar(
        description="Further attempts after a failure.", default=2, min_value=0, max_value=5
    )

    def run(self, *, base_url: str, timeout: int, retries: int) -> dict[str, int]:
        base_url = base_url.rstrip("/")
        endpoints = self.ask_for_endpoints(f"{base_url}/endpoints", timeout)
        if not endpoints:
            self.fail("The API knows no endpoints, so nothing was checked")
        found = []
        checked = check_all(endpoints, base_url, timeout=timeout, retries=retries)
        for health in self.track(checked, len(endpoints), "endpoints"):
            self.log_health(health)
            found.append(health)
        return self.conclude(found)

    def ask_for_endpoints(self, url: str, timeout: int) -> list[Endpoint]:
        """Without this list there is no work: an exception ends the run, with the cause below."""
        try:
            endpoints = parse_endpoints(get_json(url, timeout))
        except (OSError, HTTPException, ValueError, TypeError) as error:
            raise RuntimeError(f"{url} does not list the endpoints: {explain(error)}") from error
        self.logger.info("%d endpoints to check", len(endpoints), extra={"object": url})
        return endpoints

    def log_health(self, health: Health) -> None:
        about = {"grouping": "check", "object": health.endpoint}
        if health.problem is None:
            self.logger.success("Up, in %.3f s", health.seconds, extra=about)
        else:
            self.logger.failure(
                "Down at attempt %d: %s", health.attempts, health.problem, extra=about
            )

    def conclude(self, found: list[Health]) -> dict[str, int]:
        found.sort(key=lambda health: health.endpoint)
        self.create_file("report.json", json.dumps([asdict(health) for health in found], indent=2))
        down = [health.endpoint for health in found if health.problem is not None]
        if down:
            self.fail("%d of %d endpoints are down: %s", len(down), len(found), ", ".join(down))
        return {"up": len(found) - len(down), "down": len(down)}


jobs.register_jobs(CheckEndpoints)
