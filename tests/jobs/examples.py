"""Loads an example job as a child does."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

JOBS_ROOT = Path(__file__).parents[2] / "jobs"


def load(name: str) -> ModuleType:
    """The module of a file or package in the jobs folder, under the name it has in a child."""
    package = JOBS_ROOT / name / "__init__.py"
    file = package if package.exists() else JOBS_ROOT / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
