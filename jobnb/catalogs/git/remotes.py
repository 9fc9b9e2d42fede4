"""Remotes: where a git repository is, split from the credentials for it, and with no tricks."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from jobnb.errors import RepositoryError
from jobnb.protocol.references import read_reference

_ALLOWED: Final = {
    "https": "https:ssh",  # what a person's own insteadOf may make of it
    "http": "http:https:ssh",
    "ssh": "https:ssh",
    "git": "git:https:ssh",
    "file": "file",
}
"""Scheme of a URL to the transports that git may use for it."""
_PLAIN: Final = re.compile(r"(?!-)[^\x00-\x20]+")
_HELPER: Final = re.compile(r"[\w+.-]*::")
"""What has git start a program of that name, as ``ext::sh -c ...``."""
_SSH_SHORT: Final = re.compile(r"[\w.-]+@[\w][\w.-]*:(?!//)\S+", re.ASCII)
_REF: Final = re.compile(r"(?!-)[^\s\x00-\x1f:^~?*\[\\+]+(?<![./])")
_TOKEN_USER: Final = "oauth2"  # noqa: S105 - of nobody
"""Who a token belongs to, for hosts that want to be told; they take any name."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A repository on the other side, as git is told of it."""

    url: str
    """Without credentials."""
    ref: str | None = None
    """Branch, tag or commit; None for what the other side says."""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    """Empty for git's own ways: helpers, ssh keys, netrc."""

    @property
    def transports(self) -> str:
        """What git may use to get there, in its own spelling."""
        return _ALLOWED[_scheme(self.url)]

    @property
    def secrets(self) -> list[str]:
        """What must not be shown, as it is and as a URL would have it."""
        return [self.password, quote(self.password, safe="")] if self.password else []


def read_remote(url: str, ref: str | None) -> Remote:
    """The remote that somebody has named.

    Args:
        url: ``https://``, ``ssh://``, ``git@host:path``, or the path of a local repository.
        ref: Branch, tag or commit; None for what the other side says.

    Raises:
        RepositoryError: It is none of these, or would have git do something else than fetch.
    """
    if ref is not None and (".." in ref or not _REF.fullmatch(ref)):
        raise RepositoryError(f"{ref!r} is no branch, tag or commit.")
    if not _PLAIN.fullmatch(url) or _HELPER.match(url):
        raise RepositoryError(f"{_shown(url)!r} is no URL of a git repository.")
    if _SSH_SHORT.fullmatch(url):
        return Remote(url=url, ref=ref)
    if "://" not in url:
        path = Path(url).expanduser()
        if not path.is_dir():
            raise RepositoryError(f"There is no git repository {_shown(url)}: no such folder.")
        return Remote(url=str(path.resolve()), ref=ref)
    return _read_url(url, ref)


def _read_url(url: str, ref: str | None) -> Remote:
    try:
        parts = urlsplit(url)
        host, has_port = parts.hostname or "", parts.port is not None
    except ValueError as error:
        raise RepositoryError(f"{_shown(url)!r} is no URL of a git repository.") from error
    if parts.scheme not in _ALLOWED or parts.query or parts.fragment or host.startswith("-"):
        known = ", ".join(f"{scheme}://" for scheme in _ALLOWED)
        raise RepositoryError(
            f"{_shown(url)!r} is no URL of a git repository: it begins with one of {known}, and "
            "has nothing behind a ? or a #."
        )
    if parts.scheme != "file" and not host:
        raise RepositoryError(f"{_shown(url)!r} names no host.")
    place = f"{host}:{parts.port}" if has_port else host
    if ":" in host:
        place = f"[{host}]" + (f":{parts.port}" if has_port else "")
    user = unquote(parts.username or "")
    if parts.scheme == "ssh" and user:
        place = f"{quote(user)}@{place}"
    bare = parts._replace(netloc=place).geturl()
    if parts.scheme == "ssh":
        if parts.password:
            raise RepositoryError("ssh takes no password from a URL; use a key.")
        return Remote(url=bare, ref=ref)
    return _with_credentials(bare, ref, parts)


def _with_credentials(url: str, ref: str | None, parts: SplitResult) -> Remote:
    """What a URL has before the @; one word alone is a token, as hosts write it."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and not password:
        user, password = _TOKEN_USER, user
    return Remote(url=url, ref=ref, username=user, password=password)


def with_token(remote: Remote, token: str | None, environment: Mapping[str, str]) -> Remote:
    """The remote with the credentials that a reference leads to.

    Args:
        remote: Where.
        token: ``env:NAME`` or ``file:PATH``; None for none.
        environment: Has the variables.

    Raises:
        RepositoryError: It is no reference, or leads nowhere here.
    """
    if token is None:
        return remote
    kind, target = read_reference(token) or ("", "")
    if kind == "env":
        password = environment.get(target, "")
    elif kind == "file":
        try:
            password = Path(target).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            password = ""
    else:
        raise RepositoryError(
            "A token is never kept, so say where it is found: token='env:NAME' or "
            "token='file:/full/path'."
        )
    if not password:
        raise RepositoryError(f"There is no token at {token} here.")
    return Remote(url=remote.url, ref=remote.ref, username=_TOKEN_USER, password=password)


def package_name(url: str, name: str | None) -> str:
    """The name of the package that the files of a repository are in.

    Args:
        url: Whose last part is taken if nothing is said.
        name: What was said; None for nothing.

    Raises:
        RepositoryError: It is no name for a package, or would hide another one.
    """
    if name is None:
        last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
        name = re.sub(r"\W", "_", last, flags=re.ASCII)
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        raise RepositoryError(
            f"{name!r} is no name for a package of jobs: give letters, digits and _ as name=..."
        )
    if name in sys.stdlib_module_names or name in dir(builtins) or _is_installed(name):
        raise RepositoryError(
            f"{name!r} is the name of something that Python has already; give another one as "
            "name=..."
        )
    return name


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _scheme(url: str) -> str:
    if "://" in url:
        return url.partition("://")[0]
    return "file" if url.startswith("/") else "ssh"


def _shown(url: str) -> str:
    """A URL of which nothing is known yet, without what may be credentials."""
    scheme, mark, rest = url.rpartition("://")
    bare = re.split(r"[?#]", rest, maxsplit=1)[0]
    return f"{scheme}{mark}{bare.rpartition('@')[2]}"[:200]
