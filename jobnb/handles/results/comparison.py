"""Two runs beside each other: what was given, what was run, what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from functools import cached_property
from typing import Any, Final

from jobnb.errors import SnapshotError
from jobnb.handles.results.result import JobResult
from jobnb.rendering.comparison import ABSENT, FileChange, LogChange, Sides, render_comparison
from jobnb.rendering.log import join_partial
from jobnb.rendering.text import LONGEST_LINE, clip, visible
from jobnb.store.values import RunRecord

MOST_ENTRIES: Final = 2000
"""Entries of each log that are compared."""


class Comparison:
    """How two runs differ; the last value of a cell shows it."""

    def __init__(self, a: JobResult, b: JobResult) -> None:
        """Reads the runs when they are looked at.

        Args:
            a: One run; what only it has is marked with ``-``.
            b: The other one; ``+``.
        """
        self.a: Final = a
        self.b: Final = b
        self._records = a.record, b.record

    @classmethod
    def of(
        cls, find: Callable[[str], JobResult], a: JobResult | str, b: JobResult | str
    ) -> Comparison:
        """Two runs beside each other, by themselves or by their ids.

        Raises:
            ResultNotFound: There is none of that id, or there are several.
        """
        first, second = (run if isinstance(run, JobResult) else find(run) for run in (a, b))
        return cls(first, second)

    @property
    def inputs(self) -> dict[str, tuple[Any, Any]]:
        """The inputs that differ: name to the value of each; ``ABSENT`` where there is none."""
        return _differing(*(record.shown_inputs for record in self._records))

    @property
    def duration(self) -> tuple[float | None, float | None]:
        """Seconds; None where it has not ended."""
        return self._records[0].duration, self._records[1].duration

    @property
    def status(self) -> tuple[str, str]:
        """The status of each."""
        return str(self._records[0].status), str(self._records[1].status)

    @cached_property
    def source(self) -> list[FileChange]:
        """The source files that differ, with what is different in them."""
        digests = [record.snapshot for record in self._records]
        if digests[0] == digests[1]:
            return []
        before, after = map(_contents, (self.a, self.b))
        return [
            _change(path, before.get(path), after.get(path))
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
        ]

    @cached_property
    def log(self) -> LogChange:
        """The lines that differ, without their times."""
        before, after = map(_lines, (self.a, self.b))
        counts = [record.last_entry for record in self._records]
        return LogChange(
            diff=_diff(before, after, *(f"log of {side.id[:8]}" for side in (self.a, self.b))),
            compared=MOST_ENTRIES if max(counts) > MOST_ENTRIES else None,
        )

    @property
    def value(self) -> str:
        """What is different in the values, as lines with ``-`` and ``+``; empty if nothing is."""
        before, after = map(_value_lines, self._records)
        return _diff(before, after, *(f"value of {side.id[:8]}" for side in (self.a, self.b)))

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return render_comparison(
            Sides(
                a=self._records[0],
                b=self._records[1],
                inputs=self.inputs,
                source=self.source,
                log=self.log,
                value=self.value,
            )
        )


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (a.get(name, ABSENT), b.get(name, ABSENT))
        for name in [*a, *(name for name in b if name not in a)]
        if _canonical(a.get(name, ABSENT)) != _canonical(b.get(name, ABSENT))
    }


def _canonical(value: Any) -> str:
    """Tells 1 from True, which Python does not."""
    return ABSENT if value is ABSENT else json.dumps(value, sort_keys=True)


def _contents(result: JobResult) -> dict[str, bytes]:
    """Path to content of the files of a run; none if they were not kept."""
    try:
        source = result.source
        return {path: source.read(path) for path in source}
    except SnapshotError:
        return {}


def _change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    kind = "added" if before is None else "removed" if after is None else "changed"
    try:
        lines = [(content or b"").decode("utf-8").splitlines() for content in (before, after)]
    except UnicodeDecodeError:
        return FileChange(path=path, change=kind, diff="")
    return FileChange(path=path, change=kind, diff=_diff(lines[0], lines[1], path, path))


def _lines(result: JobResult) -> list[str]:
    lines = []
    for entry in join_partial(result.log[:MOST_ENTRIES]):
        about = f"{clip(entry.object, LONGEST_LINE)}: " if entry.object else ""
        start = f"{entry.level or entry.source}: {about}"
        lines += [start + line for line in visible(entry.message).splitlines()]
    return lines


def _value_lines(record: RunRecord) -> list[str]:
    if record.value_problem is not None:
        return [record.value_problem]
    if record.value_file is not None:
        return [f"{record.value_file['name']} {record.value_file['digest']}"]
    if record.value in (None, "null"):
        return []
    return json.dumps(json.loads(record.value or ""), indent=1, ensure_ascii=False).splitlines()


def _diff(before: Sequence[str], after: Sequence[str], old: str, new: str) -> str:
    return "\n".join(unified_diff(before, after, old, new, lineterm="", n=2))
