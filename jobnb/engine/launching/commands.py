"""Dask's own commands, started with TLS and in a session of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from distributed.security import Security

from jobnb.errors import ClusterError

START_TIME: Final = 60.0
"""Seconds until a command must have done its part; a busy machine imports slowly."""
PAUSE: Final = 0.05
"""Seconds between two looks at one that starts or stops."""
LAST_WORDS: Final = 2000
"""Characters of the log of one that did not start."""

_CERTIFICATE: Final = "certificate.pem"
_KEY: Final = "key.pem"
_launched: Final[list[subprocess.Popen[bytes]]] = []
"""What this process has launched, and so has to reap should it end earlier than we do."""


def launch(
    folder: Path, command: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Starts ``dask scheduler`` or ``dask worker``.

    Args:
        folder: Has the certificate, and gets the log.
        command: The second of these words.
        arguments: What follows.
        environment: All of it.
    """
    tls = ["--tls-ca-file", _CERTIFICATE, "--tls-cert", _CERTIFICATE, "--tls-key", _KEY]
    with log_of(folder, command).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", command, *tls, *arguments],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _launched.append(process)
    return process


def log_of(folder: Path, command: str) -> Path:
    """What a command has written."""
    return folder / f"{command}.log"


def await_part(
    is_done: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path, command: str
) -> None:
    """Waits for a command to do its part.

    Raises:
        ClusterError: It ended, or took too long; the message has its last words.
    """
    deadline = time.monotonic() + START_TIME
    while not is_done():
        code = process.poll()
        if code is None and time.monotonic() < deadline:
            time.sleep(PAUSE)
            continue
        said = log_of(folder, command).read_text("utf-8", "replace")[-LAST_WORDS:].strip()
        fate = f"did not start within {START_TIME:g} s" if code is None else f"ended ({code})"
        raise ClusterError(f"The Dask {command} {fate}. It said:\n{said or '(nothing)'}")


def reap() -> None:
    """Forgets those that have ended."""
    _launched[:] = [process for process in _launched if process.poll() is None]


def write_certificate(folder: Path) -> None:
    """Makes a new key, which nobody else can read."""
    made = Security.temporary()
    for name, text in ((_CERTIFICATE, made.tls_client_cert), (_KEY, made.tls_client_key)):
        path = folder / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)


def security_of(folder: Path) -> Security:
    """What a client needs to be let in."""
    certificate, key = str(folder / _CERTIFICATE), str(folder / _KEY)
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        tls_client_cert=certificate,
        tls_client_key=key,
    )
