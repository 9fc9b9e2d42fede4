"""Yes or no as input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Unpack

from jobnb.authoring.variables.variable import CommonArguments, Complaint, Variable

NOT_A_FLAG: Final = "Enter true or false; yes, no, on, off, 1 and 0 will do as well."

DRY_RUN_HELP: Final = "Check to run job in dryrun mode."

_FLAG_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class BooleanVar(Variable):
    """Yes or no. It is never ``required``: no is an answer."""

    empty = False

    def __init__(self, *common: Any, **named: Unpack[CommonArguments]) -> None:
        super().__init__(*common, **named)
        self.required = False

    def _parse(self, raw: Any) -> bool | None:
        word = raw.strip().lower() if isinstance(raw, str) else raw
        if word is None or word == "":
            return None
        if isinstance(word, int) and word in (0, 1):
            return bool(word)
        if not isinstance(word, str) or word not in _FLAG_WORDS:
            raise Complaint([NOT_A_FLAG])
        return _FLAG_WORDS[word]


class DryRunVar(BooleanVar):
    """Whether the run is to change nothing; ``Meta.dryrun_default`` says how the form begins."""

    def __init__(self, *common: Any, **named: Unpack[CommonArguments]) -> None:
        super().__init__(*common, **named)
        self.description = self.description or DRY_RUN_HELP
        self._given_default = self.default
        self.default = False

    def _option_faults(self) -> Iterator[str]:
        if self._given_default not in (None, False):
            yield (
                f"default {self._given_default!r} has no effect on a DryRunVar; remove it and set "
                "Meta.dryrun_default"
            )
