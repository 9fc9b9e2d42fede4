"""Clean Up Files: says what takes the room below a folder, and removes what is old."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from listing import Listing

from jobnb import jobs

name = "Housekeeping"

DAY: Final = 86_400  # seconds


@dataclass(frozen=True)
class Found:
    path: Path
    size: int
    modified: float
    part: str  # the folder directly below the start; empty: in that itself


def walk(start: Path) -> Iterator[Found]:
    """All plain files below a folder. Neither links nor other file systems are entered."""
    device = start.stat().st_dev
    for folder, subfolders, names in os.walk(start):
        here = Path(folder)
        subfolders[:] = sorted(
            name for name in subfolders if (here / name).lstat().st_dev == device
        )
        part = "".join(here.relative_to(start).parts[:1])
        for name in sorted(names):
            path = here / name
            if path.is_file() and not path.is_symlink():
                about = path.lstat()
                yield Found(path, about.st_size, about.st_mtime, part)


def is_too_near(folder: Path) -> bool:
    """Whether this is the whole disk, a folder of the system, or a home folder."""
    shallow = len(folder.parts) <= 2  # noqa: PLR2004 - / and one name
    return shallow or folder == Path.home()


def readable(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - what a kilo is
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


class CleanUpFiles(jobs.Job):
    """Reports the sizes below a folder and removes old files: at first only as a dry run."""

    class Meta:
        name = "Clean Up Files"
        description = "Says what takes the room below a folder, and removes what is old."
        dryrun_default = True
        concurrency_key = ("folder",)
        soft_time_limit = 3600

    folder = jobs.StringVar(
        description="Full path, at least two levels deep; ~ is the home folder.", regex="^[/~]"
    )
    pattern = jobs.StringVar(
        description="What the names of the files look like: *.log removes no other files.",
        default="*",
    )
    older_than = jobs.IntegerVar(
        label="Older than", description="Days since the last change.", default=30, min_value=1
    )
    keep = jobs.IntegerVar(
        description="So many of the newest stay in each folder, however old they are.",
        default=0,
        min_value=0,
    )
    dry_run = jobs.DryRunVar(description="Report only, remove nothing.")

    @classmethod
    def clean(cls, inputs: dict[str, Any]) -> dict[str, Any]:
        if is_too_near(Path(inputs["folder"]).expanduser().resolve()):
            raise jobs.ValidationError({"folder": "name a folder further down; this is too much"})
        return inputs

    def run(
        self, *, folder: str, pattern: str, older_than: int, keep: int, dry_run: bool
    ) -> dict[str, Any]:
        start = Path(folder).expanduser().resolve()
        if not start.is_dir():
            raise NotADirectoryError(f"There is no folder {start} where the job runs")
        files = []
        for found in walk(start):
            files.append(found)
            self.progress(len(files), text="files seen")
        old = self.choose(files, pattern, time.time() - older_than * DAY, keep)
        self.report(files, old)
        gone = [] if dry_run else self.remove(old, start)
        freed = sum(found.size for found in gone)
        if dry_run:
            room = readable(sum(found.size for found in old))
            self.logger.success("Dry run: %d files, %s, would go", len(old), room)
        else:
            self.logger.success("%d files removed, %s freed", len(gone), readable(freed))
        return {"found": len(old), "removed": len(gone), "freed": freed}

    def choose(self, files: list[Found], pattern: str, before: float, keep: int) -> list[Found]:
        """Those that may go."""
        matching: dict[Path, list[Found]] = {}
        for found in files:
            if fnmatch(found.path.name, pattern):
                matching.setdefault(found.path.parent, []).append(found)
        newest_first = [
            sorted(group, key=lambda found: found.modified, reverse=True)
            for group in matching.values()
        ]
        return [
            found for group in newest_first for found in group[keep:] if found.modified < before
        ]

    def report(self, files: list[Found], old: list[Found]) -> None:
        """What takes the room, part by part: the largest first."""
        sizes: dict[str, list[int]] = {}
        going = set(old)
        for found in files:
            row = sizes.setdefault(found.part, [0, 0, 0])
            row[0] += 1
            row[1] += found.size
            row[2] += found.size if found in going else 0
        ordered = sorted(sizes.items(), key=lambda item: -item[1][1])
        rows = [(part or ".", n, readable(size), readable(go)) for part, (n, size, go) in ordered]
        self.display(Listing(("below the folder", "files", "size", "of that old"), rows))
        lines = [
            (found.path, found.size, time.strftime("%Y-%m-%d", time.gmtime(found.modified)))
            for found in old
        ]
        self.create_file("old_files.csv", Listing(("file", "bytes", "changed"), lines).as_csv())

    def remove(self, old: list[Found], start: Path) -> list[Found]:
        """Removes them; what cannot go, or was written to meanwhile, stays and is named."""
        gone = []
        for found in self.track(old, text="files removed"):
            about = {"grouping": "remove", "object": str(found.path.relative_to(start))}
            try:
                if found.path.lstat().st_mtime != found.modified:
                    self.logger.info("Stays: it was changed meanwhile", extra=about)
                    continue
                found.path.unlink()
            except OSError as error:
                self.logger.warning("Stays: %s", error.strerror, extra=about)
                continue
            gone.append(found)
        if len(gone) < len(old):
            self.fail("%d of %d files are still there", len(old) - len(gone), len(old))
        return gone


jobs.register_jobs(CleanUpFiles)
