"""Rich outputs of a job made harmless: whoever looks at one runs nothing and loads nothing.

The one door of nh3, which takes out of HTML whatever acts, and of mistune, which reads Markdown.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import nh3

from jobnb.protocol import MEDIA_TYPES, is_binary
from jobnb.rendering.text import LONGEST_TEXT, escape, excerpt, visible

_TAGS: Final = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup"),
    *("dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2"),
    *("h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "meter", "ol", "p"),
    *("pre", "progress", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var"),
}
_STYLES: Final = {
    *("background", "background-color", "border", "border-bottom", "border-collapse"),
    *("border-color", "border-left", "border-radius", "border-right", "border-top", "color"),
    *("display", "font-family", "font-size", "font-style", "font-weight", "height", "line-height"),
    *("margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height"),
    *("max-width", "min-width", "opacity", "overflow", "overflow-x", "padding", "padding-bottom"),
    *("padding-left", "padding-right", "padding-top", "text-align", "text-decoration"),
    *("vertical-align", "white-space", "width"),
}
_ANY: Final = {"style", "title", "align", "valign", "dir", "lang"}
_ATTRIBUTES: Final = {
    "*": _ANY,
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "table": {"border"},
    "font": {"color", "size"},
    "ol": {"start"},
    "details": {"open"},
    "progress": {"value", "max"},
    "meter": {"value", "min", "max", "low", "high", "optimum"},
    "time": {"datetime"},
}
_PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*")
_IMAGE: Final = re.compile(r'<img((?: [\w-]+="[^"]*")*)>')
_ALT: Final = re.compile(r' alt="([^"]*)"')
_CALLS: Final = re.compile(r"url\s*\(|expression\s*\(|\\", re.IGNORECASE)
"""In a style: what loads something, or hides that it does."""
_FIXED: Final = re.compile(r"\b(?:position|z-index)\b", re.IGNORECASE)

_PICTURE_STYLE: Final = "max-width:100%;height:auto;background:#ffffff"
_PLAIN_STYLE: Final = "margin:0;white-space:pre-wrap;overflow-wrap:break-word"


def safe_html(text: str) -> str:
    """HTML without scripts, forms, style sheets, frames, and without anything from elsewhere."""
    clean = nh3.clean(
        text,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "svg"},
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    # What turns the direction of text, or acts on a terminal, is shown as its code.
    return visible(_IMAGE.sub(_if_loaded, clean), limit=None)


def rich_html(bundle: Mapping[str, str]) -> str:
    """The best part of a bundle as harmless HTML; plain text if it has nothing else."""
    for media_type in MEDIA_TYPES:
        if media_type in bundle and (shown := _shown(media_type, bundle[media_type])):
            return shown
    return _plain(bundle.get("text/plain", ""))


def safe_bundle(bundle: Mapping[str, str]) -> dict[str, str]:
    """A bundle that may be displayed in any notebook: ``text/html`` and ``text/plain``."""
    return {
        "text/html": rich_html(bundle),
        "text/plain": visible(excerpt(bundle.get("text/plain", ""))),
    }


def picture_of(media_type: str, content: str) -> str:
    """An image of a bundle as an element; empty if it is none.

    What is drawn in an ``img`` element runs no script, and loads nothing, also if it is SVG.
    """
    if media_type == "image/svg+xml":
        content = base64.b64encode(content.encode("utf-8", "replace")).decode("ascii")
    elif not _BASE64.fullmatch(content):
        return ""
    source = f"data:{media_type};base64,{''.join(content.split())}"
    return f'<img src="{source}" alt="{media_type}" style="{_PICTURE_STYLE}">'


def _shown(media_type: str, content: str) -> str:
    if media_type == "text/html":
        return safe_html(content)
    if media_type == "text/markdown":
        return safe_html(str(_markdown()(content)))
    if is_binary(media_type) or media_type == "image/svg+xml":
        return picture_of(media_type, content)
    return _plain(content)


@cache
def _markdown() -> Callable[[str], Any]:
    import mistune  # takes 10 ms, and most runs show no Markdown

    return mistune.create_markdown(
        escape=True, plugins=["table", "strikethrough", "task_lists", "url"]
    )


def _plain(text: str) -> str:
    return f'<pre style="{_PLAIN_STYLE}">{escape(excerpt(text), LONGEST_TEXT)}</pre>'


def _if_loaded(image: re.Match[str]) -> str:
    """An image; its text in the place of one that is elsewhere, and would be a torn page."""
    if ' src="' in image[1]:
        return image[0]
    alternative = _ALT.search(image[1])
    return alternative[1] if alternative else ""


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    """The value that an attribute may have; None if it may not be there."""
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    if attribute == "href" and html.unescape(value).strip().lower().startswith("data:"):
        return None
    if attribute == "style" and (_CALLS.search(value) or _FIXED.search(value)):
        return None
    del tag
    return value
