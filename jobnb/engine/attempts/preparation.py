"""Preparation: all that a job needs before it begins, on a worker or in the submitter's process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from jobnb.catalogs.files.snapshots import unpack
from jobnb.engine.attempts.delivery import deliver, masker_of, resolve
from jobnb.engine.hosts.presence import Presence
from jobnb.engine.patience import patiently
from jobnb.engine.recording.recorder import Recorder
from jobnb.engine.recording.redaction import Redactor
from jobnb.errors import SnapshotError
from jobnb.protocol import ChildOrder, RunOrder, RunPolicy, RunSpec, SourceKind, is_file_value
from jobnb.protocol.patterns import joined
from jobnb.settings import child_environment
from jobnb.store.content.input_files import InputFiles
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import Database
from jobnb.store.values import GivenFile, RunRecord

CELL_HINT: Final = (
    "it was typed into a notebook cell, and went along with its order only. Run that cell again."
)

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Ready:
    """What a job can begin with."""

    order: ChildOrder
    workplace: str
    """Its working directory, empty."""


class Preparation:
    """Gets one attempt at a run ready."""

    def __init__(self, order: RunOrder, database: Database, presence: Presence) -> None:
        """Begins with nothing done.

        Args:
            order: Has the inputs, with those that the database has not.
            database: Has the source and the input files.
            presence: Of this process; it gives the places.
        """
        self._order = order
        self._snapshots = Snapshots(database)
        self._input_files = InputFiles(database)
        self._presence = presence
        self._settings = presence.settings

    @contextmanager
    def ready(
        self, record: RunRecord, recorder: Recorder, policy: RunPolicy, *, is_retried: bool = False
    ) -> Iterator[Ready]:
        """What the job begins with; its places go away after the block.

        Args:
            record: Of the run.
            recorder: Hides what is sensitive from now on.
            policy: Of the run.
            is_retried: Whether another attempt follows if this one fails.

        Raises:
            InputMissing: What an input stands for is not to be had here.
            SnapshotError: The source is not.
            ConfigurationError: A redaction pattern cannot be used.
            StoreError: The database does not have what it should, or is out of reach.
        """
        patterns = joined(self._settings.sanitizer_patterns, policy.sanitizer_patterns)
        recorder.secrecy.redact(Redactor(patterns))
        folder = self._patiently(lambda: self._unpack(record))
        inputs = self._order.inputs
        references = record.options.get("references", ())
        environment = child_environment() if references else {}
        resolved = resolve(references, inputs, environment)
        recorder.secrecy.mask(masker_of(record, {**inputs, **resolved}))
        with self._places(record) as (workplace, files):
            order = ChildOrder(
                verb="run",
                folder=str(folder),
                root=record.source_root,
                code=self._order.code,
                is_installed=record.origin.kind is SourceKind.APP,
                run=self._spec(record, resolved, files, is_retried=is_retried),
            )
            yield Ready(order=order, workplace=workplace)

    def _spec(
        self,
        record: RunRecord,
        resolved: dict[str, str],
        files: dict[str, str],
        *,
        is_retried: bool,
    ) -> RunSpec:
        settings = self._settings
        return RunSpec(
            run_id=record.run_id,
            class_path=record.class_path,
            job_name=record.job_name,
            inputs={**self._order.inputs, **resolved},
            resolved=tuple(resolved),
            files=files,
            user=record.user,
            attempt=self._order.attempt,
            file_limit=settings.file_limit,
            value_limit=settings.value_limit,
            display_limit=settings.display_limit,
            profile=bool(record.options.get("profile")),
            is_retried=is_retried,
        )

    @contextmanager
    def _places(self, record: RunRecord) -> Iterator[tuple[str, dict[str, str]]]:
        """An empty working directory, and beside it the input files by input."""
        workplaces, shelf = self._presence.workplaces, None
        workplace = workplaces.make("run-")
        try:
            files: dict[str, str] = {}
            if any(map(is_file_value, self._order.inputs.values())):
                given = self._patiently(lambda: self._input_files.of_run(record.run_id))
                shelf = workplaces.make("files-")
                files = self._patiently(partial(self._deliver, given, shelf))
            yield workplace, files
        finally:
            for place in (workplace, shelf):
                if place is not None:
                    workplaces.leave(place)

    def _deliver(self, given: list[GivenFile], shelf: str) -> dict[str, str]:
        """Each try in a folder of its own."""
        return deliver(given, Path(tempfile.mkdtemp(dir=shelf)), self._input_files.pieces)

    def _unpack(self, record: RunRecord) -> Path:
        """Where the files of the job are; installed ones are where Python finds them."""
        if record.origin.kind is SourceKind.APP:
            return Path(record.source_root)
        if record.origin.kind is SourceKind.CELL and not self._order.code:
            raise SnapshotError(f"The code of {record.job_name} was kept nowhere: {CELL_HINT}")
        if record.snapshot is None:
            raise SnapshotError(f"Run {record.run_id} has no source.")
        snapshot = self._presence.manifests.load(record.snapshot)
        return unpack(
            snapshot, self._settings.cache_dir, lambda file: self._snapshots.blob(file.digest)
        )

    def _patiently(self, action: Callable[[], _T]) -> _T:
        return patiently(action, self._settings.lost_after)
