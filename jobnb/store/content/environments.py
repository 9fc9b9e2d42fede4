"""Environments: what was installed where runs worked, stored once for all runs that share it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Connection, bindparam, delete, exists, select

from jobnb.store.content.blobs import hold_content
from jobnb.store.prepared import Prepared
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import attempt, environment, job_result
from jobnb.store.tables.upsert import insert_if_new

_KNOWN: Final = Prepared(
    select(environment.c.digest).where(environment.c.digest == bindparam("its_digest"))
)


@dataclass(frozen=True)
class Environment:
    """What is installed in one place."""

    digest: str
    """SHA-256 of the facts, hexadecimal."""
    facts: Mapping[str, Any]
    """JSON values."""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """That of these facts."""
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        return cls(hashlib.sha256(text.encode()).hexdigest(), facts)


def note_environment(connection: Connection, noted: Environment) -> None:
    """Stores what is installed, unless it is there."""
    hold_content(connection)  # a cleanup may be about to remove it
    if _KNOWN.row(connection, its_digest=noted.digest) is None:
        row = {"digest": noted.digest, "facts": dict(noted.facts), "created": now()}
        insert_if_new(connection, environment, row)


def environment_of(connection: Connection, run_id: str) -> dict[str, Any] | None:
    """What was installed where the newest attempt of a run worked; None if nobody noted it."""
    newest = (
        select(environment.c.facts)
        .join(attempt, attempt.c.environment == environment.c.digest)
        .join(job_result, job_result.c.id == attempt.c.result)
        .where(job_result.c.run_id == run_id)
        .order_by(attempt.c.number.desc())
    )
    facts: dict[str, Any] | None = connection.execute(newest.limit(1)).scalar_one_or_none()
    return facts


def remove_environments(connection: Connection) -> None:
    """Removes those where no run worked that is still there."""
    is_used = exists().where(attempt.c.environment == environment.c.digest)
    # Whoever begins to refer to one waits from here on; who has begun before is seen by the delete.
    unused = select(environment.c.digest).where(~is_used).with_for_update(skip_locked=True)
    digests = connection.scalars(unused).all()
    connection.execute(delete(environment).where(environment.c.digest.in_(digests), ~is_used))
