"""The notebooks as they are saved: good to read without a kernel."""

from __future__ import annotations

import json
import re

import nbformat
import pytest

from tests.kernel.save_notebooks import NOTEBOOKS, ROOT

LARGEST = 100_000
"""Bytes."""

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@each
def test_it_is_valid_and_small(path):
    nbformat.validate(nbformat.read(path, as_version=4))

    assert path.stat().st_size < LARGEST


@each
def test_every_cell_has_run_once_from_top_to_bottom(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@each
def test_its_outputs_need_no_kernel_and_tell_no_secrets_of_the_machine(path):
    outputs = json.dumps(
        [cell.get("outputs", []) for cell in nbformat.read(path, as_version=4).cells]
    )

    assert "widget-view" not in outputs
    assert str(ROOT) not in outputs
    assert '"output_type": "error"' not in outputs


@each
def test_its_links_lead_somewhere(path):
    texts = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    links = re.findall(r"\]\(([^)#:]+)\)", "\n".join(texts))

    assert [link for link in links if not (path.parent / link).exists()] == []
