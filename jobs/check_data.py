"""Check Data: what is in the columns of a CSV file, and which cells break the rules."""

from __future__ import annotations

import csv
import io
import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, Final, TextIO

from listing import Listing

from jobnb import jobs

name = "Data"

MOST_FAULTS: Final = 10_000  # lines in the file of faults
EXAMPLES: Final = 3  # lines that the log names for each kind of fault
HEADINGS: Final = ("column", "filled", "distinct", "kind", "smallest", "largest", "most common")


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "number": is_number,
    "date": is_date,
    "IP address": is_address,
}
RULES: Final = ("filled", "unique", *KINDS)


@dataclass
class Column:
    """What is known of a column after each row of it."""

    name: str
    rules: set[str]
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    kinds: set[str] = field(default_factory=lambda: set(KINDS))  # that all values so far are of

    def take(self, text: str) -> Iterator[str]:
        """Notes a value; yields what is wrong with it."""
        if not text:
            if "filled" in self.rules:
                yield "is empty"
            return
        self.filled += 1
        is_new = text not in self.values
        if "unique" in self.rules and not is_new:
            yield "is there already"
        self.values[text] += 1
        for kind, fits in KINDS.items():
            is_wanted = kind in self.rules
            if (is_wanted or (is_new and kind in self.kinds)) and not fits(text):
                self.kinds.discard(kind)
                if is_wanted:
                    yield f"is no {kind}"

    def profile(self) -> tuple[Any, ...]:
        kind = next((kind for kind in KINDS if self.values and kind in self.kinds), "text")
        order = sorted(self.values, key=float if kind == "number" else str)
        common = ", ".join(f"{value} ({n})" for value, n in self.values.most_common(2) if n > 1)
        lowest, highest = (order[0], order[-1]) if order else ("", "")
        return (self.name, self.filled, len(order), kind, lowest, highest, common)


def read(lines: TextIO) -> csv.DictReader[str]:
    """The rows, whatever stands between their cells."""
    start = lines.read(16_384)
    lines.seek(0)
    try:
        dialect: Any = csv.Sniffer().sniff(start, ",;\t|")
    except csv.Error:
        dialect = "excel"  # a single column has nothing between its cells
    return csv.DictReader(lines, dialect=dialect, restval="")


class CheckData(jobs.Job):
    """Describes each column of a CSV file; fails if cells break the rules given for them."""

    class Meta:
        name = "Check Data"
        read_only = True
        soft_time_limit = 600

    data = jobs.FileVar(
        accept=[".csv", ".tsv", ".txt"],
        description="CSV with a header line, as UTF-8; commas, semicolons, tabs or bars between.",
    )
    rules = jobs.TableVar(
        columns={"column": jobs.StringVar(), "rule": jobs.ChoiceVar(choices=RULES)},
        required=False,
        max_rows=500,
        description="What must hold, one line for each column and rule. "
        f"The rules: {', '.join(RULES)}.",
    )
    max_faults = jobs.IntegerVar(
        label="Most faults", description="More than this fail the run.", default=0, min_value=0
    )

    def run(
        self, *, data: BinaryIO, rules: list[dict[str, str]], max_faults: int
    ) -> dict[str, int]:
        with io.TextIOWrapper(data, "utf-8-sig", newline="") as lines:
            reader = read(lines)
            columns = self.prepare(list(reader.fieldnames or []), rules)
            rows, faults = self.look_over(reader, columns)
        self.display(Listing(HEADINGS, [column.profile() for column in columns]))
        self.report(faults)
        if len(faults) > max_faults:
            self.fail("%d faults in %d rows, %d allowed", len(faults), rows, max_faults)
        else:
            self.logger.success("%d rows, %d faults", rows, len(faults))
        return {"rows": rows, "columns": len(columns), "faults": len(faults)}

    def prepare(self, names: list[str], rules: list[dict[str, str]]) -> list[Column]:
        """A column for each name; a rule for a column that is not there is a mistake."""
        if not names:
            raise ValueError("The file is empty: it has no header line")
        unknown = {rule["column"] for rule in rules}.difference(names)
        if unknown:
            raise ValueError(
                f"There are rules for {', '.join(sorted(unknown))}, "
                f"but the file has the columns {', '.join(names)}"
            )
        return [
            Column(name, {rule["rule"] for rule in rules if rule["column"] == name})
            for name in names
        ]

    def look_over(
        self, reader: csv.DictReader[str], columns: list[Column]
    ) -> tuple[int, list[tuple[int, str, str, str]]]:
        """The number of rows; and line, column, value and fault of each cell that breaks a rule."""
        rows, faults = 0, []
        for row in reader:
            rows += 1
            self.progress(rows, text="rows")
            if spare := row.get(None):  # where csv puts the cells for which there is no column
                faults.append((reader.line_num, "", ", ".join(spare), "is beyond the last column"))
            for column in columns:
                value = row[column.name].strip()
                faults += [
                    (reader.line_num, column.name, value, fault) for fault in column.take(value)
                ]
        return rows, faults

    def report(self, faults: list[tuple[int, str, str, str]]) -> None:
        """One line for each kind of fault, and each of them in a file."""
        lines: dict[tuple[str, str], list[int]] = {}
        for line, column, _, fault in faults:
            lines.setdefault((column, fault), []).append(line)
        for (column, fault), numbers in sorted(lines.items()):
            some = ", ".join(map(str, numbers[:EXAMPLES]))
            more = f" and {len(numbers) - EXAMPLES} more" if len(numbers) > EXAMPLES else ""
            about = {"grouping": "check", "object": column}
            self.logger.warning("%s (line %s%s)", fault, some, more, extra=about)
        if faults:
            headings = ("line", "column", "value", "fault")
            self.create_file("faults.csv", Listing(headings, faults[:MOST_FAULTS]).as_csv())


jobs.register_jobs(CheckData)
