"""A report of a real run: run again by papermill, and what a kernel shows of the history."""

from __future__ import annotations

import nbformat
import papermill
import pytest

from tests.kernel.conftest import bundles

pytestmark = pytest.mark.kernel


def test_papermill_runs_a_report_again_with_other_parameters(kernel, monkeypatch):
    kernel.run('%load_ext jobnb\nresult = jobnb.run("Hello World", who="x")')
    kernel.run("%job report {result.id} hello.ipynb")
    monkeypatch.chdir(kernel.root)
    before = nbformat.read("hello.ipynb", as_version=4)
    papermill.execute_notebook(
        "hello.ipynb", "again.ipynb", {"who": "Grace"}, progress_bar=False, kernel_name="python3"
    )
    after = nbformat.read("again.ipynb", as_version=4)

    assert before.cells[1].source == 'who = "x"\nseconds = 0'
    assert "Hello, Grace!" in bundles(after.cells[-1])[-1]["text/plain"]
    assert [cell.metadata.jobnb.role for cell in after.cells if "jobnb" in cell.metadata] == [
        cell.metadata.jobnb.role for cell in before.cells
    ]


def test_runs_are_found_compared_reported_and_verified_by_the_magic(kernel):
    codes = [
        '%job results "Hello World" -i who=x --since 1h --text "hello, X"',
        "%job compare {a.id} {b.id}",
        "%job files {a.id}",
        "%job report {a.id} magic.html",
        "%job verify magic.html",
    ]
    kernel.run(
        """
        %load_ext jobnb
        a = jobnb.run("Hello World", who="x"); b = jobnb.run("Hello World", who="y")
        """
    )
    shown = [bundles(kernel.run(code))[-1]["text/plain"] for code in codes]

    assert "Hello, x!" in shown[0]
    assert '"y"' in shown[1]
    assert shown[2] == "No files."
    assert "magic.html" in shown[3]
    assert "is what the database holds" in shown[4]
    wrong = kernel.run("%job report {a.id}")
    assert "Write it as: %job report ID disk.ipynb" in str(wrong.outputs)


def test_a_real_run_notes_where_it_worked(kernel):
    kernel.run("import ipykernel, platform")
    kernel.run('result = jobnb.run("Hello World"); result.report("real.ipynb");')
    cell = kernel.run(
        'text = open("real.ipynb").read(); '
        'print(platform.python_version() in text, f"ipykernel=={ipykernel.__version__}" in text)'
    )

    assert cell.outputs[0].text == "True True\n"
