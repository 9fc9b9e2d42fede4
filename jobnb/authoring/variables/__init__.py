"""Variables: what an author declares as inputs, with the checks and the words of Nautobot.

A variable knows one value at a time; the inputs of a whole job are in ``inputs``.
"""

from __future__ import annotations

from jobnb.authoring.variables.flags import NOT_A_FLAG, BooleanVar
from jobnb.authoring.variables.numbers import NOT_WHOLE, IntegerVar
from jobnb.authoring.variables.text import NOT_TEXT, NUL_IN_TEXT, StringVar
from jobnb.authoring.variables.variable import REQUIRED, Complaint, Variable, declared_variables

__all__ = [
    "NOT_A_FLAG",
    "NOT_TEXT",
    "NOT_WHOLE",
    "NUL_IN_TEXT",
    "REQUIRED",
    "BooleanVar",
    "Complaint",
    "IntegerVar",
    "StringVar",
    "Variable",
    "declared_variables",
]
