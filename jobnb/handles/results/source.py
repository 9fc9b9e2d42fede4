"""The source of a run: the exact files that it was made of, and how they differ from others."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from jobnb.engine.submitting.content import SharedContent, Source
from jobnb.errors import SnapshotError
from jobnb.protocol import SnapshotFile
from jobnb.rendering.source import render_diff, render_source
from jobnb.store.values import RunRecord

CELL: Final = "Cell In["
"""How the names of cells begin."""


def kept_source(content: SharedContent, record: RunRecord) -> Source:
    """The source of a run as the database has it.

    Raises:
        SnapshotError: It was not kept, or is not in the database any more.
    """
    if record.snapshot is None:
        raise SnapshotError(f"Job result {record.run_id} has no source: none was kept.")
    return content.source(record.snapshot)


class RunSource(Mapping[str, str]):
    """Path to text of every file that a run had, just as it was; read when it is looked at.

    As the last value of a cell it shows the job's own file.
    """

    def __init__(self, record: RunRecord, source: Source, read_today: Callable[[], Source]) -> None:
        """Reads nothing yet.

        Args:
            record: The run.
            source: What was kept of it.
            read_today: Gives the source of the same job as it is now.
        """
        self._record = record
        self._source = source
        self._read_today = read_today
        self._files = {file.path: file for file in source.snapshot.files}
        self.file: Final = record.source_file
        """Path of the job's own file; of a job of a notebook, the cell."""

    @property
    def files(self) -> tuple[SnapshotFile, ...]:
        """Every file, with its size and digest."""
        return self._source.snapshot.files

    @property
    def text(self) -> str:
        """The job's own file."""
        own = self.file if self.file in self._files else next(iter(self._files), "")
        return self[own] if own else ""

    @property
    def origin(self) -> str:
        """Where the job came from, with the commit or version if there is one."""
        return str(self._record.origin)

    def __getitem__(self, path: str) -> str:
        return self.read(path).decode("utf-8", "backslashreplace")

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises:
            KeyError: The run had no such file.
            SnapshotError: It is not in the database any more.
        """
        return self._source.read(self._files[path])

    def diff(self, other: Any = None) -> SourceDiff:
        """How it differs from the job's code of today, or from that of another run.

        Args:
            other: A ``JobResult`` or its ``source``; None for the code of today.

        Raises:
            JobNotFound: There is no code today.
        """
        if other is None:
            return _difference(self._told(), self._source, "the code of today", self._read_today())
        source: RunSource = getattr(other, "source", other)
        return _difference(self._told(), self._source, source._told(), source._source)

    def _told(self) -> str:
        return f"run {self._record.run_id[:8]}"

    def _render(self) -> dict[str, str]:
        record = self._record
        title = f"{record.class_path} · {self.file} ({self.origin}) · {self._told()}"
        others = [path for path in self._files if path != self.file]
        note = f'All files: jobnb.result("{record.run_id[:8]}").source.files'
        if others:
            named = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")  # noqa: PLR2004
            note = f"{len(others)} other {'files' if len(others) > 1 else 'file'}: {named}. {note}"
        return render_source(title, self.text, note)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return self._render()

    def __repr__(self) -> str:
        return self._render()["text/plain"]


class SourceDiff:
    """A unified difference; true if there is one, and as text what ``diff -u`` would say."""

    def __init__(self, title: str, lines: Sequence[str], files: Sequence[str]) -> None:
        self.title: Final = title
        self.lines: Final = tuple(lines)
        self.files: Final = tuple(files)
        """Paths of the files that differ."""

    def __bool__(self) -> bool:
        return bool(self.files)

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return render_diff(self.title, self.lines)

    def __repr__(self) -> str:
        return render_diff(self.title, self.lines)["text/plain"]


def _difference(before: str, old: Source, after: str, new: Source) -> SourceDiff:
    was = {file.path: file for file in old.snapshot.files}
    now = {file.path: file for file in new.snapshot.files}
    lines: list[str] = []
    files = []
    renumbered = _renumbered(old, new)
    for path in sorted({*was, *now} - {*renumbered.values()}):
        path_now = renumbered.get(path, path)
        first, second = was.get(path), now.get(path_now)
        if first is not None and second is not None and first.digest == second.digest:
            continue
        files.append(path)
        left = old.read(first) if first is not None else b""
        right = new.read(second) if second is not None else b""
        lines += _file_difference(f"{before}/{path}", left, f"{after}/{path_now}", right)
    return SourceDiff(f"From {before} to {after}", lines, files)


def _renumbered(old: Source, new: Source) -> dict[str, str]:
    """Cells that ran again under another number: those whose text is the most alike."""
    was, now = (
        {
            file.path: source.read(file).decode("utf-8", "replace").splitlines()
            for file in source.snapshot.files
            if file.path.startswith(CELL)
        }
        for source in (old, new)
    )
    left, right = set(was) - set(now), set(now) - set(was)
    alike = sorted(
        (difflib.SequenceMatcher(None, was[one], now[other]).ratio(), one, other)
        for one in left
        for other in right
    )
    found: dict[str, str] = {}
    for ratio, one, other in reversed(alike):
        if ratio > 0 and one not in found and other not in found.values():
            found[one] = other
    return found


def _file_difference(before: str, left: bytes, after: str, right: bytes) -> list[str]:
    try:
        texts = left.decode("utf-8").splitlines(), right.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return [f"--- {before}", f"+++ {after}", "The content differs, and is no text."]
    return list(difflib.unified_diff(*texts, before, after, lineterm=""))
