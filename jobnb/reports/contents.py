"""What a report is made of, all of it read from the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from jobnb.errors import NotFinished, SnapshotError
from jobnb.protocol import LEVELS, safe_file_name
from jobnb.rendering.files import MOST_PREVIEWS, FilePreview
from jobnb.rendering.log import entry_text, join_partial
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import AttemptRecord, Entry, FileRecord, RunRecord
from jobnb.store.watching import EntryFilter

MOST_ENTRIES: Final = 2000
"""Entries of the log in the report itself; a longer log is a file beside it as well."""
MOST_ALARMS: Final = 200
ALARM_LEVELS: Final = tuple(name for name, level in LEVELS.items() if level >= LEVELS["WARNING"])
LARGEST_SOURCE: Final = 200_000
"""Bytes of the job's own file that the report shows."""
_PAGE: Final = 1000


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One file of the source of the job."""

    path: str
    digest: str
    """SHA-256, hexadecimal."""
    size: int
    text: str | None
    """Of the job's own file, if it is no longer than a report shows; else None."""


@dataclass(frozen=True, kw_only=True)
class RunContents:
    """One run that has ended, and all it left."""

    record: RunRecord
    attempts: tuple[AttemptRecord, ...]
    alarms: tuple[Entry, ...]
    """The newest of its warnings and errors."""
    entries: tuple[Entry, ...]
    """The newest of its log."""
    outputs: tuple[Mapping[str, str], ...]
    """What it has shown, in order: media type to content, as the job gave it."""
    files: tuple[FileRecord, ...]
    previews: tuple[FilePreview, ...]
    """The beginnings of the first files."""
    source: tuple[SourceFile, ...]
    environment: Mapping[str, Any] | None
    """What was installed where it worked; None if nobody noted it."""
    database: str
    """Identity of the database that holds it."""

    @property
    def has_long_log(self) -> bool:
        """Whether the log does not fit into the report."""
        return self.record.last_entry > MOST_ENTRIES


class RunReader:
    """Reads what a report is made of from one database."""

    def __init__(self, database: Database) -> None:
        self._results = Results(database)
        self._snapshots = Snapshots(database)
        self._database = database.uuid

    def read(self, run_id: str) -> RunContents:
        """A run that has ended.

        Raises:
            ResultNotFound: There is none of that id.
            NotFinished: It still works, so nobody knows yet what it will have been.
        """
        record = self._results.get(run_id)
        if not record.is_ready:
            raise NotFinished(
                f"Job result {record.run_id} is {record.status}; a report is made of a run that "
                "has ended: call wait() first."
            )
        files = tuple(self._results.files.of(record.run_id))
        return RunContents(
            record=record,
            attempts=tuple(self._results.attempts.of(record.run_id)),
            alarms=self._alarms(record.run_id),
            entries=tuple(self._results.entries.tail(record.run_id, MOST_ENTRIES)),
            outputs=tuple(self._results.entries.bundles(record.run_id).values()),
            files=files,
            previews=tuple(map(self._preview, [record] * len(files), files[:MOST_PREVIEWS])),
            source=self._source(record),
            environment=self._results.attempts.environment(record.run_id),
            database=self._database,
        )

    def beside(self, contents: RunContents) -> dict[str, Iterator[bytes]]:
        """Name to content of the files that belong beside a report, each read when it is needed.

        The names are safe, and no two of them are the same, whatever the file system thinks of
        large and small letters.
        """
        run_id = contents.record.run_id
        found: dict[str, Iterator[bytes]] = {}
        for file, name in zip(contents.files, names_beside(contents), strict=True):
            found[name] = self._results.files.pieces(run_id, file.name)
        if contents.has_long_log:
            found[log_name(contents)] = self._whole_log(contents.record)
        return found

    def _alarms(self, run_id: str) -> tuple[Entry, ...]:
        wanted = EntryFilter(levels=ALARM_LEVELS)
        numbers = self._results.entries.find(run_id, wanted, after=0, limit=MOST_ALARMS)
        return tuple(self._results.entries.numbered(run_id, numbers))

    def _preview(self, record: RunRecord, file: FileRecord) -> FilePreview:
        head = next(self._results.files.pieces(record.run_id, file.name), b"")
        return FilePreview(name=file.name, size=file.size, head=head)

    def _source(self, record: RunRecord) -> tuple[SourceFile, ...]:
        if record.snapshot is None:
            return ()
        try:
            files = self._snapshots.load(record.snapshot).files
        except SnapshotError:
            return ()
        paths = {item.path for item in files}
        own = record.source_file if record.source_file in paths else min(paths, default="")
        return tuple(
            SourceFile(
                path=item.path,
                digest=item.digest,
                size=item.size,
                text=self._text(item.digest)
                if item.path == own and item.size <= LARGEST_SOURCE
                else None,
            )
            for item in files
        )

    def _text(self, digest: str) -> str:
        return self._snapshots.blob(digest).decode("utf-8", "replace")

    def _whole_log(self, record: RunRecord) -> Iterator[bytes]:
        for entry in join_partial(self._all_entries(record)):
            yield f"{entry_text(entry, zone=UTC)}\n".encode()

    def _all_entries(self, record: RunRecord) -> Iterator[Entry]:
        for after in range(0, record.last_entry, _PAGE):
            yield from self._results.entries.read(record.run_id, after, _PAGE)


def names_beside(contents: RunContents) -> list[str]:
    """The name of each file of the run beside a report."""
    names: list[str] = []
    for file in contents.files:
        names.append(_free(safe_file_name(file.name), names))
    return names


def log_name(contents: RunContents) -> str:
    """The name of the whole log beside a report."""
    return _free("log.txt", names_beside(contents))


def _free(name: str, taken: list[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    candidate, number = name, 1
    while candidate.casefold() in map(str.casefold, taken):
        number += 1
        candidate = f"{stem} ({number}){dot}{suffix}"
    return candidate
