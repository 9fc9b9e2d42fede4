from __future__ import annotations

import gc

import pytest

from jobnb.loading import swiftly


@pytest.fixture(autouse=True)
def own_settings():
    yield
    gc.unfreeze()
    gc.enable()


def test_nobody_looks_for_garbage_meanwhile():
    with swiftly():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_became_garbage_is_found_afterwards():
    with swiftly():
        ring = []
        ring.append(ring)
        number = id(ring)
        del ring

    assert number in map(id, gc.get_objects(generation=2))
    assert gc.collect() > 0
    assert gc.get_freeze_count() == 0


def test_an_error_leaves_no_trace():
    with pytest.raises(ImportError), swiftly():
        raise ImportError

    assert gc.isenabled()


def test_who_has_turned_it_off_keeps_it_off():
    gc.disable()
    with swiftly():
        pass

    assert not gc.isenabled()


def test_what_somebody_has_frozen_stays_so():
    mine: list[int] = []
    gc.freeze()
    with swiftly():
        assert gc.isenabled()

    assert not any(found is mine for found in gc.get_objects())
