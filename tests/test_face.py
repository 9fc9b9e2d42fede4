"""The face of the package: complete, sorted, and light to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

import jobnb

HEAVY = ("sqlalchemy", "alembic", "distributed", "dask", "IPython", "ipywidgets", "nbformat")


@pytest.mark.parametrize("statement", ["import jobnb", "from jobnb import jobs", "jobnb.errors"])
def test_an_import_loads_nothing_heavy(statement):
    code = f"""if True:
        import sys
        {statement if "import" in statement else "import " + statement}
        print([name for name in {HEAVY} if name in sys.modules])
    """
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_every_public_name_is_there():
    assert [name for name in jobnb.__all__ if getattr(jobnb, name, None) is None] == []


def test_the_public_names_are_sorted_and_shown_by_completion():
    assert list(jobnb.__all__) == sorted(jobnb.__all__)
    assert dir(jobnb) == sorted(jobnb.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        jobnb.rum  # noqa: B018


def test_the_version_is_the_one_of_the_distribution():
    from importlib.metadata import version

    assert jobnb.__version__ == version("jobnb")


def test_no_public_function_has_the_name_of_a_room():
    """Importing a room would put it in the place of the function."""
    from pkgutil import iter_modules

    rooms = {module.name for module in iter_modules(jobnb.__path__)}

    assert rooms & set(jobnb.__all__) == {"errors", "jobs"}
