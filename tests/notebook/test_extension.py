from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.notebook.completion import match_jobs
from jobnb.notebook.extension import load_ipython_extension, unload_ipython_extension
from jobnb.workbench import current


def test_loading_twice_adds_nothing_twice(shell):
    load_ipython_extension(shell)
    load_ipython_extension(shell)

    assert shell.Completer.custom_matchers.count(match_jobs) == 1
    assert "job" in shell.magics_manager.magics["line"]


def test_unloading_takes_everything_back(shell):
    load_ipython_extension(shell)
    unload_ipython_extension(shell)

    assert match_jobs not in shell.Completer.custom_matchers
    assert "job" not in shell.magics_manager.magics["line"]


@pytest.mark.parametrize("load", [True, False])
def test_unloading_what_is_not_loaded_is_no_error(shell, load):
    if load:
        load_ipython_extension(shell)
        unload_ipython_extension(shell)
    unload_ipython_extension(shell)

    assert match_jobs not in shell.Completer.custom_matchers


def test_unloading_it_leaves_no_thread_that_looks_at_runs(shell, monkeypatch):
    rested = []
    bench = SimpleNamespace(rest_viewer=lambda: rested.append(True))
    monkeypatch.setattr(current, "_bench", bench)
    load_ipython_extension(shell)
    unload_ipython_extension(shell)

    assert rested == [True]
