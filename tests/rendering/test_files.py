from __future__ import annotations

import base64
import re

import pytest

from jobnb.rendering.files import ALL_CARRIED, MOST_FILES, FilePreview, preview_html, render_files

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def preview(name, head, size=None):
    return FilePreview(name=name, size=len(head) if size is None else size, head=head)


def test_a_csv_file_is_a_table_of_its_first_rows_and_columns():
    wide = ",".join(map(str, range(20)))
    page = preview_html(preview("a.csv", "\n".join([wide] * 50).encode()))

    assert page.count("<tr") == 21
    assert page.count("<th") - page.count("<thead") == 13
    assert "more rows" in page


@pytest.mark.parametrize(("name", "text"), [("a.csv", "a;b\n1;2"), ("a.tsv", "a\tb\n1\t2")])
def test_other_separators_are_understood(name, text):
    assert preview_html(preview(name, text.encode())).count("<td") == 2


def test_json_is_indented_and_text_is_as_it_is():
    assert "{\n  &quot;a&quot;: 1\n}" in preview_html(preview("a.json", b'{"a":1}'))
    assert "{not json" in preview_html(preview("a.json", b"{not json"))
    assert "Größe" in preview_html(preview("a.txt", "Größe".encode()))


def test_an_image_is_known_by_its_content():
    page = preview_html(preview("a.txt", PNG))

    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in page


@pytest.mark.parametrize(
    "file",
    [
        preview("a.bin", bytes(range(256))),
        preview("a.png", PNG, size=10_000_000),
        preview("a.txt", b"abc\xff\xfe\0"),
    ],
)
def test_what_cannot_be_shown_has_no_preview(file):
    assert preview_html(file) == ""


def test_a_letter_that_was_cut_in_two_is_left_out():
    assert "Gr</pre>" not in preview_html(preview("a.txt", b"Gr" + "ö".encode()[:1], 99))
    assert "Gr\n…" in preview_html(preview("a.txt", b"Gr" + "ö".encode()[:1], 99))


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.csv", "a.json", "a.txt", "<script>.txt"])
def test_nothing_in_a_file_acts(name):
    hostile = b"<script>alert(1)</script><svg onload=alert(2)>\x1b[31m,\xe2\x80\xae"
    page = render_files([preview(name, hostile)], 1)["text/html"]

    assert not re.search(r"<script|<svg|[\x1b\u202e]", page)


def test_small_files_can_be_downloaded_from_the_page():
    page = render_files([preview('a"b.csv', b"1,2")], 1)["text/html"]

    assert 'download="a&quot;b.csv"' in page
    assert base64.b64encode(b"1,2").decode() in page


def test_a_page_carries_no_more_than_it_should():
    files = [preview(f"{number}.bin", b"\xff\0" * 40_000) for number in range(50)]

    assert len(render_files(files, 50)["text/html"]) < 1.5 * ALL_CARRIED


def test_thousands_of_files_are_counted():
    files = [preview(f"{number}.txt", b"") for number in range(MOST_FILES + 7)]

    for text in render_files(files, len(files)).values():
        assert "… 7 more" in text
