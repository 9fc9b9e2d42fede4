"""Git: the one door to the ``git`` command.

Nothing is ever checked out. Objects are fetched into a bare repository of ours and read from it by
number, so that no hook, filter, submodule or link of the other side has anything to act on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jobnb.catalogs.git.remotes import Remote
from jobnb.errors import RepositoryError
from jobnb.filelock import alone
from jobnb.protocol.masking import Masker
from jobnb.protocol.repositories import Commit

_PIN: Final = "refs/jobnb/pin"
_HELPER: Final = (
    '!f() { test "$1" = get && '
    'printf \'username=%s\\npassword=%s\\n\' "$JOBNB_GIT_USER" "$JOBNB_GIT_PASSWORD"; }; f'
)
"""Gives git the credentials out of its environment, which other users cannot see."""
_KEPT: Final = ("GIT_SSH", "GIT_SSL_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_PROXY_")
"""Beginnings of the variables for git that are a person's own affair; others are taken away."""
_SETTINGS: Final = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "submodule.recurse=false"),
    *("-c", "http.followRedirects=initial"),
)
_NO_CONNECTION: Final = "fatal: Could not read from remote repository."
COMMANDS: Final = 6
"""Of git, at most, for as long as one process works on a mirror."""
_LONGEST: Final = 500
"""Characters of what git complains."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing in the tree of a commit."""

    path: str
    """With forward slashes; bytes that are no UTF-8 are escaped."""
    mode: str
    """``100644`` and ``100755``: a file, ``120000``: a link, ``160000``: a submodule."""
    object: str
    """Number of its content."""
    size: int
    """Bytes; 0 for a submodule."""


class Mirror:
    """The objects of one repository, on this machine. One process at a time works on it."""

    def __init__(
        self, remote: Remote, cache_dir: Path, environment: Mapping[str, str], time_limit: float
    ) -> None:
        """Asks nothing yet.

        Args:
            remote: Where the repository is.
            cache_dir: Below it the mirror has its folder; it may be removed at any time.
            environment: Of this process, for git and what it starts.
            time_limit: Seconds that git may take for one command.
        """
        name = hashlib.sha256(remote.url.encode()).hexdigest()[:32]
        self._folder = cache_dir / "repositories" / f"{name}.git"
        self._remote = remote
        self._limit = time_limit
        self._environment = _environment(remote, environment)
        self._mask = Masker(remote.secrets)

    @contextmanager
    def fetched(self) -> Iterator[Commit]:
        """Fetches what the remote has now; within the block the commit can be read.

        Raises:
            RepositoryError: It cannot be had, or another process works on it without an end; what
                was there before is as it was.
        """
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self._folder.with_suffix(".lock"), COMMANDS * self._limit, RepositoryError):
            yield self._fetch()

    def items(self, commit: Commit) -> list[Item]:
        """Everything in the tree of a commit, sorted by path."""
        listing = self._git("ls-tree", "-r", "-z", "--long", "--full-tree", commit.id)
        items = [_item(line) for line in listing.split(b"\0") if line]
        return sorted(items, key=lambda item: item.path)

    def contents(self, objects: Sequence[str]) -> dict[str, bytes]:
        """The contents with these numbers."""
        asked = "".join(f"{number}\n" for number in objects).encode()
        return dict(_batch(self._git("cat-file", "--batch", told=asked)))

    def _fetch(self) -> Commit:
        if not (self._folder / "HEAD").is_file():
            shutil.rmtree(self._folder, ignore_errors=True)
            self._git("init", "--quiet", "--bare", "--template=", str(self._folder))
        try:
            self._fetch_pin("--depth=1")
        except RepositoryError as error:
            if "shallow" not in str(error):
                raise
            self._fetch_pin()  # a plain file server gives all or nothing
        told = self._git("log", "-1", "--no-show-signature", "--format=%H%x00%ct%x00%s", _PIN)
        number, seconds, subject = told.decode("utf-8", "replace").rstrip("\n").split("\0")
        return Commit(id=number, subject=subject, committed=_moment(seconds))

    def _fetch_pin(self, *options: str) -> None:
        self._git(
            *("fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules"),
            *("--no-write-fetch-head", *options, "--", self._remote.url),
            f"+{self._remote.ref or 'HEAD'}:{_PIN}",
        )

    def _git(self, *words: str, told: bytes = b"") -> bytes:
        """What one command says.

        Raises:
            RepositoryError: It failed, took too long, or there is no git.
        """
        where = () if words[0] == "init" else ("--git-dir", str(self._folder))
        helpers = ("-c", "credential.helper=", "-c", f"credential.helper={_HELPER}")
        command = ["git", *_SETTINGS, *(helpers if self._remote.password else ()), *where, *words]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._folder.parent,
                env=self._environment,
                start_new_session=True,  # no terminal to ask at
            )
        except OSError as error:
            raise RepositoryError(f"The command git cannot be started: {error}.") from error
        with process:
            try:
                said, complaints = process.communicate(told, self._limit)
            except BaseException as error:
                os.killpg(process.pid, signal.SIGKILL)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                raise self._error(f"git took longer than {self._limit:g} s") from None
        if process.returncode:
            raise self._error(_last_words(complaints))
        return said

    def _error(self, why: str) -> RepositoryError:
        ref = f" ({self._remote.ref})" if self._remote.ref else ""
        text = f"{self._remote.url}{ref} cannot be fetched: {why}."
        return RepositoryError(self._mask(text))


def _environment(remote: Remote, environment: Mapping[str, str]) -> dict[str, str]:
    """Of git: nothing that asks a person, nothing that traces, no other transport."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    ours = {
        "GIT_ALLOW_PROTOCOL": remote.transports,
        "GIT_ASKPASS": "",
        "GIT_TERMINAL_PROMPT": "0",
        "SSH_ASKPASS_REQUIRE": "never",
        "LC_ALL": "C",
    }
    if remote.password:
        ours |= {"JOBNB_GIT_USER": remote.username, "JOBNB_GIT_PASSWORD": remote.password}
    return kept | ours


def _item(line: bytes) -> Item:
    facts, _, path = line.partition(b"\t")
    mode, _, number, size = facts.decode("ascii").split()
    return Item(
        path=path.decode("utf-8", "backslashreplace"),
        mode=mode,
        object=number,
        size=0 if size == "-" else int(size),
    )


def _batch(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Number and content of each object in what ``cat-file --batch`` says."""
    start = 0
    while start < len(text):
        end = text.index(b"\n", start)
        number, _, size = text[start:end].decode("ascii").split()
        begin, length = end + 1, int(size)
        yield number, text[begin : begin + length]
        start = begin + length + 1


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _last_words(complaints: bytes) -> str:
    """The first thing that git gives as the reason, in one line."""
    text = complaints.decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reasons = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
    if reasons and reasons[0] == _NO_CONNECTION:  # ssh has said before that why
        reasons = [f"ssh: {line}" for line in lines[: lines.index(_NO_CONNECTION)][-1:]] or reasons
    text = (reasons or lines or ["git gave no reason"])[0]
    return text.partition(": ")[2].rstrip(".")[:_LONGEST] or text[:_LONGEST]
