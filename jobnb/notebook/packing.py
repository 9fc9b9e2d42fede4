"""The front end's code and styles, as they travel with each widget."""

from __future__ import annotations

import base64
import gzip
import re
from pathlib import Path
from typing import Final

_ROOM: Final = Path(__file__).parent

_LOADER: Final = """
const packed = Uint8Array.from(atob("{packed}"), (letter) => letter.charCodeAt(0));
const source = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
const text = await new Response(source).text();
const url = URL.createObjectURL(new Blob([text], {{ type: "text/javascript" }}));
export default (await import(url)).default;
URL.revokeObjectURL(url);
"""
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *// .*\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?!default\b)", re.MULTILINE)


def packed(file: str) -> str:
    """A module that unpacks the real one: with every widget travels a third of its source."""
    packed = gzip.compress(joined(file).encode(), mtime=0)
    return _LOADER.format(packed=base64.b64encode(packed).decode("ascii"))


def joined(file: str) -> str:
    """A module with all that it imports in front of it, as one: a widget has no files beside it.

    So no two of them may define the same name. Comments stay behind.
    """
    return "".join(_module(name) for name in _order(file, ()))


def style(file: str) -> str:
    """A style sheet."""
    return (_ROOM / file).read_text("utf-8")


def _order(file: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """Modules that are imported, each once, before those that import them."""
    for name in _IMPORT.findall(_source(file)):
        if name not in before:
            before = _order(name, before)
    return (*before, file)


def _module(file: str) -> str:
    return _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", _source(file))))


def _source(file: str) -> str:
    return (_ROOM / file).read_text("utf-8")
