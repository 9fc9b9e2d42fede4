"""Import Devices: a CSV inventory becomes rows of a database; what is refused is handed back."""

from __future__ import annotations

import csv
import io
import ipaddress
import platform
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, ForeignKey, NullPool, create_engine, inspect, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from jobnb import jobs

name = "Data"

SAMPLE: Final = Path(__file__).parent / "data" / "inventory.csv"
BATCH: Final = 500  # rows per transaction
EXAMPLES: Final = 3  # lines that the log names for each kind of fault

ROLES: Final = {"access-point", "console-server", "firewall", "router", "server", "switch"}
STATUSES: Final = {"active", "decommissioning", "failed", "offline", "planned", "staged"}


class Base(DeclarativeBase):
    pass


class Site(Base):
    __tablename__ = "inventory_site"

    code: Mapped[str] = mapped_column(primary_key=True)


class Device(Base):
    __tablename__ = "inventory_device"

    hostname: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey(Site.code), index=True)
    role: Mapped[str]
    address: Mapped[str]
    status: Mapped[str]


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


# Column by column: what fits, and what is said of a value that does not.
RULES: Final[dict[str, tuple[Callable[[str], object], str]]] = {
    "hostname": (re.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?").fullmatch, "no DNS label"),
    "site": (re.compile("[a-z]{3}[0-9]{2}").fullmatch, "no site code such as fra01"),
    "role": (ROLES.__contains__, "no known role"),
    "address": (is_address, "no IP address"),
    "status": (STATUSES.__contains__, "no known status"),
}
COLUMNS: Final = tuple(RULES)
UNIQUE: Final = ("hostname", "address")
SPARE: Final = "spare cells"


@dataclass(frozen=True)
class Rejected:
    line: int
    reason: str
    row: dict[str, str]


def full_path(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        # A run starts in an empty folder of its own, which goes when it ends.
        raise ValueError(f"{text!r} is no full path; begin it with / or ~")
    return path


def read_text(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"No file {path} on {platform.node()}, where the job runs")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: not UTF-8; save the file as 'CSV UTF-8'") from error
    if not text.strip():
        raise ValueError(f"{path} is empty")
    return text


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the number of the line on which it ends."""
    lines = io.StringIO(read_text(path), newline="")
    reader = csv.DictReader(lines, restval="", strict=True)
    try:
        header = reader.fieldnames or []
        if missing := [column for column in COLUMNS if column not in header]:
            raise ValueError(
                f"{path} has no column {', '.join(missing)}; its columns are: {', '.join(header)}"
            )
        for raw in reader:
            row = {column: raw[column].strip() for column in COLUMNS}
            if None in raw:  # where csv puts the cells for which there is no column
                row[SPARE] = ", ".join(raw[None])
            yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"{path}, after line {reader.line_num}: {error}") from error


def fault_in(row: dict[str, str]) -> str | None:
    """Why a row is refused by itself; None if nothing is wrong with it."""
    if SPARE in row:
        return "more cells than columns"
    for column, (fits, complaint) in RULES.items():
        if not row[column]:
            return f"{column} is missing"
        if not fits(row[column]):
            return f"{column} is {complaint}"
    return None


def sort_out(
    rows: Iterable[tuple[int, dict[str, str]]],
) -> tuple[list[dict[str, str]], list[Rejected]]:
    """The rows to import, and those that are refused; of two that collide the first counts."""
    accepted: list[dict[str, str]] = []
    rejected: list[Rejected] = []
    taken: set[tuple[str, str]] = set()
    for line, row in rows:
        reason = fault_in(row)
        if reason is None:
            row["address"] = str(ipaddress.ip_address(row["address"]))  # one spelling for IPv6
            repeated = [column for column in UNIQUE if (column, row[column]) in taken]
            reason = f"{repeated[0]} is in an earlier row" if repeated else None
        if reason is not None:
            rejected.append(Rejected(line, reason, row))
            continue
        taken.update((column, row[column]) for column in UNIQUE)
        accepted.append(row)
    return accepted, rejected


def as_csv(rejected: Iterable[Rejected]) -> str:
    """A file that can be corrected and imported again: what is not a column there is ignored."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["line", "reason", *COLUMNS, SPARE], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"line": item.line, "reason": item.reason, **item.row} for item in rejected)
    return text.getvalue()


def open_engine(database: str) -> Engine:
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(full_path(url.database or "")))
    return create_engine(url, poolclass=NullPool)


def has_tables(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return False  # asking SQLite would create the file
    return inspect(engine).has_table(Device.__tablename__)


def add_missing_sites(session: Session, codes: set[str]) -> None:
    known = session.scalars(select(Site.code).where(Site.code.in_(codes)))
    session.add_all(Site(code=code) for code in codes.difference(known))
    session.flush()  # before the devices that refer to them


def store(session: Session, rows: list[dict[str, str]]) -> Counter[str]:
    """Makes the tables say what the rows say, and counts what that took."""
    add_missing_sites(session, {row["site"] for row in rows})
    hostnames = [row["hostname"] for row in rows]
    found = session.scalars(select(Device).where(Device.hostname.in_(hostnames)))
    known = {device.hostname: device for device in found}
    counts: Counter[str] = Counter()
    for row in rows:
        device = known.get(row["hostname"])
        if device is None:
            session.add(Device(**row))
            counts["created"] += 1
            continue
        for column, value in row.items():
            setattr(device, column, value)
        counts["updated" if session.is_modified(device) else "unchanged"] += 1
    session.flush()
    return counts


def in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


class ImportDevices(jobs.Job):
    """Brings a CSV inventory into a database, and gives back the rows it had to refuse."""

    class Meta:
        name = "Import Devices"

    inventory = jobs.StringVar(
        label="Inventory file",
        description=f"Full path of a CSV file with the columns {', '.join(COLUMNS)}; ~ is the "
        "home folder. Empty: the sample that comes with this job.",
        required=False,
    )
    database = jobs.StringVar(
        label="Database URL",
        # Inputs are kept with the result: a URL with a password is refused before that.
        regex=r"^[a-z0-9_+]+://(?![^/:]*:[^@]*@)",
        description="As SQLAlchemy writes it, but without a password: that belongs into the "
        "database's own place for it, such as ~/.pgpass. Missing tables are created.",
        default="sqlite:///~/jobnb-devices.sqlite3",
    )
    max_rejected = jobs.IntegerVar(
        description="With more bad rows than this, nothing is imported.", default=100, min_value=0
    )
    dry_run = jobs.DryRunVar(description="Do everything, but change nothing.")

    def run(
        self, *, inventory: str, database: str, max_rejected: int, dry_run: bool
    ) -> dict[str, int]:
        path = full_path(inventory) if inventory else SAMPLE
        accepted, rejected = sort_out(read_rows(path))
        self.logger.info("%d rows are fine", len(accepted), extra={"object": path.name})
        self.report_rejected(rejected)
        summary = {"created": 0, "updated": 0, "unchanged": 0, "rejected": len(rejected)}
        if len(rejected) > max_rejected:
            self.fail("Nothing was imported: %d bad rows, %d allowed", len(rejected), max_rejected)
            return summary
        counts = self.import_rows(accepted, open_engine(database), dry_run=dry_run)
        return {**summary, **counts}

    def report_rejected(self, rejected: list[Rejected]) -> None:
        """One line for each kind of fault, and all rows in a file."""
        if not rejected:
            return
        lines: dict[str, list[int]] = {}
        for item in rejected:
            lines.setdefault(item.reason, []).append(item.line)
        for reason, numbers in sorted(lines.items()):
            some = ", ".join(map(str, numbers[:EXAMPLES]))
            more = ", ..." if len(numbers) > EXAMPLES else ""
            self.logger.warning("%d rejected: %s (line %s%s)", len(numbers), reason, some, more)
        self.create_file("rejected.csv", as_csv(rejected))

    def import_rows(
        self, rows: list[dict[str, str]], engine: Engine, *, dry_run: bool
    ) -> Counter[str]:
        if dry_run and not has_tables(engine):
            self.logger.info("There are no tables yet, so all devices would be new")
            return Counter(created=len(rows))
        if not dry_run:
            Base.metadata.create_all(engine)
        counts: Counter[str] = Counter()
        with Session(engine) as session:
            for start in range(0, len(rows), BATCH):
                counts += store(session, rows[start : start + BATCH])
                if dry_run:
                    session.rollback()
                else:
                    session.commit()
                done = min(start + BATCH, len(rows))
                self.progress(done, len(rows), "rows")
                self.logger.info("%d of %d rows: %s", done, len(rows), in_words(counts))
        self.conclude(counts, dry_run=dry_run)
        return counts

    def conclude(self, counts: Counter[str], *, dry_run: bool) -> None:
        if dry_run:
            self.logger.success("Dry run: everything was rolled back")
        elif counts["created"] + counts["updated"] == 0:
            self.logger.success("Nothing to do: the database says so already")
        else:
            self.logger.success("The database is up to date")


jobs.register_jobs(ImportDevices)
