from __future__ import annotations

from jobnb.engine import updates
from tests.runs import torn_run


def test_a_log_goes_on_after_lost_lines(bench, monkeypatch):
    monkeypatch.setattr(updates, "PAGE", 2)
    log = bench.result(torn_run(bench.database())).log

    assert [entry.message for entry in log] == ["1", "2", "7", "8"]
