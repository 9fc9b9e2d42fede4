"""What people call the code of a notebook: the number that stands beside its cell."""

from __future__ import annotations

import sys


def shown_name(filename: str) -> str:
    """``Cell In[5]`` for the file name that IPython gives the code of a cell, as its tracebacks do.

    Every other file name stays as it is.
    """
    ipython = sys.modules.get("IPython")  # imported only where it runs already
    shell = None if ipython is None else ipython.get_ipython()
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", {})
    number = numbers.get(filename)
    return filename if number is None else f"Cell In[{number}]"
