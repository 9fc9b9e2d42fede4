from __future__ import annotations

import base64
import gzip
import re

import pytest

from jobnb.notebook.packing import joined, packed

MODULES = {"form.js": "render", "runpanel.js": "render, settle"}


@pytest.mark.parametrize("file", MODULES)
def test_a_widget_imports_nothing_and_exports_one_thing(file):
    source, what = joined(file), MODULES[file]

    assert not re.search(r"^import\b", source, re.MULTILINE)
    assert re.findall(r"^export .*", source, re.MULTILINE) == [f"export default inPlaces({what});"]


@pytest.mark.parametrize("file", MODULES)
def test_no_name_is_defined_twice(file):
    defined = r"^(?:const|let|class|(?:async )?function) (\w+)"
    names = re.findall(defined, joined(file), re.MULTILINE)

    assert len(names) == len(set(names))


def test_a_module_comes_before_those_that_import_it():
    source = joined("form.js")
    places = [source.index(f"{word}(") for word in ("function make", "function search")]

    assert [*places, source.index("const controls =")] == sorted(
        [*places, source.index("const controls =")]
    )


def test_what_is_packed_is_what_is_unpacked():
    [inside] = re.findall(r'atob\("([^"]+)"\)', packed("form.js"))

    assert gzip.decompress(base64.b64decode(inside)).decode() == joined("form.js")
