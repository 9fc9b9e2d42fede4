"""Loads an example job as a child does."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

JOBS_ROOT = Path(__file__).parents[2] / "jobs"


def load(name: str) -> ModuleType:
    """The module of a file in the jobs folder, under the name that it has in a child."""
    spec = importlib.util.spec_from_file_location(name, JOBS_ROOT / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
