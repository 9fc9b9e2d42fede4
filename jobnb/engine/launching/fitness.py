"""Fitness: whether the workers of a cluster can take runs, asked before anything is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Final

from distributed import Client

from jobnb.engine.launching.schedulers import address_of
from jobnb.errors import ClusterError

LOOKING: Final = 1.0
"""Seconds for which the workers that were found are taken to be all. One that comes meanwhile and
cannot take a run says so when it gets one."""


class Fitness:
    """What is known of the workers of one cluster. Any thread may use it."""

    def __init__(
        self, client: Client, call: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Knows none of them yet.

        Args:
            client: Connected to the cluster.
            call: What a worker evaluates to say why it cannot take runs; it has ``payload`` then.
            clock: Monotonic.
        """
        self._client = client
        self._call = call
        self._clock = clock
        self._fit: frozenset[str] = frozenset()
        self._next_look = 0.0

    def check(self, make_payload: Callable[[], BytesIO], scheduler_id: str) -> None:
        """Makes sure that the workers can take runs. A cluster without workers passes.

        Args:
            make_payload: Makes what goes to the workers that were not asked before, if any.
            scheduler_id: Of the cluster, for people.

        Raises:
            ClusterError: A worker cannot; each one is named, with what it found.
        """
        if self._client.status != "running":
            raise ClusterError(
                f"The connection to the Dask scheduler {address_of(scheduler_id)} is closed, "
                "or was lost a moment ago. Try again; if it stays so, look whether it still runs."
            )
        if self._fit and self._clock() < self._next_look:
            return
        present = frozenset(self._client.scheduler_info(n_workers=-1)["workers"])
        unknown = present - self._fit
        if unknown:
            self._fit |= unknown - self._ask(unknown, make_payload())
        self._next_look = self._clock() + LOOKING

    def _ask(self, workers: frozenset[str], payload: BytesIO) -> frozenset[str]:
        """Those of the workers that have just gone: they take no run, and so none wrongly."""
        answers = self._client.run(
            eval, self._call, {"payload": payload}, workers=list(workers), on_error="return"
        )
        gone = {address for address, said in answers.items() if isinstance(said, OSError)}
        complaints = [
            f"{address}: {said}"
            for address, said in answers.items()
            if said and address not in gone
        ]
        if complaints:
            raise ClusterError(
                "Not every worker of the Dask cluster can take runs:\n  " + "\n  ".join(complaints)
            )
        return frozenset(gone)
