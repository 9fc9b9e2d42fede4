"""The front end's code and styles, as they travel with each widget."""

from __future__ import annotations

import base64
import gzip
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


def packed(file: str) -> str:
    """A module that unpacks the real one: with every widget travels a third of its source."""
    packed = gzip.compress((_ROOM / file).read_bytes(), mtime=0)
    return _LOADER.format(packed=base64.b64encode(packed).decode("ascii"))


def style(file: str) -> str:
    """A style sheet."""
    return (_ROOM / file).read_text("utf-8")
