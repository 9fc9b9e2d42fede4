"""What of the inputs of a run is stored, what only its order carries, and who still knows that."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from jobnb.protocol import Cleaned, JobDescription, RunPolicy
from jobnb.store.values import GivenFile, RunRecord


class KnownInputs:
    """Inputs that the database has not, in the memory of a process that was given them.

    The submitter knows them, and each worker process that worked on an attempt: those, and nobody
    else, can start another one. Any thread may use it.
    """

    def __init__(self) -> None:
        self._inputs: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    @property
    def runs(self) -> frozenset[str]:
        """Ids of the runs whose inputs are known here."""
        with self._lock:
            return frozenset(self._inputs)

    def keep(self, record: RunRecord, inputs: Mapping[str, Any]) -> None:
        """Remembers the inputs of a run, if another attempt at it could need that."""
        if record.withheld and RunPolicy.of(record.options).retries.max_retries:
            with self._lock:
                self._inputs[record.run_id] = dict(inputs)

    def forget(self, run_id: str) -> None:
        """The run has ended."""
        with self._lock:
            self._inputs.pop(run_id, None)

    def of(self, record: RunRecord) -> Mapping[str, Any] | None:
        """All inputs of a run; None if they were withheld, and nobody here knows them."""
        if not record.withheld:
            return record.inputs
        with self._lock:
            return self._inputs.get(record.run_id)


def stored_inputs(cleaned: Cleaned) -> dict[str, Any]:
    """The inputs that the database gets."""
    withheld = _withheld(cleaned)
    return {name: value for name, value in cleaned.inputs.items() if name not in withheld}


def input_options(job: JobDescription, cleaned: Cleaned) -> dict[str, Any]:
    """What the run's options say of its inputs; only what there is to say.

    ``withheld``: names of those that are not stored; ``references``: of those that the worker
    resolves; ``sensitive``: of those whose values are masked.
    """
    facts = {
        "withheld": _withheld(cleaned),
        "references": list(cleaned.references),
        "sensitive": [variable.name for variable in job.variables if variable.sensitive],
    }
    return {name: names for name, names in facts.items() if names}


def given_files(cleaned: Cleaned) -> tuple[GivenFile, ...]:
    """The files among the inputs."""
    values = {name: cleaned.inputs[name] for name in cleaned.files}
    return tuple(
        GivenFile(name=name, file_name=value["file"], digest=value["digest"], size=value["size"])
        for name, value in values.items()
    )


def _withheld(cleaned: Cleaned) -> list[str]:
    """Empty inputs keep no secret, and need not be given again."""
    return [
        name
        for name in cleaned.withheld
        if name not in cleaned.references and cleaned.inputs[name] not in (None, "", [], {})
    ]
