"""Check Circuit: an input whose objects come from an HTTP API, not from a database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import urlopen

from jobnb import jobs

name = "Network"

TIMEOUT: Final = 5.0  # seconds
AT_ONCE: Final = 50  # ids in one request


@dataclass(frozen=True)
class Circuit:
    id: int
    name: str
    provider: str
    status: str


class CircuitApi:
    """The circuits that an API knows.

    ``GET <url>/circuits`` takes ``q``, ``offset``, ``limit``, ``provider`` and ``id`` (as often as
    one likes) and gives ``{"results": [{"id", "name", "provider", "status"}, ...]}``, by name.
    """

    def search(
        self, text: str, filters: Mapping[str, Any], offset: int, limit: int
    ) -> list[tuple[int, str]]:
        found = self.ask({"q": text, "offset": offset, "limit": limit, **filters})
        return [(circuit.id, self.label(circuit)) for circuit in found]

    def get(self, keys: Sequence[Any]) -> list[Circuit | None]:
        numbers = [int(key) if str(key).isascii() and str(key).isdigit() else 0 for key in keys]
        known: dict[int, Circuit] = {}
        for start in range(0, len(numbers), AT_ONCE):
            part = numbers[start : start + AT_ONCE]
            known |= {circuit.id: circuit for circuit in self.ask({"id": part, "limit": AT_ONCE})}
        return [known.get(number) for number in numbers]

    def key(self, found: Any) -> int:
        if not isinstance(found, Circuit):
            raise TypeError(f"{found!r:.100} is no circuit")
        return found.id

    def label(self, found: Circuit) -> str:
        return f"{found.name} ({found.provider})"

    def ask(self, query: Mapping[str, Any]) -> list[Circuit]:
        base = os.environ.get("CIRCUITS_URL")  # noqa: TID251 - a job's own variable
        if not base:
            raise RuntimeError("nobody says where the circuits are; set CIRCUITS_URL")
        url = f"{base.rstrip('/')}/circuits?{urlencode(query, doseq=True)}"
        with urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310 - whoever sets the variable
            results = json.load(response)["results"]
        return [Circuit(**item) for item in results]


class CheckCircuit(jobs.Job):
    """Fails if a circuit is not up."""

    class Meta:
        name = "Check Circuit"
        read_only = True

    provider = jobs.StringVar(required=False, description="Offer only circuits of this one.")
    circuit = jobs.ObjectVar(
        source=CircuitApi(),
        query_params={"provider": "$provider"},
        description="From the API at CIRCUITS_URL.",
    )

    def run(self, *, provider: str, circuit: Circuit) -> str:
        about = {"object": circuit.name, "grouping": provider or circuit.provider}
        if circuit.status == "up":
            self.logger.success("Up", extra=about)
        else:
            self.logger.error("It is %s", circuit.status, extra=about)
            self.fail("%s is not up", circuit.name)
        return circuit.status


jobs.register_jobs(CheckCircuit)
