"""The gardener: gives each run its child, a fork if it can be, and makes templates for that."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from jobnb.catalogs.growing.beds import Bed
from jobnb.catalogs.growing.conversation import ChildLost, Conversation
from jobnb.catalogs.growing.nursery import NURSERY, Care, Nursery
from jobnb.catalogs.growing.soils import Soil, is_forkable
from jobnb.catalogs.growing.templates import Imported, Template
from jobnb.child.forks import JobUnknown, NotForked, TemplateUnfit
from jobnb.child.process import ChildProcess
from jobnb.errors import ChildError
from jobnb.protocol import ChildOrder

START_LIMIT: Final = 60.0
"""Seconds until a template must have begun; the machine may be busy."""

_log = logging.getLogger(__name__)


class Gardener:
    """Takes forks from the templates of a nursery, and makes those that are missing.

    Any thread may use it.
    """

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery

    def begin(
        self, order: ChildOrder, environment: Mapping[str, str], cwd: str, care: Care
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
            bed = self._nursery.bed(Soil.of(order, environment))
            try:
                return self._fork(bed, unit, order, cwd, care), ""
            except JobUnknown:
                self._prepare(bed, order, unit, care)
            except NotForked as refused:
                reason = str(refused)
            reason = reason or bed.unfit.get(unit, "")
        return ChildProcess.start(order, environment=environment, cwd=cwd), reason

    def _fork(self, bed: Bed, unit: str, order: ChildOrder, cwd: str, care: Care) -> ChildProcess:
        own, common = self._nursery.pick(bed, unit)
        if own is not None:
            try:
                return self._fork_from(own, bed, order, cwd)
            except JobUnknown:  # another file registers it
                bed.heavy.add(unit)
                self._nursery.drop(bed, own)
        if common is None:
            raise JobUnknown
        if care.is_weighed and bed.weighs_beside(unit):
            self._prepare_own(bed, order, unit, care)
            raise NotForked("its memory is limited, and what other files import would count")
        child = self._fork_from(common, bed, order, cwd)
        if bed.wants_own(unit):
            self._prepare_own(bed, order, unit, care)
        return child

    def _fork_from(self, template: Template, bed: Bed, order: ChildOrder, cwd: str) -> ChildProcess:
        try:
            return template.fork(order, cwd)
        except TemplateUnfit:
            self._nursery.drop(bed, template)
            raise

    # --- making templates -------------------------------------------------------------------------

    def _prepare(self, bed: Bed, order: ChildOrder, unit: str, care: Care) -> None:
        """Makes a template with one more unit, if there may be one."""
        if bed.units is not None and unit not in bed.units and unit not in bed.unfit:
            making = _only(order, bed.units | {unit})
            self._in_background(bed, lambda: self._make(bed, making, care))

    def _prepare_own(self, bed: Bed, order: ChildOrder, unit: str, care: Care) -> None:
        """Makes a template with that unit alone, if there is room for one more."""
        if self._nursery.has_room(care):
            making = _only(order, {unit})
            self._in_background(bed, lambda: self._make_own(bed, unit, making, care))

    def _in_background(self, bed: Bed, make: Callable[[], None]) -> None:
        """Makes a template on a thread of its own, unless one is being made for this bed."""
        if not self._nursery.reserve(bed):
            return

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
                self._nursery.plant(bed, template, units, imported)
                self._nursery.tidy(care)
                return
            template.close()
            bed.unfit[imported.culprit] = imported.fault
            units -= {imported.culprit}

    def _make_own(self, bed: Bed, unit: str, order: ChildOrder, care: Care) -> None:
        template, imported = _import(bed, order, care)
        if not self._nursery.plant_own(bed, unit, template, imported):
            template.close()


GARDENER: Final = Gardener(NURSERY)
"""The one of this process."""


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
