"""A report as one HTML page that needs nothing but itself. The one door of nbconvert.

nbconvert makes the body; the page around it is our own: a tenth of the size of its own ones, light
and dark, and with a policy by which no browser runs or loads anything, whatever it contains.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from copy import deepcopy
from importlib.metadata import version
from typing import Any, Final

from nbformat import NotebookNode

from jobnb.errors import LibraryMissing
from jobnb.reports.document import FOLDED

_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_UNKNOWN: Final = "0" * 64
_META: Final = re.compile(r'<meta name="jobnb-report" content="([^"]*)">')
_STYLE: Final = """
:root { color-scheme: light dark; }
body { max-width: 960px; margin: 32px auto; padding: 0 20px; font: 15px/1.55 system-ui, sans-serif;
  color: #1f2328; background: #ffffff; }
a { color: #1d6fd1; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 8px; }
h1 a.anchor-link { display: none; }
.cell { margin: 0 0 22px; }
.prompt, .jp-InputPrompt, .jp-OutputPrompt { display: none; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: break-word;
  font: 13px/1.5 ui-monospace, monospace; }
.highlight { background: #80808018; border-radius: 6px; padding: 10px 14px; overflow: auto; }
table[border] { border: none; border-collapse: collapse; font-size: 13px; margin: 6px 0; }
table[border] th, table[border] td { border: none; border-bottom: 1px solid #80808040;
  padding: 3px 12px; text-align: right; }
.output_error pre { color: #d0342c; }
.highlight .k, .highlight .kn, .highlight .kc, .highlight .ow { color: #8250df; }
.highlight .s1, .highlight .s2, .highlight .sd, .highlight .sa { color: #2e8540; }
.highlight .c1, .highlight .ch { color: #6e7781; }
.highlight .mi, .highlight .mf { color: #b26a00; }
.highlight .nc, .highlight .nf, .highlight .fm, .highlight .nd { color: #1d6fd1; }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #11151a; }
  a { color: #6cb0ff; }
  .highlight .k, .highlight .kn, .highlight .kc, .highlight .ow { color: #c297ff; }
  .highlight .s1, .highlight .s2, .highlight .sd, .highlight .sa { color: #7ccf8a; }
  .highlight .nc, .highlight .nf, .highlight .fm, .highlight .nd { color: #6cb0ff; }
  .highlight .mi, .highlight .mf { color: #f0b45c; }
}
@media print { body { margin: 0; max-width: none; } div[style*="max-height"] {
  max-height: none !important; overflow: visible !important; } }
"""


def make_page(notebook: NotebookNode) -> bytes:
    """The page of a report.

    Raises:
        LibraryMissing: nbconvert is not installed.
    """
    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        if FOLDED in cell.metadata.get("tags", ()):
            cell.metadata["transient"] = {"remove_source": True}
    body = _convert(notebook)
    told = {**notebook.metadata.jobnb, "converter": f"nbconvert {version('nbconvert')}"}
    title = html.escape(str(notebook.metadata.title))
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{_meta({**told, 'digest': _UNKNOWN})}\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )
    page = f"{head}{body}\n</body>\n</html>\n"
    digest = hashlib.sha256(page.encode("utf-8", "backslashreplace")).hexdigest()
    return page.replace(_UNKNOWN, digest, 1).encode("utf-8", "backslashreplace")


def read_page(content: bytes) -> tuple[dict[str, Any], bool] | None:
    """What a page says of itself, and whether it is as it was written; None if it is no report."""
    text = content.decode("utf-8", "replace")
    found = _META.search(text[:1_000_000])
    if found is None:
        return None
    try:
        told = json.loads(html.unescape(found[1]))
        digest = str(told["digest"])
    except (ValueError, KeyError, TypeError):
        return None
    written = text.replace(digest, _UNKNOWN, 1).encode("utf-8", "backslashreplace")
    return told, hashlib.sha256(written).hexdigest() == digest


def _meta(told: dict[str, Any]) -> str:
    return f'<meta name="jobnb-report" content="{html.escape(json.dumps(told, sort_keys=True))}">'


def _convert(notebook: NotebookNode) -> str:
    try:
        from nbconvert import HTMLExporter
    except ImportError as error:
        raise LibraryMissing(
            "A report as a page needs nbconvert", "pip install nbconvert"
        ) from error
    exporter = HTMLExporter(
        template_name="basic",
        anchor_link_text="",
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        embed_images=False,
    )
    body: str = exporter.from_notebook_node(notebook)[0]
    return body
