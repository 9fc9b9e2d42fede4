"""The nursery: the templates of this process, and which run is forked from which of them."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from jobnb.catalogs.conversation import ChildLost, Conversation
from jobnb.catalogs.soils import Soil, is_forkable
from jobnb.child.forks import Door, JobUnknown, NotForked, TemplateUnfit
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


class Template:
    """A child that has imported job files and forks. Whoever holds it closes it."""

    def __init__(self, order: ChildOrder, environment: Mapping[str, str]) -> None:
        """Starts it; it begins to import.

        Raises:
            ChildError: The operating system refused.
        """
        self.door = Door()

        def begin(folder: Path) -> ChildProcess:
            return ChildProcess.start(
                order, environment=environment, cwd=folder, door=self.door.fileno()
            )

        try:
            self.talk = Conversation(begin)
        except BaseException:
            self.door.close()
            raise
        self.door.give_away()
        self.used = time.monotonic()

    def fork(self, order: ChildOrder, cwd: Path) -> ChildProcess:
        """A fork of it; see ``Door.fork``."""
        if self.is_over:  # a fork that it has made ahead may outlive it
            raise TemplateUnfit("its template has ended")
        self.used = time.monotonic()
        return self.door.fork(order, cwd)

    @property
    def is_over(self) -> bool:
        """Whether it makes no forks any more."""
        return not self.door.is_open or self.talk.is_over()

    def close(self) -> None:
        """Ends it. Its forks live on, but nobody will know their exit codes."""
        self.door.close()
        self.talk.close()


@dataclass
class _Bed:
    """What is known of the runs from one soil."""

    soil: Soil
    units: frozenset[str] | None = frozenset()
    """What the template has imported, or is importing; None for all."""
    template: Template | None = None
    unfit: dict[str, str] = field(default_factory=dict)
    """Units of which no template can be made, with the reason."""
    is_busy: bool = False
    """Whether one is being made."""


class Nursery:
    """The templates of this process. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beds: list[_Bed] = []
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
                return self._fork(bed, order, cwd), ""
            except JobUnknown:
                self._prepare(bed, order, unit, care)
            except NotForked as refused:
                reason = str(refused)
            reason = reason or bed.unfit.get(unit, "")
        return ChildProcess.start(order, environment=environment, cwd=cwd), reason

    def _fork(self, bed: _Bed, order: ChildOrder, cwd: Path) -> ChildProcess:
        with self._lock:
            template = bed.template
            if template is None:
                raise JobUnknown
            template.used = time.monotonic()
        try:
            return template.fork(order, cwd)
        except TemplateUnfit:
            self._drop(bed, template)
            raise

    def _drop(self, bed: _Bed, template: Template) -> None:
        with self._lock:
            if bed.template is template:
                bed.template, bed.units = None, frozenset()
        template.close()

    # --- making templates -------------------------------------------------------------------------

    def adopt(self, soil: Soil, template: Template, units: frozenset[str] | None) -> None:
        """Takes over a template that has imported these units of a snapshot; None: all."""
        self._put(self._bed(soil), template, units)

    def note_unfit(self, soil: Soil, unit: str, reason: str) -> None:
        """No template is made of this unit."""
        self._bed(soil).unfit[unit] = f"{unit} {reason}"

    def _prepare(self, bed: _Bed, order: ChildOrder, unit: str, care: Care) -> None:
        """Makes a template with one more unit, if there may be one, on a thread of its own."""
        with self._lock:
            if bed.is_busy or bed.units is None or unit in bed.units or unit in bed.unfit:
                return
            bed.is_busy = True
            units = bed.units | {unit}
        making = replace(order, verb="prepare", run=None, modules=tuple(sorted(units)))
        arguments = (bed, making, care)
        threading.Thread(
            target=self._make, args=arguments, name="jobnb-nursery", daemon=True
        ).start()

    def _make(self, bed: _Bed, order: ChildOrder, care: Care) -> None:
        try:
            units = frozenset(order.modules)
            while units:
                fault = self._try(bed, replace(order, modules=tuple(sorted(units))), care)
                if fault is None:
                    break
                unit, reason = fault
                bed.unfit[unit] = f"{unit} {reason}"
                units -= {unit}
        except ChildError as error:
            _log.warning("No template could be made: %s", error)
        except Exception:  # noqa: BLE001 - nobody waits for this thread
            _log.exception("No template could be made")
        finally:
            bed.is_busy = False

    def _try(self, bed: _Bed, order: ChildOrder, care: Care) -> tuple[str, str] | None:
        """Makes a template; gives the unit that it cannot be made with, and why."""
        template = Template(order, bed.soil.environment)
        try:
            fault = _listen(template.talk, care.import_limit)
        except BaseException:
            template.close()
            raise
        if fault is not None:
            template.close()
            return fault
        self._put(bed, template, frozenset(order.modules))
        self.tidy(care)
        return None

    def _put(self, bed: _Bed, template: Template, units: frozenset[str] | None) -> None:
        with self._lock:
            if bed.template is not None:
                self._fading.append(bed.template)
            bed.template, bed.units = template, units
            if bed not in self._beds:
                self._beds.append(bed)

    def _bed(self, soil: Soil) -> _Bed:
        with self._lock:
            bed = next((bed for bed in self._beds if bed.soil == soil), None)
            if bed is None:
                bed = _Bed(soil)
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
                if bed.template is not None:
                    self._fading.append(bed.template)
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
            growing = [bed.template for bed in self._beds if bed.template is not None]
            return [*self._fading, *(template for template in growing if template.used < since)]

    def _take_out(self, care: Care) -> Iterator[Template]:
        self._close_faded()
        now = time.monotonic()
        with self._lock:
            in_order = sorted(
                (bed for bed in self._beds if bed.template is not None),
                key=lambda bed: bed.template.used if bed.template else 0.0,
                reverse=True,
            )
            kept = 0
            for bed in in_order:
                template = bed.template
                assert template is not None, "those without were left out"
                is_old = kept >= care.most or now - template.used > care.idle
                if template.is_over or (is_old and template.door.is_idle):
                    self._beds.remove(bed)
                    yield template
                else:
                    kept += 1
            empty = [bed for bed in self._beds if bed.template is None and not bed.is_busy]
            for bed in empty[:-_REMEMBERED]:
                self._beds.remove(bed)

    def leave_to_parent(self) -> None:
        """In a forked process: the templates are its parent's."""
        self._lock = threading.Lock()
        self._beds, self._fading = [], []


NURSERY: Final = Nursery()
"""The one of this process: describers and supervisors meet here."""

os.register_at_fork(after_in_child=NURSERY.leave_to_parent)


def _listen(talk: Conversation, import_limit: float) -> tuple[str, str] | None:
    """Waits until everything is imported; gives what no template can be made with, and why."""
    unit, limit = "", START_LIMIT
    while True:
        try:
            tag, *values = talk.hear(limit)
        except ChildLost as lost:
            return unit, f"{lost} when it was imported into a template"
        if tag == "imported":
            culprit, reason = values
            return (culprit, reason) if reason else None
        unit, limit = values[0], import_limit
