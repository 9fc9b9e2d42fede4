from __future__ import annotations

from jobnb.rendering.source import MOST_LINES, highlighted, render_diff, render_source


def test_python_is_shown_in_colour_and_nothing_in_it_acts_on_the_page():
    page = render_source("a.A", 'def f():\n    """<b>x</b>"""\n    return "\x1b[2J"', "")[
        "text/html"
    ]

    assert '<span style="color:#b0569f">def</span>' in page
    assert "<b>x</b>" not in page
    assert "\x1b" not in page


def test_each_line_of_a_text_of_many_lines_is_closed():
    lines = highlighted('x = """one\ntwo"""\n\ny')

    assert len(lines) == 4
    assert all(line.count("<span") == line.count("</span>") for line in lines)


def test_a_long_file_is_cut_and_says_so():
    bundle = render_source("a.A", "x = 1\n" * (MOST_LINES + 3), "")

    for text in bundle.values():
        assert "… 3 more lines" in text


def test_a_difference_is_coloured_by_line():
    lines = ["--- a", "+++ b", "@@ -1 +1 @@", "-<old>", "+new", " same"]
    bundle = render_diff("From a to b", lines)

    assert '<span style="color:#d0342c">-&lt;old&gt;</span>' in bundle["text/html"]
    assert '<span style="color:#2e8540">+new</span>' in bundle["text/html"]
    assert "<b>--- a</b>" in bundle["text/html"]
    assert "-<old>" in bundle["text/plain"]


def test_no_difference_is_said():
    assert "No difference." in render_diff("From a to b", [])["text/plain"]
