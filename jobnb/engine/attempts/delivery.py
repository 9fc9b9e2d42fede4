"""Delivery: what a run needs of its inputs on the worker: files, and what references lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jobnb.errors import JobnbError
from jobnb.protocol.masking import Masker
from jobnb.protocol.references import read_reference
from jobnb.store.values import GivenFile, RunRecord

LONGEST_SECRET: Final = 64 * 1024
"""Bytes of a file that a reference leads to; no sensitive input may be longer."""


class InputMissing(JobnbError):
    """What an input stands for is not to be had on this worker; the message never has a value."""


def resolve(
    names: Iterable[str], inputs: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, str]:
    """Input to value, for those of a run that are references.

    Raises:
        InputMissing: One leads nowhere on this worker.
    """
    return {name: _resolve(name, inputs[name], environment) for name in names}


def masker_of(record: RunRecord, inputs: Mapping[str, Any]) -> Masker:
    """What hides the sensitive inputs of a run, whose real values these are."""
    return Masker(inputs[name] for name in record.options.get("sensitive", ()) if name in inputs)


def deliver(
    files: list[GivenFile], folder: Path, pieces: Callable[[GivenFile], Iterator[bytes]]
) -> dict[str, str]:
    """Writes the files of a run into a folder, piece by piece; input to path.

    Raises:
        InputMissing: This machine has no room.
        StoreError: The database does not have one any more.
    """
    paths = {}
    for number, file in enumerate(files):
        place = folder / str(number)
        path = place / file.file_name
        try:
            place.mkdir()
            with path.open("xb") as target:
                for piece in pieces(file):
                    target.write(piece)
        except OSError as error:
            raise InputMissing(
                f"Input {file.name!r}: the worker cannot write its file {file.file_name!r} "
                f"({file.size} bytes) to {place}: {error.strerror or error}."
            ) from error
        paths[file.name] = str(path)
    return paths


def _resolve(name: str, reference: str, environment: Mapping[str, str]) -> str:
    found = read_reference(reference)
    assert found is not None, "the submitter has seen that it is a reference"
    kind, target = found
    if kind == "env":
        if target not in environment:
            raise InputMissing(
                f"Input {name!r} is {reference!r}, but the worker has no environment variable "
                f"{target!r}; set it where the worker is started."
            )
        return environment[target]
    return _read(name, reference, Path(target))


def _read(name: str, reference: str, path: Path) -> str:
    where = f"Input {name!r} is {reference!r}, but on the worker"
    try:
        path = path.expanduser()
        if not path.is_file():
            raise InputMissing(f"{where} there is no file {str(path)!r}.")
        with path.open("rb") as file:
            content = file.read(LONGEST_SECRET + 1)
        text = content.decode("utf-8")
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder for "~"
        why = getattr(error, "strerror", None) or type(error).__name__
        raise InputMissing(f"{where} this file cannot be read: {why}.") from error
    except UnicodeDecodeError:
        # Not chained: the error holds the content.
        raise InputMissing(f"{where} this file is no UTF-8 text.") from None
    if len(content) > LONGEST_SECRET:
        raise InputMissing(f"{where} this file has more than {LONGEST_SECRET} bytes.")
    # Editors end a file with a line end, which belongs to no password.
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
