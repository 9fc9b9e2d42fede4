"""A bed: the templates that grow from one soil, and whether one more is worth while."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from jobnb.catalogs.growing.soils import Soil
from jobnb.catalogs.growing.templates import Imported, Template

OFTEN: Final = 5
"""Runs of one unit from a template that has imported others too, before it may get its own."""
WORTH: Final = 8 * 1024 * 1024
"""Bytes that its own must have less: to fork, and to end, 8 MB more takes half a millisecond."""
_NOTHING: Final = Imported("", "", {})


@dataclass(eq=False)
class Bed:
    """What is known of the runs from one soil."""

    soil: Soil
    units: frozenset[str] | None = frozenset()
    """What the template has imported, or is importing; None for all."""
    template: Template | None = None
    imported: Imported = _NOTHING
    own: dict[str, Template] = field(default_factory=dict)
    """Templates that have imported one unit only: what others import is not copied in its forks."""
    asked: Counter[str] = field(default_factory=Counter)
    """How many runs of each unit the one for all was asked for."""
    heavy: set[str] = field(default_factory=set)
    """Units that are not lighter alone."""
    unfit: dict[str, str] = field(default_factory=dict)
    """Units of which no template can be made, with the reason."""
    is_busy: bool = False
    """Whether one is being made."""

    def growing(self) -> list[Template]:
        """All of them."""
        return [*([self.template] if self.template else []), *self.own.values()]

    def wants_own(self, unit: str) -> bool:
        """Whether forks of its own template would pay for it, after one more from that for all."""
        self.asked[unit] += 1
        return not self.asked[unit] % OFTEN and self.weighs_beside(unit)

    def weighs_beside(self, unit: str) -> bool:
        """Whether forks of the one for all have much that a unit has not imported."""
        return unit not in self.heavy and self.imported.weight_beside(unit) >= WORTH

    def is_lighter(self, imported: Imported) -> bool:
        """Whether a template with these imports is worth while beside the one for all."""
        return self.imported.weight - imported.weight >= WORTH

    def remove(self, template: Template) -> None:
        """It grows here no more."""
        if self.template is template:
            self.template, self.units, self.imported = None, frozenset(), _NOTHING
        self.own = {unit: other for unit, other in self.own.items() if other is not template}
