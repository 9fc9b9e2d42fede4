"""The nursery: the templates of this process, and which run is forked from which of them."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from jobnb.catalogs.beds import Bed
from jobnb.catalogs.conversation import ChildLost, Conversation
from jobnb.catalogs.soils import Soil, is_forkable
from jobnb.catalogs.templates import Imported, Template
from jobnb.child.forks import JobUnknown, NotForked, TemplateUnfit
from jobnb.child.process import ChildProcess
from jobnb.errors import ChildError
from jobnb.protocol import ChildOrder

START_LIMIT: Final = 60.0
"""Seconds until a template must have begun; the machine may be busy."""
SPARE_LIFE: Final = 5.0
"""Seconds after the last run for which a template keeps a fork ready for the next one."""
_REMEMBERED: Final = 16
"""Soils without a template of which is kept why they have none."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Care:
    """How templates are kept."""

    most: int
    """How many of them; 0: none, every run starts from nothing."""
    idle: float
    """Seconds after which one that nobody has used ends."""
    import_limit: float
    """Seconds that the import of one job file may take."""


class Nursery:
    """The templates of this process. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beds: list[Bed] = []
        self._fading: list[Template] = []
        """Superseded, but some of their forks live."""

    # --- runs -------------------------------------------------------------------------------------

    def begin(
        self, order: ChildOrder, environment: Mapping[str, str], cwd: Path, care: Care
    ) -> tuple[ChildProcess, str]:
        """A child for a run: a fork if there is a template for it, else one from nothing.

        No run waits for a template: the first one from a soil does without, while one is made.

        Returns:
            The child, and why it could not be a fork; empty if it is one, or might be next time.

        Raises:
            ChildError: The operating system refused.
        """
        assert order.run is not None, "a run order names its run"
        reason = ""
        if care.most and is_forkable(order):
            unit = order.run.class_path.rpartition(".")[0]
            bed = self._bed(Soil.of(order, environment))
            try:
                return self._fork(bed, unit, order, cwd, care), ""
            except JobUnknown:
                self._prepare(bed, order, unit, care)
            except NotForked as refused:
                reason = str(refused)
            reason = reason or bed.unfit.get(unit, "")
        return ChildProcess.start(order, environment=environment, cwd=cwd), reason

    def _fork(self, bed: Bed, unit: str, order: ChildOrder, cwd: Path, care: Care) -> ChildProcess:
        with self._lock:
            own, common = bed.own.get(unit), bed.template
            if (first := own or common) is not None:
                first.used = time.monotonic()  # so that nobody ends it now
        if own is not None:
            try:
                return self._fork_from(own, bed, order, cwd)
            except JobUnknown:  # another file registers it
                bed.heavy.add(unit)
                self._drop(bed, own)
        if common is None:
            raise JobUnknown
        child = self._fork_from(common, bed, order, cwd)
        if bed.wants_own(unit) and self._has_room(care):
            making = _only(order, {unit})
            self._in_background(bed, lambda: self._make_own(bed, unit, making, care))
        return child

    def _fork_from(
        self, template: Template, bed: Bed, order: ChildOrder, cwd: Path
    ) -> ChildProcess:
        try:
            return template.fork(order, cwd)
        except TemplateUnfit:
            self._drop(bed, template)
            raise

    def _drop(self, bed: Bed, template: Template) -> None:
        with self._lock:
            bed.remove(template)
        template.close()

    # --- making templates -------------------------------------------------------------------------

    def adopt(
        self,
        soil: Soil,
        template: Template,
        units: frozenset[str] | None,
        imported: Imported,
    ) -> None:
        """Takes over a template that has imported these units of a snapshot; None: all."""
        self._put(self._bed(soil), template, units, imported)

    def note_unfit(self, soil: Soil, imported: Imported) -> None:
        """No template is made of the unit that was at fault."""
        self._bed(soil).unfit[imported.culprit] = imported.fault

    def _prepare(self, bed: Bed, order: ChildOrder, unit: str, care: Care) -> None:
        """Makes a template with one more unit, if there may be one."""
        if bed.units is not None and unit not in bed.units and unit not in bed.unfit:
            making = _only(order, bed.units | {unit})
            self._in_background(bed, lambda: self._make(bed, making, care))

    def _in_background(self, bed: Bed, make: Callable[[], None]) -> None:
        """Makes a template on a thread of its own, unless one is being made for this bed."""
        with self._lock:
            if bed.is_busy:
                return
            bed.is_busy = True

        def work() -> None:
            try:
                make()
            except ChildError as error:
                _log.warning("No template could be made: %s", error)
            except Exception:  # noqa: BLE001 - nobody waits for this thread
                _log.exception("No template could be made")
            finally:
                bed.is_busy = False

        threading.Thread(target=work, name="jobnb-nursery", daemon=True).start()

    def _make(self, bed: Bed, order: ChildOrder, care: Care) -> None:
        units = frozenset(order.modules)
        while units:
            template, imported = _import(bed, _only(order, units), care)
            if not imported.fault:
                self._put(bed, template, units, imported)
                self.tidy(care)
                return
            template.close()
            bed.unfit[imported.culprit] = imported.fault
            units -= {imported.culprit}

    def _make_own(self, bed: Bed, unit: str, order: ChildOrder, care: Care) -> None:
        template, imported = _import(bed, order, care)
        with self._lock:
            is_better = not imported.fault and bed.is_lighter(imported)
            if is_better and bed in self._beds:
                bed.own[unit] = template
                return
            bed.heavy.add(unit)
        template.close()

    def _has_room(self, care: Care) -> bool:
        with self._lock:
            return sum(len(bed.growing()) for bed in self._beds) < care.most

    def _put(
        self, bed: Bed, template: Template, units: frozenset[str] | None, imported: Imported
    ) -> None:
        with self._lock:
            if bed.template is not None:
                self._fading.append(bed.template)
            bed.template, bed.units, bed.imported = template, units, imported
            if bed not in self._beds:
                self._beds.append(bed)

    def _bed(self, soil: Soil) -> Bed:
        with self._lock:
            bed = next((bed for bed in self._beds if bed.soil == soil), None)
            if bed is None:
                bed = Bed(soil)
                self._beds.append(bed)
            return bed

    # --- ending them ------------------------------------------------------------------------------

    def tidy(self, care: Care) -> None:
        """Ends the templates that nobody has used for long, or that are too many."""
        for template in self._take_out(care):
            template.close()
        for template in self._resting():
            template.door.end_spare()

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

    def _take_out(self, care: Care) -> Iterator[Template]:
        self._close_faded()
        now = time.monotonic()
        with self._lock:
            growing = [(bed, template) for bed in self._beds for template in bed.growing()]
            growing.sort(key=lambda pair: pair[1].used, reverse=True)
            kept = 0
            for bed, template in growing:
                is_old = kept >= care.most or now - template.used > care.idle
                if template.is_over or (is_old and template.door.is_idle):
                    bed.remove(template)
                    yield template
                else:
                    kept += 1
            empty = [bed for bed in self._beds if not bed.growing() and not bed.is_busy]
            for bed in empty[:-_REMEMBERED]:
                self._beds.remove(bed)

    def leave_to_parent(self) -> None:
        """In a forked process: the templates are its parent's."""
        self._lock = threading.Lock()
        self._beds, self._fading = [], []


NURSERY: Final = Nursery()
"""The one of this process: describers and supervisors meet here."""

os.register_at_fork(after_in_child=NURSERY.leave_to_parent)


def _only(order: ChildOrder, units: Collection[str]) -> ChildOrder:
    """The order for a template that imports these units."""
    return replace(order, verb="prepare", run=None, modules=tuple(sorted(units)))


def _import(bed: Bed, order: ChildOrder, care: Care) -> tuple[Template, Imported]:
    """A template, and what it tells when it has imported everything, or could not."""
    template = Template(order, bed.soil.environment)
    try:
        return template, _listen(template.talk, care.import_limit)
    except BaseException:
        template.close()
        raise


def _listen(talk: Conversation, import_limit: float) -> Imported:
    """Waits until everything is imported."""
    unit, limit = "", START_LIMIT
    while True:
        try:
            tag, *values = talk.hear(limit)
        except ChildLost as lost:
            return Imported(unit, f"{lost} when it was imported into a template", {})
        if tag == "imported":
            return Imported(*values)
        unit, limit = values[0], import_limit
