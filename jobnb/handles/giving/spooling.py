"""Spooling: whatever somebody gives for a file, read into an upload, or refused with the reason."""

from __future__ import annotations

import io
import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jobnb.errors import UploadRefused
from jobnb.handles.giving.uploads import Upload, UploadWriter, size_limit, too_large
from jobnb.handles.results.files import ResultFile
from jobnb.protocol import PIECE, VariableDescription, file_value, safe_file_name


def is_file(raw: Any) -> bool:
    """Whether a value is something to be read as a file; it may still turn out not to be one."""
    kinds = (Upload, ResultFile, os.PathLike, bytes, bytearray, memoryview)
    return isinstance(raw, kinds) or hasattr(raw, "read")


def spool_given(raw: Any, variable: VariableDescription, limit: int, spools: ExitStack) -> Any:
    """What was given for a file, as an ``Upload``, or as what stands for it already.

    Args:
        raw: A path, bytes, an open file, an ``Upload``, a file of an earlier run; anything else is
            given back as it is.
        variable: The input that it is for.
        limit: Most bytes, if the variable takes as many.
        spools: Closes the uploads that are made here.

    Raises:
        UploadRefused: It cannot be read, is too large, or changed meanwhile.
    """
    most = size_limit(variable, limit)
    match raw:
        case Upload():
            if raw.size > most:
                raise too_large(raw.name, most)
            return raw
        case ResultFile():
            return file_value(safe_file_name(raw.name), raw.digest, raw.size)
        case os.PathLike():
            return spools.enter_context(spool_path(Path(os.fsdecode(raw)), most))
        case bytes() | bytearray() | memoryview():
            with memoryview(raw) as view, io.BytesIO(view) as file:
                return spools.enter_context(_spool(file, _default_name(variable), most))
    if hasattr(raw, "read"):
        return spools.enter_context(_spool_open_file(raw, variable, most))
    return raw


def spool_path(path: Path, limit: int) -> Upload:
    """A file of this machine as an upload; the caller closes it.

    Raises:
        UploadRefused: It cannot be read, is too large, or changed meanwhile.
    """
    try:
        # Opening a named pipe would wait for somebody who writes into it.
        with open(path.expanduser(), "rb", buffering=0, opener=_open_at_once) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise UploadRefused(f"{str(path)!r} is no file; give the path of a file.")
            if before.st_size > limit:
                raise too_large(path.name, limit)
            upload = _spool(file, path.name, limit)
            after = os.fstat(file.fileno())
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder for "~"
        why = getattr(error, "strerror", None) or str(error)
        raise UploadRefused(f"The file {str(path)!r} cannot be read: {why}.") from error
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not same or upload.size != before.st_size:
        upload.close()
        raise UploadRefused(
            f"The file {str(path)!r} changed while it was read ({before.st_size} bytes at first, "
            f"{upload.size} read); give it again when it is complete."
        )
    return upload


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _spool_open_file(file: Any, variable: VariableDescription, limit: int) -> Upload:
    if isinstance(file, io.TextIOBase):
        raise _open_for_text()
    name = getattr(file, "name", None)
    if not isinstance(name, str) or not name:
        name = _default_name(variable)
    before = _state(file)
    try:
        upload = _spool(file, name, limit)
    except UploadRefused:
        raise
    except Exception as error:  # the file may be anything that has read()
        why = str(error) or type(error).__name__
        raise UploadRefused(f"The file {name!r} cannot be read: {why}.") from error
    if _state(file) != before:
        upload.close()
        raise UploadRefused(
            f"The file {name!r} changed while it was read ({upload.size} bytes read); give it "
            "again when it is complete."
        )
    if upload.size == 0 and _position(file) > 0:
        upload.close()
        raise UploadRefused(f"The file {name!r} is at its end: call seek(0) before it is given.")
    return upload


def _spool(file: Any, name: str, limit: int) -> Upload:
    """What an open file has from where it stands to its end; the file stays open."""
    writer = UploadWriter(name, limit)
    try:
        while (piece := file.read(PIECE)) != b"":
            writer.write(_bytes(piece, name))
    except BaseException:
        writer.abort()
        raise
    return writer.finish()


def _state(file: Any) -> tuple[int, int] | None:
    """Size and time of the last change; None of what is no file of the operating system."""
    try:
        state = os.fstat(file.fileno())
    except Exception:  # noqa: BLE001 - whatever has read() may have any fileno(), or none
        return None
    return (state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


def _bytes(piece: Any, name: str) -> bytes:
    if piece is None:  # there is nothing now, and this is not the end
        raise UploadRefused(
            f"The file {name!r} does not wait for its content, which has not all come; set it to "
            "blocking, or give the bytes."
        )
    if not isinstance(piece, bytes | bytearray | memoryview):
        raise _open_for_text()
    return bytes(piece)


def _open_for_text() -> UploadRefused:
    return UploadRefused('The file is open for text; open it with mode "rb".')


def _position(file: Any) -> int:
    try:
        return int(file.tell())
    except (AttributeError, OSError, ValueError):
        return 0


def _default_name(variable: VariableDescription) -> str:
    """What bytes are called that have no name: as their input, with a suffix that it takes."""
    return variable.name + "".join(variable.options.get("accept", [])[:1])
