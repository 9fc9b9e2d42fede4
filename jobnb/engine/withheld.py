"""What of the inputs of a run is stored, and what only its order carries."""

from __future__ import annotations

from typing import Any

from jobnb.protocol import Cleaned, JobDescription
from jobnb.store.values import GivenFile


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
