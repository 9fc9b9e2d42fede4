"""Soils: what must be the same for two children that may come from one template."""

from __future__ import annotations

import os
import site
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from jobnb.child.forks import can_fork
from jobnb.protocol import ChildOrder


@dataclass(frozen=True)
class Soil:
    """What must be the same for two children that may come from one template."""

    folder: str
    """Where the snapshot is unpacked."""
    root: str
    environment: Mapping[str, str] = field(repr=False)
    installed: object
    """Changes when packages are installed."""

    @classmethod
    def of(cls, order: ChildOrder, environment: Mapping[str, str]) -> Soil:
        """That of a child with this order and environment, begun now."""
        return cls(order.folder, order.root, dict(environment), installed_marks())


def is_forkable(order: ChildOrder) -> bool:
    """Whether a template may be made of what a child with this order imports.

    What was typed into a cell comes with each order; what is installed may change where it lies.
    """
    return can_fork() and not order.code and not order.is_installed


def installed_marks() -> list[int]:
    """Changes when packages are installed where this Python finds them."""
    return list(map(_mark, _package_folders()))


def _mark(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - before each run
    except OSError:
        return 0


@cache
def _package_folders() -> list[str]:
    """Python takes its time to say it, and never changes its mind."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return list(dict.fromkeys(folders))
