"""Uploads: files on their way into the store, in a spool of this process, and measured."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from typing import Any, BinaryIO, Final, Self

from jobnb.errors import UploadRefused
from jobnb.protocol import VariableDescription, file_value, safe_file_name


class Upload:
    """A whole file in a spool of this process, ready to be stored.

    Whoever made it closes it; it may be given to several runs before.
    """

    def __init__(self, spool: BinaryIO, name: str, digest: str, size: int) -> None:
        self._spool = spool
        self._lock = threading.Lock()
        self.name: Final = name
        """Without folders; see ``safe_file_name``."""
        self.digest: Final = digest
        """SHA-256, hexadecimal."""
        self.size: Final = size
        """Bytes."""

    @property
    def value(self) -> dict[str, Any]:
        """What stands for it among the inputs."""
        return file_value(self.name, self.digest, self.size)

    def read_piece(self, start: int, size: int) -> bytes:
        """At most ``size`` bytes from position ``start`` on."""
        with self._lock:
            self._spool.seek(start)
            return self._spool.read(size)

    def close(self) -> None:
        """Gives back the room on the disk."""
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Upload {self.name!r}, {self.size} bytes>"


class UploadWriter:
    """Takes a file piece by piece. One thread at a time."""

    def __init__(self, name: str, limit: int) -> None:
        """Opens a spool in the folder for temporary files.

        Args:
            name: Of the file, as its owner calls it.
            limit: Most bytes.
        """
        self.name: Final = safe_file_name(name)
        self.limit: Final = limit
        self._digest = hashlib.sha256()
        self._size = 0
        self._spool = tempfile.TemporaryFile(prefix="jobnb-upload-")  # noqa: SIM115 - open until the run is written

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self._size

    def write(self, piece: bytes) -> int:
        """Takes the next piece, and gives the number of bytes that have come.

        Raises:
            UploadRefused: It is too much; the spool is gone.
            OSError: The disk took no more.
        """
        if self._size + len(piece) > self.limit:
            self.abort()
            raise too_large(self.name, self.limit)
        self._spool.write(piece)
        self._digest.update(piece)
        self._size += len(piece)
        return self._size

    def finish(self) -> Upload:
        """The whole file; the writer is of no use after that."""
        self._spool.flush()
        return Upload(self._spool, self.name, self._digest.hexdigest(), self._size)

    def abort(self) -> None:
        """Forgets what has come; harmless if it was called before."""
        self._spool.close()


def size_limit(variable: VariableDescription, limit: int) -> int:
    """Most bytes that a file for this variable may have: its own ``max_size``, or the setting's."""
    own: int = variable.options.get("max_size", limit)
    return min(limit, own)


def too_large(name: str, limit: int) -> UploadRefused:
    """The error that says so."""
    return UploadRefused(
        f"{name!r} is larger than {limit} bytes, the most that may be given here (setting "
        "'upload_limit', or max_size of the variable)."
    )
