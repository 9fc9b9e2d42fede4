"""Input files: what stands for an uploaded file among the inputs of a run, and its name."""

from __future__ import annotations

import re
from typing import Any, Final

UNNAMED: Final = "file"
"""Name of a file that has none, or only one that no file can have."""
LONGEST_NAME: Final = 200
"""Bytes of a file's name in UTF-8; file systems take 255, and some tools add a suffix."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def file_value(name: str, digest: str, size: int) -> dict[str, Any]:
    """The JSON value of an input that is a file.

    Args:
        name: As ``safe_file_name()`` gives it.
        digest: SHA-256 of the content, hexadecimal.
        size: Bytes.
    """
    return {"file": name, "digest": digest, "size": size}


def is_file_value(value: object) -> bool:
    """Whether it is what ``file_value()`` gives."""
    match value:
        case {"file": str(name), "digest": str(digest), "size": int(size), **more}:
            has_name = name == safe_file_name(name)
            is_size = not isinstance(size, bool) and size >= 0
            return not more and has_name and is_size and bool(_DIGEST.fullmatch(digest))
    return False


def safe_file_name(name: str) -> str:
    r"""The last part of a path, as a name that every file system and every list can show.

    What is behind the last ``/`` or ``\`` counts; control characters, and those that turn the
    direction of writing or cannot be encoded, become ``_``. A name that is too long loses the end
    of its stem.
    """
    import unicodedata  # here, as no run needs its library

    last = re.split(r"[/\\]", name)[-1]
    shown = "".join("_" if unicodedata.category(sign) in _UNSEEN else sign for sign in last)
    stem, dot, suffix = shown.rpartition(".")
    rest = len(shown.encode()) - LONGEST_NAME
    if rest > 0:
        encoded = (stem or suffix).encode()
        kept = encoded[: max(1, len(encoded) - rest)].decode("utf-8", "ignore")
        shown = f"{kept}{dot}{suffix}" if stem else kept
        shown = shown if len(shown.encode()) <= LONGEST_NAME else kept
    return UNNAMED if shown in {"", ".", ".."} else shown


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
