"""What makes a long history quick to search, and what was installed where runs worked.

The values of the inputs of earlier runs are read out of their JSON, as ``store/input_values.py``
did it at that time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_RUNS = "jobnb_job_result"
_FILTERS: tuple[tuple[str, ...], ...] = ((), ("job_name",), ("user",))
_STATUS_FILTERS = (("status",), ("job_name", "status"))
_BATCH = 1000
_LONGEST = 100
_MOST_ITEMS = 1000


def upgrade() -> None:
    for column in ("class_path", "status"):
        op.drop_index(f"{_RUNS}_{column}_id_idx", _RUNS)
    for columns in _FILTERS:
        order = [*columns, "created", "id"]
        op.create_index(f"{_RUNS}_{'_'.join(order)}_idx", _RUNS, order)
    ended = sa.text("ended IS NOT NULL")
    for columns in _STATUS_FILTERS:
        order = [*columns, "created", "id"]
        name = f"{_RUNS}_{'_'.join(order)}_idx"
        op.create_index(name, _RUNS, order, sqlite_where=ended, postgresql_where=ended)
    by_code = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    values = op.create_table(
        "jobnb_input_value",
        sa.Column(
            "result",
            sa.Integer,
            sa.ForeignKey(f"{_RUNS}.id", name="jobnb_input_value_result_fk", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", by_code, nullable=False),
        sa.Column("value", by_code, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("result", "name", "value", name="jobnb_input_value_pk"),
        sqlite_with_rowid=False,
    )
    _read_inputs(values)
    op.create_index(
        "jobnb_input_value_name_value_created_result_idx",
        values.name,
        ["name", "value", "created", "result"],
    )
    op.create_table(
        "jobnb_environment",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="jobnb_environment_pk"),
    )
    op.execute(
        "ALTER TABLE jobnb_attempt ADD COLUMN environment VARCHAR(64) "
        "CONSTRAINT jobnb_attempt_environment_fk REFERENCES jobnb_environment (digest)"
    )
    op.create_index("jobnb_attempt_environment_idx", "jobnb_attempt", ["environment"])


def _read_inputs(values: sa.Table) -> None:
    connection = op.get_bind()
    runs = sa.table(
        _RUNS,
        sa.column("id", sa.Integer),
        sa.column("created", sa.DateTime(timezone=True)),
        sa.column("inputs", sa.Text),
    )
    last = 0
    while True:
        page = sa.select(runs).where(runs.c.id > last).order_by(runs.c.id).limit(_BATCH)
        found = connection.execute(page).all()
        if not found:
            return
        rows = [
            {"result": run.id, "name": name, "value": value, "created": run.created}
            for run in found
            for name, value in _keys(json.loads(run.inputs))
        ]
        if rows:
            connection.execute(values.insert(), rows)
        last = found[-1].id


def _keys(inputs: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (name[:_LONGEST].replace("\0", ""), _key(item))
        for name, value in inputs.items()
        for item in _items(value)
    }


def _items(value: Any) -> Iterator[Any]:
    yield value
    match value:
        case list():
            yield from value[:_MOST_ITEMS]
        case {"file": str(name), "digest": str(digest)}:
            yield name
            yield digest


def _key(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= _LONGEST else hashlib.sha256(text.encode()).hexdigest()
