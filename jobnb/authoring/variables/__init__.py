"""Variables: what an author declares as inputs, with the checks and the words of Nautobot.

A variable knows one value at a time; the inputs of a whole job are in ``inputs``.
"""

from __future__ import annotations

from jobnb.authoring.variables.addresses import (
    NO_MASK,
    NOT_AN_ADDRESS,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
)
from jobnb.authoring.variables.choices import NOT_A_LIST, ChoiceVar, MultiChoiceVar
from jobnb.authoring.variables.dates import NOT_A_DATE, NOT_A_TIME, DateTimeVar, DateVar
from jobnb.authoring.variables.files import NOT_A_FILE, FileVar, InputFile, UploadedFile
from jobnb.authoring.variables.flags import DRY_RUN_HELP, NOT_A_FLAG, BooleanVar, DryRunVar
from jobnb.authoring.variables.numbers import (
    NOT_A_NUMBER,
    NOT_WHOLE,
    DecimalVar,
    FloatVar,
    IntegerVar,
)
from jobnb.authoring.variables.objects import MultiObjectVar, ObjectVar
from jobnb.authoring.variables.secrets import SecretVar
from jobnb.authoring.variables.structures import NOT_JSON, JSONVar
from jobnb.authoring.variables.tables import NOT_A_TABLE, TableVar
from jobnb.authoring.variables.text import NOT_TEXT, NUL_IN_TEXT, StringVar, TextVar
from jobnb.authoring.variables.variable import REQUIRED, Complaint, Variable, declared_variables

__all__ = [
    "DRY_RUN_HELP",
    "NOT_AN_ADDRESS",
    "NOT_A_DATE",
    "NOT_A_FILE",
    "NOT_A_FLAG",
    "NOT_A_LIST",
    "NOT_A_NUMBER",
    "NOT_A_TABLE",
    "NOT_A_TIME",
    "NOT_JSON",
    "NOT_TEXT",
    "NOT_WHOLE",
    "NO_MASK",
    "NUL_IN_TEXT",
    "REQUIRED",
    "BooleanVar",
    "ChoiceVar",
    "Complaint",
    "DateTimeVar",
    "DateVar",
    "DecimalVar",
    "DryRunVar",
    "FileVar",
    "FloatVar",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "InputFile",
    "IntegerVar",
    "JSONVar",
    "MultiChoiceVar",
    "MultiObjectVar",
    "ObjectVar",
    "SecretVar",
    "StringVar",
    "TableVar",
    "TextVar",
    "UploadedFile",
    "Variable",
    "declared_variables",
]
