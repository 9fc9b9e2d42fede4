"""Jobs that are typed into the cells of a notebook."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import bundles, texts

pytestmark = pytest.mark.kernel

HELPERS = """
import dataclasses, math
from beside import triple
import beside

OFFSET = 1

@dataclasses.dataclass
class Point:
    x: "int"

def shifted_root(number):
    return math.sqrt(number) + OFFSET
"""
ROOT = """
import jobnb
from jobnb import jobs

class Root(jobs.Job):
    "Takes a root."

    number = jobs.IntegerVar(min_value=0, default=16)
    kind = jobs.ChoiceVar(choices=lambda: ["plain", f"offset {OFFSET}"], default="plain")

    @classmethod
    def clean(cls, inputs):
        if inputs["number"] == 13:
            raise jobs.ValidationError("No luck with it.")
        return inputs

    def run(self, *, number, kind):
        self.logger.debug("%s in %s", Point(2), __name__)
        if number == 7:
            raise ValueError("seven")
        return [shifted_root(number), triple(2), beside.triple(5)]
"""


@pytest.fixture
def beside(notebook):
    (notebook.root / "beside.py").write_text(
        "FACTOR = 3\n\ndef triple(number):\n    return FACTOR * number\n"
    )
    return notebook


def errors(cell) -> list[tuple[str, str]]:
    return [
        (output.ename, output.traceback[-1])
        for output in cell.outputs
        if output.output_type == "error"
    ]


def test_a_job_of_a_cell_runs_at_once_with_the_helpers_of_other_cells(beside):
    cells = beside.run(
        HELPERS,
        ROOT,
        "result = jobnb.run('Root'); print(result.value)",
        "OFFSET = 2\nprint(jobnb.run(Root, kind='offset 2').value)",
        "jobnb.run('Root', kind='offset 1')",
        "jobnb.run('Root', number=13)",
        "jobnb.run('Root', number=7)",
        "%load_ext jobnb\n%job run Root number=4",
        "%job list",
        "print(jobnb.form(Root)._state['choices'])",
        "print(jobnb.get_job('Root').options(inline=True).run(number=9).value)",
        "%job source {result.id} --diff",
        "print(get_ipython().Completer.complete('jobnb.run(\"Ro')[1])",
    ).cells

    assert "[5.0, 6, 15]\n" in texts(cells[2])
    assert "DEBUG" in bundles(cells[2])[0]["text/plain"]
    assert "Point(x=2) in __main__" in bundles(cells[2])[0]["text/plain"]
    assert "[6.0, 6, 15]\n" in texts(cells[3])
    [(name, said)] = errors(cells[4])
    assert (name, "offset 1 is not one of the available choices" in said) == ("InvalidInput", True)
    assert "No luck with it." in errors(cells[5])[0][1]
    shown = bundles(cells[6])[0]["text/plain"]
    assert 'File "Cell In[2]", line 19, in run\n    raise ValueError("seven")' in shown
    assert "SUCCESS" in bundles(cells[7])[0]["text/plain"]
    assert "notebook" in bundles(cells[8])[0]["text/plain"]
    assert "offset 2" in texts(cells[9])
    assert "[5.0, 6, 15]\n" in texts(cells[10])
    assert "No difference" in bundles(cells[11])[0]["text/plain"]
    assert "Root" in texts(cells[12])


def test_a_class_that_is_typed_anew_replaces_the_old_one_registered_or_not(notebook):
    first = "from jobnb import jobs\nclass One(jobs.Job):\n    def run(self): return 1\n"
    cells = notebook.run(
        f"import jobnb\n{first}jobs.register_jobs(One)\nOld = One",
        "result = jobnb.run('One'); print(result.value)",
        f"{first.replace('return 1', 'return 2')}jobs.register_jobs(One)",
        "print(jobnb.run('One').value, jobnb.run(One).value, result.rerun().wait().value)",
        "jobnb.run(Old)",
        "@jobs.job\ndef double(number: int = 3) -> int:\n    return 2 * number",
        "print(jobnb.run(double, number=5).value)",
        "class Wrong(jobs.Job):\n    number = jobs.IntegerVar()\n    def run(self): pass",
        "jobnb.run('Wrong')",
        "jobnb.run(dict)",
    ).cells

    assert "1\n" in texts(cells[1])
    assert "2 2 2\n" in texts(cells[3])
    assert "was defined anew since" in errors(cells[4])[0][1]
    assert "10\n" in texts(cells[6])
    assert errors(cells[8])[0][0] == "DeclarationError"
    assert "is no job" in errors(cells[9])[0][1]


def test_what_cannot_go_along_is_refused_by_name(notebook):
    cells = notebook.run(
        "import jobnb, sqlite3\nfrom jobnb import jobs\nrows = 'x' * 2_000_000",
        "def count():\n    return len(rows)\n"
        "class Big(jobs.Job):\n    def run(self): return count()\njobnb.run(Big)",
        "store = sqlite3.connect(':memory:')\n"
        "class Db(jobs.Job):\n    def run(self): return store.execute('select 1')\njobnb.run(Db)",
        "print(len(jobnb.results()))",
    ).cells

    [(name, said)] = errors(cells[1])
    assert name == "NotCarried"
    assert "takes 'rows' (1.9 MiB) from the notebook" in said
    assert "Pass it as an input" in said
    assert (
        "takes 'store' from the notebook, a Connection that cannot be sent"
        in errors(cells[2])[0][1]
    )
    assert texts(cells[3]) == "0\n"


def test_a_job_of_a_cell_is_of_this_notebook_alone(notebook):
    hello = "from jobnb import jobs\nclass Hello(jobs.Job):\n    class Meta:\n        name = "
    hello += "'Hello World'\n        max_retries = 3\n    def run(self): raise ValueError('cell')"
    first = notebook.run(
        f"import jobnb\n{hello}",
        "print([*jobnb.catalog()])",
        "result = jobnb.get_job(Hello).options(check=False).run()\nprint(result.id)",
        "print(len(result.attempts))",
        "jobnb.edit(Hello)",
        "jobnb.enable('Hello World (2)')",
    ).cells
    run_id = texts(first[2]).split()[-1]
    second = notebook.run(
        "import jobnb\nprint([*jobnb.catalog()])",
        f"jobnb.result({run_id!r}).rerun()",
        f"jobnb.form(jobnb.result({run_id!r}))",
    ).cells

    assert "['Hello World', 'Hello World (2)']" in texts(first[1])
    assert "is not tried again (Meta.max_retries)" in texts(first[2])
    assert texts(first[3]) == "1\n"
    assert "was typed into a notebook cell" in errors(first[4])[0][1]
    assert "was typed into a notebook cell" in errors(first[5])[0][1]
    assert texts(second[0]) == "['Hello World']\n"
    for cell in second[1:]:
        assert "was typed into a notebook cell, which has not run here" in errors(cell)[0][1]
