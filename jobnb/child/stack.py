"""Which part of a stack is Python's and our own way to an import, and so tells nobody anything."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import Final

_MACHINERY: Final = (
    "<frozen importlib",
    f"{Path(importlib.__file__).parent}{os.sep}",
    f"{Path(__file__).parents[1]}{os.sep}",
)
_FILE: Final = re.compile(r'^\s*File "([^"]+)"')


def is_machinery(filename: str) -> bool:
    """Whether a frame with this file name only leads to the author's code."""
    return filename.startswith(_MACHINERY)


def without_machinery(native_stack: str) -> str:
    """The text without the lines for such frames, as ``faulthandler`` writes them."""
    lines = native_stack.splitlines()
    files = [_FILE.match(line) for line in lines]
    return "\n".join(
        line
        for line, file in zip(lines, files, strict=True)
        if file is None or not is_machinery(file[1])
    )
