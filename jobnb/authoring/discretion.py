"""Discretion: complaints about sensitive inputs, in words that quote nothing of them.

Masking afterwards cannot do that: a part of a secret, one cell of a table, is no secret that
anybody knows of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from jobnb.authoring.variables import REQUIRED, Complaint, Variable
from jobnb.authoring.variables.addresses import NO_MASK, NOT_AN_ADDRESS
from jobnb.authoring.variables.choices import NOT_A_LIST
from jobnb.authoring.variables.dates import NOT_A_DATE, NOT_A_TIME
from jobnb.authoring.variables.numbers import NOT_A_NUMBER, NOT_WHOLE
from jobnb.authoring.variables.structures import NOT_JSON
from jobnb.authoring.variables.tables import NOT_A_TABLE
from jobnb.authoring.variables.text import NOT_TEXT, NUL_IN_TEXT
from jobnb.protocol import MASK
from jobnb.protocol.references import LITERAL

NOT_SHOWN: Final = "does not fit (the value is sensitive, so it is not shown)."
LONGEST_SECRET: Final = 64 * 1024
"""Characters of one sensitive input; every line of a run is searched for all of them."""

_FIXED: Final = frozenset(
    {REQUIRED, NO_MASK, NOT_AN_ADDRESS, NOT_A_LIST, NOT_A_DATE, NOT_A_TIME, NOT_A_NUMBER, NOT_WHOLE}
    | {NOT_JSON, NOT_A_TABLE, NOT_TEXT, NUL_IN_TEXT}
)
_LENGTH: Final = re.compile(
    r"(Ensure this (?:value|table) has at (?:least|most) [0-9]+ (?:characters?|rows?))"
    r"(?: \(it has [0-9]+\))?\."
)
_PLACES: Final = re.compile(r"Ensure that there are no more than [0-9]+ decimal places?\.")
_PREFIX: Final = re.compile(r"The prefix length must be (?:less|greater) than or equal to [0-9]+\.")
_BOUNDS: Final = (
    ("min_value", "Ensure this value is greater than or equal to {}."),
    ("max_value", "Ensure this value is less than or equal to {}."),
)
_CELL: Final = re.compile(r"(row [0-9]+, column )(.*?): (.*)", re.DOTALL)


@contextmanager
def discretion(name: str, variable: Variable) -> Iterator[None]:
    """Within the block a complaint about a sensitive input quotes nothing of it."""
    try:
        yield
    except Complaint as complaint:
        if not variable.is_sensitive(name):
            raise
        raise Complaint(discreet(variable, complaint.messages)) from None


def discreet(variable: Variable, messages: Sequence[str]) -> list[str]:
    """The complaints about a sensitive value, each once; what may quote it is replaced."""
    return list(dict.fromkeys(_discreet(variable, message) for message in messages))


def refuse_mask(given: Any) -> None:
    """Refuses what is shown instead of a sensitive value as that value.

    Raises:
        Complaint: It is that.
    """
    if isinstance(given, str) and given == MASK:
        text = (
            f"is {MASK}, which only stands for a value that is not shown; give the value itself "
            f"({LITERAL}:{MASK} if it is that)."
        )
        raise Complaint([text])


def refuse_long(stored: Any) -> None:
    """Refuses a sensitive value that is too long to be looked for everywhere.

    Raises:
        Complaint: It is.
    """
    length = len(stored) if isinstance(stored, str) else len(json.dumps(stored))
    if length > LONGEST_SECRET:
        raise Complaint([f"Ensure this value has at most {LONGEST_SECRET} characters."])


def _discreet(variable: Variable, message: str) -> str:
    if message in _FIXED or message in _bound_messages(variable):
        return message
    if found := _LENGTH.fullmatch(message):
        return f"{found[1]}."  # without the length that it has
    if _PLACES.fullmatch(message) or _PREFIX.fullmatch(message):
        return message
    columns = getattr(variable, "columns", None)
    if isinstance(columns, Mapping):
        return _discreet_about_table(columns, message)
    return NOT_SHOWN


def _bound_messages(variable: Variable) -> Iterator[str]:
    """What a variable says about the bounds that its author has set."""
    described = variable.describe("").options
    for option, text in _BOUNDS:
        if option in described:
            yield text.format(str(described[option]).removesuffix(".0"))
    if "regex" in described:
        yield f"Invalid value. Must match regex: {described['regex']}"


def _discreet_about_table(columns: Mapping[str, Variable], message: str) -> str:
    by_shown = {repr(name): variable for name, variable in columns.items()}
    if message in {f"column {name} is missing." for name in by_shown}:
        return message
    cell = _CELL.fullmatch(message)
    if cell is not None and cell[2] in by_shown:
        return f"{cell[1]}{cell[2]}: {_discreet(by_shown[cell[2]], cell[3])}"
    row = re.match(r"row [0-9]+ ", message)
    return f"{row[0] if row else ''}{NOT_SHOWN}"
