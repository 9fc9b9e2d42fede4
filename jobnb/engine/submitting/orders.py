"""Orders: what is handed to Dask for the next attempt at a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from jobnb.protocol import RunOrder, SourceKind
from jobnb.store.database import Database
from jobnb.store.values import RunRecord

CELL_CODE: Final = "the contents of its notebook cells"
"""What only the submitter of a job out of a notebook knows."""


class Orders:
    """Makes them for the runs of one database."""

    def __init__(self, database: Database, queue_timeout: float | None) -> None:
        """Begins with nothing.

        Args:
            database: Where the runs are kept.
            queue_timeout: Of a run that does not say it itself.
        """
        self._database = database
        self._queue_timeout = queue_timeout

    @cached_property
    def probe(self) -> RunOrder:
        """The order of a run that does not exist: could it be taken?"""
        return RunOrder(
            run_id="",
            attempt=1,
            database_uuid=self._database.uuid,
            database_url=self._database.public_url,
        )

    def of(self, record: RunRecord, inputs: Mapping[str, Any], code: str = "") -> RunOrder:
        """For whoever knows all inputs of a run, and the code of one out of a notebook."""
        return self._make(record, inputs, code=code)

    def for_another(self, record: RunRecord) -> RunOrder:
        """For a run whose submitter is gone; what the database has not is unknown."""
        is_cell = record.origin.kind is SourceKind.CELL
        unknown = (*record.withheld, *((CELL_CODE,) if is_cell else ()))
        return self._make(record, record.inputs, unknown=unknown)

    def _make(
        self,
        record: RunRecord,
        inputs: Mapping[str, Any],
        *,
        code: str = "",
        unknown: tuple[str, ...] = (),
    ) -> RunOrder:
        options = record.options
        return RunOrder(
            run_id=record.run_id,
            attempt=record.attempts + 1,
            database_uuid=self._database.uuid,
            database_url=self._database.public_url,
            inputs=dict(inputs),
            unknown=unknown,
            queue=record.queue,
            queue_timeout=options.get("queue_timeout", self._queue_timeout),
            priority=options.get("priority", 0),
            code=code,
            submitted=record.created.timestamp(),
            needs=record.origin.needs,
        )
