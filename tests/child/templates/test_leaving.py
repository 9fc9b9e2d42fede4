"""How a fork ends, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")

LISTENER = (
    "hearer = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda _: os.write(1, b'told') and None); "
    "native.on_exit(hearer, None)"
)


def said_by(code: str) -> str:
    """What a process prints that runs ``code`` after it has prepared to leave, and leaves then."""
    program = f"""
        import ctypes, os
        from jobnb.child.templates.leaving import Leaving

        leaving = Leaving()
        native = ctypes.CDLL(None)
        {code}
        leaving.leave(lambda: None)
        """
    process = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, text=True, check=True
    )
    return process.stdout


def test_what_c_has_buffered_is_written():
    assert said_by("native.printf(b'from C')") == "from C"


def test_what_python_has_buffered_is_written():
    assert said_by("kept = os.fdopen(1, 'w'); kept.write('from Python')") == "from Python"


@pytest.mark.parametrize(
    ("library", "said"),
    [("psutil", "told"), ("_csv", ""), ("sqlite3", ""), ("numpy", "")],
)
def test_native_code_hears_of_the_end_if_a_library_has_come_that_may_have_something_to_say(
    library, said
):
    assert said_by(f"import {library}; {LISTENER}") == said


def test_it_hears_also_if_the_library_has_come_before_the_fork():
    assert said_by(f"import psutil; leaving.settle(); {LISTENER}") == "told"


def test_it_hears_also_if_the_library_has_come_after_the_fork():
    assert said_by(f"leaving.settle(); import psutil; {LISTENER}") == "told"
