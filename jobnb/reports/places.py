"""Writing files where people keep theirs: never over something that is not known, never half."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from jobnb.protocol import safe_file_name


def place_for(target: str | Path, name: str) -> Path:
    """The path to write to: ``target``, or in it under a safe form of the name if it is a folder.

    Raises:
        FileNotFoundError: The folder does not exist.
    """
    path = Path(target).expanduser()
    if path.is_dir():
        return path / safe_file_name(name)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(path.parent)!r}; make it first.")
    return path


def write_file(path: Path, pieces: Iterable[bytes], *, overwrite: bool = False) -> Path:
    """Writes a file, all of it or nothing.

    Raises:
        FileExistsError: There is something of that name, and ``overwrite`` is False.
    """
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("xb") as target:
            target.writelines(pieces)
        if overwrite:
            part.replace(path)
        else:
            _rename_new(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _rename_new(part: Path, path: Path) -> None:
    try:
        os.link(part, path)  # unlike a rename it refuses what is there, at that very moment
    except FileExistsError as error:
        raise FileExistsError(
            f"There is a file {str(path)!r} already; nothing was written. Give another name, or "
            "overwrite=True."
        ) from error
    except OSError:  # a file system without hard links
        path.touch(exist_ok=False)
        part.replace(path)
