"""What the cells of a saved notebook hold."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import bundles

pytestmark = pytest.mark.kernel


def test_the_saved_cell_of_a_run_holds_its_log_and_its_status(kernel):
    [bundle] = bundles(kernel.run('result = jobnb.run("Hello World", who="x")'))

    assert set(bundle) == {"text/html", "text/plain"}
    for text in bundle.values():
        assert "Hello, x!" in text
        assert "printed for x" in text
        assert "SUCCESS" in text


def test_the_value_of_run_is_not_shown_a_second_time_and_its_log_by_itself(kernel):
    codes = ['result = jobnb.run("Hello World")\nresult', "result", "result.log"]
    cells = [kernel.run(code) for code in (*codes, "result.log.browse()")]

    assert [len(bundles(cell)) for cell in cells] == [1, 1, 1, 1]
    for cell in cells[1:]:
        assert "Hello, world!" in bundles(cell)[0]["text/html"]
        assert "Hello, world!" in bundles(cell)[0]["text/plain"]


def test_a_failed_run_is_one_clear_sentence(kernel):
    cell = kernel.run('jobnb.run("Hello World", who="nobody")')
    [error] = [output for output in cell.outputs if output.output_type == "error"]
    [bundle] = bundles(cell)

    assert error.ename == "JobFailed"
    assert len(error.traceback) == 1
    assert "ValueError: nobody is there" in error.traceback[0]
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ('jobnb.run("Helo World")', "JobNotFound"),
        ('jobnb.run("Hello World", whom="x")', "InvalidInput"),
        ('jobnb.run("Hello World", seconds="many")', "InvalidInput"),
    ],
)
def test_a_mistake_is_one_clear_sentence(kernel, call, name):
    [error] = kernel.run(call).outputs

    assert (error.ename, len(error.traceback)) == (name, 1)


def test_a_submitted_run_goes_on_in_its_own_cell(kernel):
    started = kernel.run('result = jobnb.submit("Hello World", seconds=1)')
    waited = kernel.run("print(result.wait().status)")

    assert "SUCCESS" in bundles(started)[0]["text/html"]
    assert [output.text for output in waited.outputs] == ["SUCCESS\n"]


def test_a_submitted_run_can_be_awaited(kernel):
    cell = kernel.run('(await jobnb.submit("Hello World", who="y")).value')

    assert "{'greeted': 'y'}" in bundles(cell)[-1]["text/plain"]


def test_the_magic_lists_runs_and_finds(notebook):
    cells = notebook.run(
        "%load_ext jobnb\n%load_ext jobnb",
        "%job",
        '%job run "Hello World" who="the reader"',
        "%job results",
        "%job fly",
        "%unload_ext jobnb\n%job",
    ).cells

    assert "Hello World" in bundles(cells[1])[0]["text/html"]
    assert "Hello, the reader!" in bundles(cells[2])[0]["text/html"]
    assert "SUCCESS" in bundles(cells[3])[0]["text/html"]
    assert "no verb 'fly'" in str(cells[4].outputs)
    assert "not found" in str(cells[5].outputs)


def test_a_job_in_a_cell_says_what_it_takes(notebook):
    [_, *cells] = notebook.run(
        "%load_ext jobnb\nimport jobnb",
        '%job show "Hello World"',
        'jobnb.get_job("Hello World")',
        'jobnb.catalog()["Hello World"]',
    ).cells

    for cell in cells:
        [bundle] = bundles(cell)
        assert "who" in bundle["text/html"]
        assert 'jobnb.run("Hello World"' in bundle["text/plain"]


def test_a_file_that_cannot_be_read_is_listed_with_its_reason(notebook):
    (notebook.root / "jobs" / "broken.py").write_text("from jobnb import jobs\njobs.Job(\n")
    [_, *cells] = notebook.run("%load_ext jobnb\nimport jobnb", "%job", "jobnb.catalog()").cells

    for cell in cells:
        [bundle] = bundles(cell)
        assert "broken.py" in bundle["text/html"]
        assert "never closed" in bundle["text/html"]
        assert "never closed" in bundle["text/plain"]


def test_the_kernel_never_imports_a_job_file(notebook):
    (notebook.root / "jobs" / "hello.py").write_text(
        "import os\nopen(os.path.expanduser('~/pids'), 'a').write(f'{os.getpid()} ')\n"
        + (notebook.root / "jobs" / "hello.py").read_text()
    )
    cells = notebook.run(
        f"import os; os.environ['HOME'] = {str(notebook.root)!r}; import jobnb",
        'jobnb.run("Hello World"); print(os.getpid() in map(int, open(os.path.expanduser("~/pids"))'
        ".read().split()))",
    ).cells

    assert "False" in str(cells[1].outputs)


def test_an_interrupt_cancels_the_run(kernel):
    cell = kernel.run(
        """
        def interrupt():
            while not jobnb.results(status="STARTED"):
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        jobnb.run("Hello World", seconds=60)
        """
    )
    after = kernel.run("print(jobnb.results()[0].status)")

    assert "KeyboardInterrupt" in str(cell.outputs)
    assert "REVOKED" in bundles(cell)[0]["text/html"]
    assert after.outputs[0].text == "REVOKED\n"


def test_after_an_inline_run_the_debugger_stands_in_the_frame_of_the_author(notebook):
    saved = notebook.run(
        """
        import jobnb
        jobnb.get_job("Hello World").options(inline=True).run(who="nobody")
        """,
        """
        import builtins
        answers = iter(["p who + '!'", "q"])
        builtins.input = lambda prompt="": next(answers)
        %debug
        """,
    )
    said = "".join(output.get("text", "") for output in saved.cells[1].outputs)

    assert "'nobody!'" in said
    assert "project/jobs/hello.py" in said
