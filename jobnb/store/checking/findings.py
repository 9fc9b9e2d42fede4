"""Findings: what a checkup has looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    OK = "OK"
    WARNING = "WARNING"
    """It works, but may not for long, or not for everybody."""
    PROBLEM = "PROBLEM"
    """Runs cannot work, or cannot be trusted."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, and how it is."""

    level: Level
    subject: str
    text: str
    remedy: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.level.value:<8}{self.subject}: {self.text}{remedy}"


def fine(subject: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(level=Level.OK, subject=subject, text=text)


def warning(subject: str, text: str, remedy: str = "") -> Finding:
    """Worth a look."""
    return Finding(level=Level.WARNING, subject=subject, text=text, remedy=remedy)


def problem(subject: str, text: str, remedy: str = "") -> Finding:
    """To be cured."""
    return Finding(level=Level.PROBLEM, subject=subject, text=text, remedy=remedy)
