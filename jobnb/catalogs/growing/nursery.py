"""The nursery: the templates of this process, each from its first fork until it has ended."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Final

from jobnb.catalogs.growing.beds import Bed
from jobnb.catalogs.growing.soils import Soil
from jobnb.catalogs.growing.templates import Imported, Template

SPARE_LIFE: Final = 5.0
"""Seconds after the last run for which a template keeps a fork ready for the next one."""
_REMEMBERED: Final = 16
"""Soils without a template of which is kept why they have none."""


@dataclass(frozen=True)
class Care:
    """How templates are kept."""

    most: int
    """How many of them; 0: none, every run starts from nothing."""
    idle: float
    """Seconds after which one that nobody has used ends."""
    import_limit: float
    """Seconds that the import of one job file may take."""
    is_weighed: bool = False
    """Whether the memory of the run is limited: what other files have imported would count."""


class Nursery:
    """The templates of this process. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beds: list[Bed] = []
        self._fading: list[Template] = []
        """Superseded, but some of their forks live."""

    # --- growing ----------------------------------------------------------------------------------

    def bed(self, soil: Soil) -> Bed:
        """What is known of the runs from a soil, and grows there."""
        with self._lock:
            bed = next((bed for bed in self._beds if bed.soil == soil), None)
            if bed is None:
                bed = Bed(soil)
                self._beds.append(bed)
            return bed

    def adopt(
        self,
        soil: Soil,
        template: Template,
        units: frozenset[str] | None,
        imported: Imported,
    ) -> None:
        """Takes over a template that has imported these units of a snapshot; None: all."""
        self.plant(self.bed(soil), template, units, imported)

    def note_unfit(self, soil: Soil, imported: Imported) -> None:
        """No template is made of the unit that was at fault."""
        self.bed(soil).unfit[imported.culprit] = imported.fault

    def plant(
        self, bed: Bed, template: Template, units: frozenset[str] | None, imported: Imported
    ) -> None:
        """Lets a template for all units grow, in the place of the one before."""
        with self._lock:
            if bed.template is not None:
                self._fading.append(bed.template)
            bed.template, bed.units, bed.imported = template, units, imported
            if bed not in self._beds:
                self._beds.append(bed)

    def plant_own(self, bed: Bed, unit: str, template: Template, imported: Imported) -> bool:
        """Lets a template for one unit grow; False if that is not worth while, or too late."""
        with self._lock:
            is_better = not imported.fault and bed.is_lighter(imported)
            if is_better and bed in self._beds:
                bed.own[unit] = template
                return True
            bed.heavy.add(unit)
            return False

    def has_room(self, care: Care) -> bool:
        """Whether one more may grow."""
        with self._lock:
            return sum(len(bed.growing()) for bed in self._beds) < care.most

    def reserve(self, bed: Bed) -> bool:
        """Whether the caller may make a template for a bed: nobody else does."""
        with self._lock:
            if bed.is_busy:
                return False
            bed.is_busy = True
            return True

    def pick(self, bed: Bed, unit: str) -> tuple[Template | None, Template | None]:
        """What a run of a unit may be forked from: its own template, and the one for all.

        The first of them is not ended now.
        """
        with self._lock:
            own, common = bed.own.get(unit), bed.template
            if (first := own or common) is not None:
                first.used = time.monotonic()
            return own, common

    # --- ending them ------------------------------------------------------------------------------

    def drop(self, bed: Bed, template: Template) -> None:
        """Ends a template that is of no use any more."""
        with self._lock:
            bed.remove(template)
        template.close()

    def tidy(self, care: Care) -> None:
        """Ends the templates that nobody has used for long, or that are too many."""
        for template in self._take_out(care):
            template.close()
        for template in self._resting():
            template.door.end_spares()

    def retire(self, soil: Soil, only: Template | None = None) -> None:
        """The snapshot is superseded: its template ends once none of its forks lives.

        Args:
            soil: That of the snapshot.
            only: Unless another template than this one grows there by now; None: whichever does.
        """
        with self._lock:
            for bed in [bed for bed in self._beds if bed.soil == soil]:
                if only is not None and bed.template not in {only, None}:
                    continue
                self._beds.remove(bed)
                self._fading += bed.growing()
        self._close_faded()

    def close(self) -> None:
        """Ends every template once none of its forks lives."""
        for soil in [bed.soil for bed in self._beds]:
            self.retire(soil)

    def _close_faded(self) -> None:
        with self._lock:
            faded = [template for template in self._fading if template.door.is_idle]
            self._fading = [template for template in self._fading if template not in faded]
        for template in faded:
            template.close()

    def _resting(self) -> list[Template]:
        """The templates of which nobody needs a fork soon."""
        since = time.monotonic() - SPARE_LIFE
        with self._lock:
            growing = [template for bed in self._beds for template in bed.growing()]
            return [*self._fading, *(template for template in growing if template.used < since)]

    def _take_out(self, care: Care) -> list[Template]:
        self._close_faded()
        now, taken = time.monotonic(), []
        with self._lock:
            growing = [(bed, template) for bed in self._beds for template in bed.growing()]
            growing.sort(key=lambda pair: pair[1].used, reverse=True)
            kept = 0
            for bed, template in growing:
                is_old = kept >= care.most or now - template.used > care.idle
                if template.is_over or (is_old and template.door.is_idle):
                    bed.remove(template)
                    taken.append(template)
                else:
                    kept += 1
            empty = [bed for bed in self._beds if not bed.growing() and not bed.is_busy]
            for bed in empty[:-_REMEMBERED]:
                self._beds.remove(bed)
        return taken

    def leave_to_parent(self) -> None:
        """In a forked process: the templates are its parent's."""
        self._lock = threading.Lock()
        self._beds, self._fading = [], []


NURSERY: Final = Nursery()
"""The one of this process: describers and supervisors meet here."""

os.register_at_fork(after_in_child=NURSERY.leave_to_parent)
