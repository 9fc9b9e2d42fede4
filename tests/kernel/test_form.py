"""Forms in a real kernel that no browser looks at, as nbclient and papermill have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from tests.kernel.conftest import bundles
from tests.processes import SECONDS

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


PORTS = """
import ipywidgets
from jobnb import jobs

class Ports(jobs.Job):
    ports = jobs.IntegerVar(min_value=8, max_value=48, widget=ipywidgets.IntSlider)

    def run(self, *, ports):
        return ports

jobs.register_jobs(Ports)
"""


@contextmanager
def front_end(root) -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(root))
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ask(client: BlockingKernelClient, code: str) -> str:
    """What an expression is in the kernel."""
    answer = client.execute("", user_expressions={"it": code}, reply=True, timeout=SECONDS)
    return answer["content"]["user_expressions"]["it"]["data"]["text/plain"].strip("'")


def new_subshell(client: BlockingKernelClient) -> str:
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    return client.get_control_msg(timeout=SECONDS)["content"]["subshell_id"]


def tell(client: BlockingKernelClient, comm: str, subshell: str | None, value: int) -> None:
    """Moves a slider as JupyterLab does; it sends no more until that was called done."""
    data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    message = client.session.msg("comm_msg", {"comm_id": comm, "data": data})
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    while True:
        heard = client.get_iopub_msg(timeout=SECONDS)
        is_mine = heard["parent_header"].get("msg_id") == message["header"]["msg_id"]
        if is_mine and heard["content"].get("execution_state") == "idle":
            return


def test_a_slider_is_heard_to_its_last_step_while_a_cell_awaits(notebook):
    (notebook.root / "jobs" / "ports.py").write_text(PORTS)
    awaits = "import asyncio\nwhile slider.value < 12: await asyncio.sleep(0.01)"
    with front_end(notebook.root) as client:
        code = 'import jobnb\nform = jobnb.form("Ports")\nslider = form._widgets["ports"]'
        client.execute(code, reply=True, timeout=SECONDS)
        slider = ask(client, "slider.model_id")
        subshell = new_subshell(client)
        client.execute(awaits)
        for value in (9, 10, 11, 12):
            tell(client, slider, subshell, value)

        assert ask(client, "form.values") == "{'ports': 12}"


def test_a_slider_is_heard_from_the_page_that_is_left_when_another_is_closed(notebook):
    (notebook.root / "jobs" / "ports.py").write_text(PORTS)
    with front_end(notebook.root) as client:
        code = 'import jobnb\nform = jobnb.form("Ports")\nslider = form._widgets["ports"]'
        client.execute(code, reply=True, timeout=SECONDS)
        slider = ask(client, "slider.model_id")
        first, second = new_subshell(client), new_subshell(client)
        tell(client, slider, second, 9)
        closing = client.session.msg("delete_subshell_request", {"subshell_id": second})
        client.control_channel.send(closing)
        client.get_control_msg(timeout=SECONDS)
        tell(client, slider, first, 10)

        assert ask(client, "form.values") == "{'ports': 10}"
