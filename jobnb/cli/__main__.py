"""``python -m jobnb.cli``: the command ``jobnb`` where it is on no path."""

from __future__ import annotations

from jobnb.cli import main

main(prog_name="jobnb")
