"""Back Up Configurations: fetches what devices run, keeps it, and says what has changed since."""

from __future__ import annotations

import difflib
import re
import time
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from at_once import at_once

from jobnb import jobs

name = "Network"

SAMPLE: Final = Path(__file__).parent / "data" / "configs" / "now"
AT_ONCE: Final = 8  # devices
LARGEST: Final = 5_000_000  # bytes of a configuration
DEVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # part of paths and URLs
SECRET: Final = re.compile(r"(?i)\b(secret|password|community|key|psk)\s+\S.*")


@dataclass(frozen=True)
class Fetched:
    device: str
    text: str = ""
    problem: str = ""  # empty: the text is there


def is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def fetch(device: str, *, source: str, timeout: float) -> Fetched:
    """What a device runs now. It never raises: one device that is down stops no other."""
    try:
        if is_url(source):
            url = source.replace("{device}", device)
            with urlopen(url, timeout=timeout) as answer:  # noqa: S310 - clean() wants http
                content = answer.read(LARGEST + 1)
        else:
            content = (Path(source) / f"{device}.cfg").read_bytes()
        return Fetched(device, text=checked(content))
    except (OSError, HTTPException, ValueError) as error:
        return Fetched(device, problem=" ".join(str(error).split()) or "no answer")


def checked(content: bytes) -> str:
    """The text of a configuration; what is none must not take the place of a good backup."""
    if len(content) > LARGEST:
        raise ValueError(f"it is longer than {LARGEST} bytes")
    text = content.decode("utf-8")
    if not text.strip():
        raise ValueError("it is empty")
    if text.lstrip()[:14].lower().startswith(("<!doctype html", "<html")):
        raise ValueError("it is a web page, not a configuration")
    return text


def differences(device: str, before: str, now: str, ignored: re.Pattern[str] | None) -> str:
    """A unified diff without secrets; empty if nothing differs but what changes by itself."""
    old, new = (
        [line for line in text.splitlines() if not (ignored and ignored.search(line))]
        for text in (before, now)
    )
    lines = difflib.unified_diff(old, new, f"{device} (before)", f"{device} (now)", lineterm="")
    return "".join(SECRET.sub(r"\1 (withheld)", line) + "\n" for line in lines)


def keep(path: Path, text: str) -> None:
    """Writes a backup at one stroke; the one of before goes to the folder ``older``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)  # passwords are in there
    fresh.write_text(text, "utf-8", newline="")
    if path.exists():
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(path.stat().st_mtime))
        older = path.parent / "older" / f"{path.stem}.{stamp}.cfg"
        older.parent.mkdir(exist_ok=True)
        path.replace(older)
    fresh.replace(path)


class BackUpConfigurations(jobs.Job):
    """Keeps the configuration of each device, and gives a diff of each that has changed."""

    class Meta:
        name = "Back Up Configurations"
        description = "Keeps the configuration of each device, and a diff of what has changed."
        soft_time_limit = 1800
        concurrency_key = ("backups",)  # never two runs that write to the same folder

    source = jobs.StringVar(
        description="A URL in which {device} stands for the name, or the full path of a folder "
        "with a file <device>.cfg for each. Empty: the sample that comes with this job.",
        required=False,
        # No user, no password: inputs are kept with the result.
        regex=r"^(https?://[^\s/@?#]+/\S*\{device\}\S*|[/~].*)$",
    )
    devices = jobs.TextVar(
        description="One name a line. Empty: all that the folder has.", required=False
    )
    backups = jobs.StringVar(
        label="Folder of the backups",
        description="Full path; ~ is the home folder. It is made if it is missing.",
        default="~/jobnb-backups",
        regex="^[/~]",
    )
    ignore = jobs.StringVar(
        label="Ignored lines",
        description="A regular expression: lines in which it is found change by themselves.",
        default=r"^! (Last configuration change|NVRAM config)|^ntp clock-period",
        required=False,
    )
    timeout = jobs.IntegerVar(
        description="Seconds to wait for a device.", default=10, min_value=1, max_value=300
    )
    dry_run = jobs.DryRunVar(description="Compare, but keep nothing.")

    @classmethod
    def clean(cls, inputs: dict[str, Any]) -> dict[str, Any]:
        """Complains of what no single input can know, before anything starts."""
        strange = [name for name in inputs["devices"].split() if not DEVICE.fullmatch(name)]
        if strange:
            raise jobs.ValidationError({"devices": f"{strange[0]!r} is no name of a device"})
        if is_url(inputs["source"]) and not inputs["devices"]:
            raise jobs.ValidationError({"devices": "a URL cannot tell them: name at least one"})
        try:
            re.compile(inputs["ignore"])
        except re.error as error:
            raise jobs.ValidationError({"ignore": f"no regular expression: {error}"}) from error
        return inputs

    def run(
        self, *, source: str, devices: str, backups: str, ignore: str, timeout: int, dry_run: bool
    ) -> dict[str, list[str]]:
        if not is_url(source):
            source = str(Path(source).expanduser() if source else SAMPLE)
        names = sorted(set(devices.split())) or sorted(f.stem for f in Path(source).glob("*.cfg"))
        if not names:
            self.fail("There is nothing to back up: %s has no file <device>.cfg", source)
        found: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": [], "failed": []}
        ignored = re.compile(ignore) if ignore else None
        fetching = at_once(partial(fetch, source=source, timeout=timeout), names, AT_ONCE)
        for fetched in self.track(fetching, len(names), "devices"):
            path = Path(backups).expanduser() / f"{fetched.device}.cfg"
            outcome = self.compare(fetched, path, ignored)
            found[outcome].append(fetched.device)
            if outcome in {"new", "changed"} and not dry_run:
                keep(path, fetched.text)
        self.conclude(found, dry_run=dry_run)
        return found

    def compare(self, fetched: Fetched, path: Path, ignored: re.Pattern[str] | None) -> str:
        about = {"grouping": "compare", "object": fetched.device}
        if fetched.problem:
            self.logger.failure("Not fetched: %s", fetched.problem, extra=about)
            return "failed"
        if not path.exists():
            self.logger.info("Its first backup", extra=about)
            return "new"
        diff = differences(
            fetched.device, path.read_text("utf-8", "replace"), fetched.text, ignored
        )
        if not diff:
            self.logger.info("As before", extra=about)
            return "unchanged"
        lines = diff.splitlines()[2:]
        added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
        self.logger.warning("Changed: %d lines more, %d less", added, removed, extra=about)
        self.create_file(f"{fetched.device}.diff", diff)
        return "changed"

    def conclude(self, found: dict[str, list[str]], *, dry_run: bool) -> None:
        counts = ", ".join(f"{len(devices)} {outcome}" for outcome, devices in found.items())
        self.logger.success("%s%s", counts, "; dry run: nothing was kept" if dry_run else "")
        if found["failed"]:
            self.fail("No configuration from %s", ", ".join(found["failed"]))


jobs.register_jobs(BackUpConfigurations)
