"""Forms in a real kernel that no browser looks at, as nbclient and papermill have it."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import bundles

pytestmark = pytest.mark.kernel


PRESS = """
def press(form):
    runs = len(jobnb.results())
    form._handle_custom_msg({"t": "run", "n": runs}, [])
    while len(jobnb.results()) == runs or form._state["starting"]:
        time.sleep(0.05)
    return jobnb.results()[0]
"""


def test_a_form_in_a_saved_notebook_says_what_to_do(kernel):
    form, slot = bundles(kernel.run('jobnb.form("Hello World", who="x")'))

    assert "run this cell in JupyterLab" in form["text/plain"]
    assert "jobnb.run(" in form["text/html"]
    assert slot["text/html"] == ""


def test_a_form_is_filled_in_and_run_from_python(kernel):
    kernel.run('form = jobnb.form("Hello World")')
    wrong = kernel.run('form.values = {"seconds": "soon"}; print(form.errors)')
    refused = kernel.run("form.run()")
    ran = kernel.run('form.values = {"who": "y"}; result = form.run(); print(result.wait().status)')
    again = kernel.run("jobnb.form(result).values")

    assert "Enter a whole number." in wrong.outputs[0].text
    assert refused.outputs[0].ename == "InvalidInput"
    assert "SUCCESS" in bundles(ran)[0]["text/html"]
    assert "'who': 'y'" in bundles(again)[0]["text/plain"]


def test_the_button_shows_the_run_in_the_cell_of_the_form(kernel):
    shown = kernel.run('form = jobnb.form("Hello World", who="z")\nform')
    kernel.run(f"{PRESS}\npress(form).wait()")

    _, slot = bundles(shown)
    assert "Hello, z!" in slot["text/html"]
    assert "SUCCESS" in slot["text/html"]


def test_the_newest_run_has_the_slot(kernel):
    shown = kernel.run('form = jobnb.form("Hello World", who="first", seconds=1)\nform')
    kernel.run(
        f"""{PRESS}
first = press(form)
form.values = {{"who": "second", "seconds": 1}}
second = press(form)
first.wait(), second.wait()
"""
    )

    _, slot = bundles(shown)
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


def test_the_magic_shows_a_form(kernel):
    cell = kernel.run('%load_ext jobnb\n%job form "Hello World" who=x')

    assert "application/vnd.jupyter.widget-view+json" in bundles(cell)[0]
