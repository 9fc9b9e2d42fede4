"""Where the default database is: beside the jobs, or where SQLite can be trusted."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from jobnb.errors import StoreUnreachable

_FOLDER: Final = ".jobnb"
_FILE: Final = "jobnb.sqlite3"
_MOUNTS: Final = Path("/proc/mounts")
_NETWORK: Final = re.compile(
    r"nfs\d*|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|beegfs|glusterfs|fuse\.(sshfs|glusterfs|ceph|s3fs)"
)
"""File systems that other machines write to, and on which SQLite's locks cannot be trusted."""


def default_database_url(
    jobs_root: Path, state_dir: Path, *, mounts: Path = _MOUNTS, makes_folder: bool = True
) -> tuple[str, str | None]:
    """The URL of the SQLite database for the jobs in ``jobs_root``.

    Args:
        jobs_root: Folder of the job files; it need not exist.
        state_dir: Where the database goes if it cannot be beside the jobs.
        mounts: The system's table of mounts; if there is none, every file system counts as local.
        makes_folder: Whether its folder exists afterwards.

    Returns:
        The URL, and None; or, if it is not beside the jobs, a sentence that says where and why.

    Raises:
        StoreUnreachable: Neither place can hold it.
    """
    beside = jobs_root.resolve().parent / _FOLDER
    obstacle = _obstacle(beside, mounts, makes_folder=makes_folder)
    if obstacle is None:
        return _sqlite_url(beside / _FILE), None
    second = _obstacle(state_dir, mounts, makes_folder=makes_folder)
    if second is not None:
        raise StoreUnreachable(
            f"The database can be neither in {beside} ({obstacle}) nor in {state_dir} ({second}); "
            "set state_dir (JOBNB_STATE_DIR) to a local folder, or database_url "
            "(JOBNB_DATABASE_URL)."
        )
    digest = hashlib.sha256(os.fsencode(jobs_root.resolve())).hexdigest()
    elsewhere = state_dir.resolve() / f"jobnb-{digest[:16]}.sqlite3"
    return _sqlite_url(elsewhere), f"The database is {elsewhere}, not in {beside}: {obstacle}."


def network_file_system(folder: Path) -> str:
    """The type of the network file system that holds ``folder``; empty if it is on none."""
    system = _file_system(folder.resolve(), _MOUNTS)
    return system if _NETWORK.fullmatch(system) else ""


def _sqlite_url(file: Path) -> str:
    return URL.create("sqlite", database=str(file)).render_as_string()


def _obstacle(folder: Path, mounts: Path, *, makes_folder: bool) -> str | None:
    """Why the folder cannot hold a SQLite database; None if it can."""
    system = _file_system(folder.resolve(), mounts)
    if _NETWORK.fullmatch(system):
        return f"it is on a network file system ({system}), where SQLite is not safe"
    if not makes_folder and not folder.exists():
        home = folder.parent
        is_fit = folder.name != _FOLDER or (home.is_dir() and os.access(home, os.W_OK))
        return None if is_fit else "it cannot be made"
    try:
        _make_folder(folder)
    except OSError as error:
        return f"it cannot be made ({error.strerror})"
    if not all(os.access(path, os.W_OK) for path in (folder, *folder.glob(f"{_FILE}*"))):
        return "it cannot be written to"
    return None


def _make_folder(folder: Path) -> None:
    # Parents are made only for the state folder: a mistyped jobs_root must not leave folders.
    folder.mkdir(parents=folder.name != _FOLDER, exist_ok=True)
    ignore = folder / ".gitignore"
    if folder.name == _FOLDER and not ignore.exists():
        ignore.write_text("*\n", "utf-8")


def _file_system(path: Path, mounts: Path) -> str:
    """The type of the file system that holds ``path``; empty if the system does not say."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    types: dict[Path, str] = {}
    for line in lines:
        _device, point, system, *_ = line.split(" ")
        types[Path(_unescaped(point))] = system
    return next((types[place] for place in (path, *path.parents) if place in types), "")


def _unescaped(point: str) -> str:
    """A mount point as it is; the table writes blanks and the like as octal escapes."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
