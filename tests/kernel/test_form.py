"""Forms in a real kernel that no browser looks at, as nbclient and papermill have it."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import bundles

pytestmark = pytest.mark.kernel


def test_a_form_in_a_saved_notebook_says_what_to_do(notebook):
    [_, cell] = notebook.run("import jobnb", 'jobnb.form("Hello World", who="x")').cells
    form, slot = bundles(cell)

    assert "run this cell in JupyterLab" in form["text/plain"]
    assert "jobnb.run(" in form["text/html"]
    assert slot["text/html"] == ""


def test_a_form_is_filled_in_and_run_from_python(notebook):
    cells = notebook.run(
        'import jobnb\nform = jobnb.form("Hello World")',
        'form.values = {"seconds": "soon"}; print(form.errors)',
        "form.run()",
        'form.values = {"who": "y"}; result = form.run(); print(result.wait().status)',
        "jobnb.form(result).values",
    ).cells

    assert "Enter a whole number." in cells[1].outputs[0].text
    assert cells[2].outputs[0].ename == "InvalidInput"
    assert "SUCCESS" in bundles(cells[3])[0]["text/html"]
    assert "'who': 'y'" in bundles(cells[4])[0]["text/plain"]


def test_the_button_shows_the_run_in_the_cell_of_the_form(notebook):
    cells = notebook.run(
        'import jobnb\nform = jobnb.form("Hello World", who="z")\nform',
        """
        import time
        form._handle_custom_msg({"t": "run", "n": 1}, [])
        while not jobnb.results():
            time.sleep(0.05)
        jobnb.results()[0].wait()
        """,
    ).cells

    _, slot = bundles(cells[0])
    assert "Hello, z!" in slot["text/html"]
    assert "SUCCESS" in slot["text/html"]


def test_the_newest_run_has_the_slot(notebook):
    cells = notebook.run(
        'import jobnb\nform = jobnb.form("Hello World", who="first", seconds=2)\nform',
        """
        import time
        def press(number):
            form._handle_custom_msg({"t": "run", "n": number}, [])
            while len(jobnb.results()) < number or form._state["starting"]:
                time.sleep(0.05)
        press(1)
        form.values = {"who": "second"}
        press(2)
        [result.wait() for result in jobnb.results()]
        """,
    ).cells

    _, slot = bundles(cells[0])
    assert "Hello, second!" in slot["text/html"]
    assert "first" not in slot["text/html"]


def test_a_secret_is_not_in_the_saved_state_of_the_widgets(notebook):
    (notebook.root / "jobs" / "hello.py").write_text(
        (notebook.root / "jobs" / "hello.py")
        .read_text()
        .replace("who, seconds", "who, seconds, api_token")
        .replace("seconds = jobs", "api_token = jobs.SecretVar()\n    seconds = jobs")
    )
    saved = notebook.run(
        "import jobnb", 'jobnb.form("Hello World", who="seen", api_token="correct" + "-horse")'
    )

    assert "seen" in str(saved.metadata.widgets)
    assert "correct-horse" not in str(saved)


def test_the_magic_shows_a_form(notebook):
    [_, cell] = notebook.run("%load_ext jobnb", '%job form "Hello World" who=x').cells

    assert "application/vnd.jupyter.widget-view+json" in bundles(cell)[0]
