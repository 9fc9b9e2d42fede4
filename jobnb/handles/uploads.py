"""Uploads: files on their way into the store, spooled and measured before anything is written."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from jobnb.errors import InvalidInput, UploadRefused
from jobnb.handles.files import ResultFile
from jobnb.handles.unusable import Unusable, problems_in
from jobnb.protocol import (
    PIECE,
    Cleaned,
    JobDescription,
    VariableDescription,
    file_value,
    safe_file_name,
)


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


class Outgoing:
    """Inputs with their files in the spool; made by ``outgoing_inputs()``."""

    def __init__(
        self,
        job: JobDescription,
        inputs: dict[str, Any],
        uploads: Mapping[str, Upload],
        problems: Mapping[str, list[str]],
    ) -> None:
        self._job = job
        self._inputs = inputs
        self._problems = problems
        self.uploads: Final = uploads
        """By digest."""

    def clean(self, check: Callable[[JobDescription, Mapping[str, Any]], Cleaned]) -> Cleaned:
        """What the job's own variables make of them.

        Raises:
            InvalidInput: Some do not fit, or a file cannot be had; all complaints at once.
        """
        problems: dict[str, list[str]] = {}
        cleaned = None
        try:
            cleaned = check(self._job, self._inputs)
        except InvalidInput as error:
            if not self._problems:
                raise
            problems = error.problems
        if cleaned is None or self._problems:
            # Not "required": it was given, and there is a better reason why it is not here.
            found = problems | dict(self._problems)
            order = [variable.name for variable in self._job.variables]
            names = sorted(
                found, key=lambda name: order.index(name) if name in order else len(order)
            )
            raise InvalidInput(self._job.name, {name: found[name] for name in names})
        return cleaned


@contextmanager
def outgoing_inputs(
    job: JobDescription, inputs: Mapping[str, Any], limit: int
) -> Iterator[Outgoing]:
    """The inputs with what stands for their files; the files lie in the spool within the block.

    A file is a path (``pathlib.Path``), bytes, a file that is open in binary mode, an ``Upload``,
    a file of an earlier run, or what stood for one among its inputs. What is ``Unusable`` is
    refused with its complaint. Everything else is left to the variable's own complaint.

    Args:
        job: What they are for.
        inputs: As somebody gave them.
        limit: Most bytes of a file.
    """
    uploads, problems = {}, problems_in(inputs)
    plain = {name: value for name, value in inputs.items() if not isinstance(value, Unusable)}
    with ExitStack() as spools:
        for variable in job.variables:
            if variable.type != "FileVar" or variable.name not in plain:
                continue
            try:
                upload = _upload(inputs[variable.name], variable, limit, spools)
            except UploadRefused as error:
                del plain[variable.name]
                problems[variable.name] = [str(error)]
                continue
            if isinstance(upload, Upload):
                uploads[upload.digest] = upload
                plain[variable.name] = upload.value
            else:
                plain[variable.name] = upload
        yield Outgoing(job, plain, uploads, problems)


def check_files(
    job: JobDescription,
    cleaned: Cleaned,
    uploads: Mapping[str, Upload],
    find_sizes: Callable[[Collection[str]], Mapping[str, int]],
) -> None:
    """Makes sure that the content of every file is here, or in the store, as large as it says.

    Args:
        job: What the inputs are for.
        cleaned: The inputs.
        uploads: The files that are here, by digest.
        find_sizes: Gives digest to bytes, of those digests whose content the store has.

    Raises:
        InvalidInput: One is in neither, as that of an earlier run may be; or has another size.
    """
    values = {name: cleaned.inputs[name] for name in cleaned.files}
    sizes = {digest: upload.size for digest, upload in uploads.items()}
    if elsewhere := {value["digest"] for value in values.values()} - set(sizes):
        sizes |= find_sizes(elsewhere)
    problems = {
        name: [complaint]
        for name, value in values.items()
        if (complaint := _file_fault(value, sizes.get(value["digest"])))
    }
    if problems:
        raise InvalidInput(job.name, problems)


def _file_fault(value: Mapping[str, Any], size: int | None) -> str:
    """What is wrong with what stands for a file whose content has ``size`` bytes, or is gone."""
    if size is None:
        return f"The file {value['file']!r} is not in the database any more; give it again."
    if size != value["size"]:
        return f"The file {value['file']!r} has {size} bytes, not {value['size']}."
    return ""


def is_file(raw: Any) -> bool:
    """Whether a value is something to be read as a file; it may still turn out not to be one."""
    kinds = (Upload, ResultFile, os.PathLike, bytes, bytearray, memoryview)
    return isinstance(raw, kinds) or hasattr(raw, "read")


def _upload(raw: Any, variable: VariableDescription, limit: int, spools: ExitStack) -> Any:
    """The file as an ``Upload``, or what stands for it already."""
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
