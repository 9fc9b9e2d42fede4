"""Showing: an object as everything that may be looked at of it, by its own ``_repr_*_`` methods."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from jobnb.authoring.joblog import safe_text
from jobnb.errors import SoftTimeLimitExceeded
from jobnb.protocol import MEDIA_TYPES, is_binary, size_of

LONGEST_TEXT: Final = 64 * 1024
"""Characters of the plain text of an object, and of its Markdown."""

_METHODS: Final = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "image/svg+xml": "_repr_svg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
}
_PLOTTERS: Final = ("matplotlib", "seaborn")


def bundle_of(shown: Any, limit: int) -> dict[str, str]:
    """What can be seen of an object: media type to content, with ``text/plain`` for sure.

    Whatever its own methods raise makes only their part be missing.

    Args:
        shown: Any object; text is shown as it is.
        limit: Bytes that all parts may have together. Text is cut; a part of another kind that is
            too long is left out, and the plain text says so.
    """
    if isinstance(shown, str):
        return {"text/plain": _cut(shown, limit)}
    parts = dict(_parts(shown))
    plain = _cut(parts.pop("text/plain", "") or _repr(shown), min(limit, LONGEST_TEXT))
    room, bundle, notes = limit - len(plain), {}, []
    for media_type in MEDIA_TYPES:
        content = parts.get(media_type, "")
        if media_type == "text/markdown":
            content = _cut(content, LONGEST_TEXT)
        if len(content) > room:
            notes.append(
                f"… {media_type} of {len(content):,} bytes was left out: a rich output may have "
                f"{size_of(limit)} (display_limit)."
            )
        elif content:
            bundle[media_type] = content
            room -= len(content)
    return {**bundle, "text/plain": "\n".join([plain, *notes])}


def type_name(shown: Any) -> str:
    """The type of an object, as people call it: ``DataFrame``."""
    return type(shown).__qualname__


def _parts(shown: Any) -> Iterator[tuple[str, str]]:
    """What its own methods give, in any order."""
    figure = _figure(shown)
    if figure is not None:
        yield from _as_text("image/png", _attempt(lambda: _png(figure)))
        return
    if isinstance(shown, type):
        return  # its methods want an instance
    given = _attempt(lambda: shown._repr_mimebundle_(include=None, exclude=None))
    if isinstance(given, tuple):  # with metadata
        given = given[0] if given else None
    if isinstance(given, dict):
        for media_type, content in given.items():
            yield from _as_text(media_type, content)
        return
    for media_type, method in _METHODS.items():
        yield from _as_text(media_type, _attempt(getattr(shown, method, lambda: None)))


def _as_text(media_type: Any, content: Any) -> Iterator[tuple[str, str]]:
    """The content as Jupyter writes it; nothing of kinds that nobody here can show."""
    if isinstance(content, tuple) and content:  # with metadata
        content = content[0]
    if content is None or media_type not in MEDIA_TYPES:
        return
    if isinstance(content, bytes) and is_binary(media_type):
        import base64  # here, as each fork would take it along, and few show pictures

        yield media_type, base64.b64encode(content).decode("ascii")
    elif isinstance(content, str):
        yield media_type, content
    elif media_type == "application/json":
        text = _attempt(lambda: json.dumps(content, indent=1))
        if text is not None:
            yield media_type, text


def _figure(shown: Any) -> Any:
    """The matplotlib figure that an object is, or belongs to; None if it has none."""
    if type(shown).__module__.partition(".")[0] not in _PLOTTERS:
        return None
    figure = shown if hasattr(shown, "savefig") else getattr(shown, "figure", None)
    return figure if hasattr(figure, "savefig") else None


def _png(figure: Any) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", bbox_inches="tight")
    return target.getvalue()


def _attempt(method: Callable[[], Any]) -> Any:
    """What a method of the object gives; None if it has none, or if that fails."""
    try:
        return method()
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # noqa: BLE001 - the object may be the job's own
        return None


def _repr(shown: Any) -> str:
    try:
        return repr(shown)
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # noqa: BLE001 - the object may be the job's own
        return safe_text(shown)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… ({len(text) - limit:,} more characters)"
