"""The nursery, with templates that a test makes; real ones are in ``cluster/test_templates.py``."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from jobnb.catalogs.growing.nursery import Care, Nursery
from jobnb.catalogs.growing.soils import Soil
from jobnb.catalogs.growing.templates import Imported

SOIL = Soil("folder", "root", {}, 1)


class Template:
    """One that nobody uses; it takes its time to end."""

    used = 0.0
    is_over = False
    door = SimpleNamespace(is_idle=True)

    def __init__(self, while_closing) -> None:
        self.close = while_closing


def test_no_run_waits_while_an_old_template_ends():
    nursery, served = Nursery(), threading.Event()

    def take_time() -> None:
        threading.Thread(target=lambda: nursery.bed(SOIL) and served.set()).start()
        assert served.wait(10), "somebody else wants a fork meanwhile"

    nursery.adopt(SOIL, Template(take_time), None, Imported("", "", {}))
    nursery.tidy(Care(most=1, idle=0.0, import_limit=1.0))

    assert served.is_set()
    assert nursery.bed(SOIL).template is None
