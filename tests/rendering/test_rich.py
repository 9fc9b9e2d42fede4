"""What a job shows, made harmless."""

from __future__ import annotations

import re

import pytest

from jobnb.rendering.rich import rich_html, safe_bundle, safe_html

HARM = re.compile(
    r"<script|<iframe|<svg|<form|<input|<style|\son\w+=|javascript:|url\(", re.IGNORECASE
)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" &#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        "<style>* { background: url(http://evil) }</style>",
        '<div style="background:url(http://evil)">x</div>',
        '<div style="position:fixed;top:0">x</div>',
        '<div style="background:u\\72l(http://evil)">x</div>',
        '<form action="http://evil"><input name=x></form>',
        '<img src="http://evil/pixel.png">',
        '<img src="data:text/html;base64,PHNjcmlwdD4=">',
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<base href="http://evil"><link rel=stylesheet href="http://evil/x.css">',
        '<meta http-equiv="refresh" content="0;url=http://evil">',
    ],
)
def test_nothing_in_html_of_a_job_acts_or_loads_anything(text):
    for bundle in ({"text/html": text}, {"text/markdown": text}):
        clean = rich_html(bundle)

        visible_text = re.sub(r">[^<]*<", "><", f">{clean}<")  # what is only text is harmless
        assert not HARM.search(visible_text)
        assert "evil" not in visible_text
        assert "position" not in visible_text


def test_a_table_stays_a_table():
    text = (
        '<table border="1"><tr><th style="text-align:right">a</th><td>&lt;x&gt;</td></tr></table>'
    )

    clean = safe_html(text)
    assert re.search(r'<table border="1">.*<th style="text-align:right">a</th>', clean)
    assert "&lt;x&gt;" in clean


def test_a_picture_within_html_stays():
    text = '<img src="data:image/png;base64,aGk=" alt="x">'

    assert safe_html(text) == text


def test_markdown_becomes_html():
    assert "<h1>Title</h1>" in rich_html({"text/markdown": "# Title\n\n- a\n"})


def test_an_image_is_drawn_and_one_that_is_none_is_not():
    assert '<img src="data:image/png;base64,aGk="' in rich_html({"image/png": "aGk=\n"})
    broken = {"image/png": '"><script>', "text/plain": "a figure"}
    assert rich_html(broken) == rich_html({"text/plain": "a figure"})


def test_a_drawing_is_shown_as_an_image_which_runs_nothing():
    clean = rich_html({"image/svg+xml": "<svg><script>alert(1)</script></svg>"})

    assert clean.startswith('<img src="data:image/svg+xml;base64,')
    assert "script" not in clean


def test_the_best_part_is_shown():
    bundle = {"text/plain": "plain", "image/png": "aGk=", "text/html": "<b>best</b>"}

    assert rich_html(bundle) == "<b>best</b>"
    assert rich_html({"text/plain": "<i>"}).endswith("&lt;i&gt;</pre>")
    assert rich_html({"text/plain": "p", "application/json": "[1]"}).endswith("[1]</pre>")


def test_what_turns_text_around_or_acts_on_a_terminal_is_shown_as_its_code():
    hostile = "a\u202eb\x07\x1b[31m"

    assert safe_html(hostile) == "a\\u202eb\\x07"
    assert safe_bundle({"text/plain": hostile})["text/plain"] == "a\\u202eb\\x07"
    assert hostile[1] not in rich_html({"text/markdown": hostile})


def test_an_image_that_is_elsewhere_leaves_its_text_and_no_torn_page():
    shown = safe_html('a<img src="https://x/y.png" alt="a > b" width="3">b<img src=x onerror="1">c')

    assert shown == "aa &gt; bbc"
