"""What runs share and point to, stored before them: the source of jobs, and input files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from jobnb.protocol import Snapshot, SnapshotFile
from jobnb.store.content.input_files import Content, InputFiles
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import Database


@dataclass(frozen=True)
class Source:
    """What describes a job: the files of its folder at one moment."""

    snapshot: Snapshot
    read: Callable[[SnapshotFile], bytes]
    """Gives the content of one of its files."""
    code: str = field(default="", repr=False)
    """Of a job out of a notebook: its class, which goes along in the order and is never stored."""


class SharedContent:
    """The content in one database that runs point to. Safe for any thread."""

    def __init__(self, database: Database) -> None:
        self._snapshots = Snapshots(database)
        self._input_files = InputFiles(database)
        self._stored: set[str] = set()

    def file_sizes(self, digests: Collection[str]) -> dict[str, int]:
        """Digest to bytes, of those input files whose content is in the store, all of it."""
        return self._input_files.sizes(digests)

    def source(self, digest: str) -> Source:
        """The source that is stored under a digest.

        Raises:
            SnapshotError: It is not in the database.
        """
        snapshot = self._snapshots.load(digest)
        return Source(snapshot, lambda file: self._snapshots.blob(file.digest))

    def store(self, source: Source, files: Collection[Content]) -> None:
        """Stores what is not there yet; an interrupted try leaves some of it for the next one."""
        digest = source.snapshot.digest
        if digest not in self._stored:
            self._snapshots.save(source.snapshot, source.read)
            self._stored.add(digest)
        for content in files:
            self._input_files.save(content)

    def forget(self, source: Source) -> None:
        """Takes it that the source is not stored any more."""
        self._stored.discard(source.snapshot.digest)
