from __future__ import annotations

import gc

import pytest

from jobnb.garbage import in_one_go, swiftly


@pytest.fixture(autouse=True)
def own_settings():
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("around", [swiftly, in_one_go])
def test_nobody_looks_for_garbage_meanwhile(around):
    with around():
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


@pytest.mark.parametrize("around", [swiftly, in_one_go])
def test_an_error_leaves_no_trace(around):
    with pytest.raises(ImportError), around():
        raise ImportError

    assert gc.isenabled()


@pytest.mark.parametrize("around", [swiftly, in_one_go])
def test_who_has_turned_it_off_keeps_it_off(around):
    gc.disable()
    with around():
        pass

    assert not gc.isenabled()


def test_what_somebody_has_frozen_stays_so():
    mine: list[int] = []
    gc.freeze()
    with swiftly():
        assert gc.isenabled()

    assert not any(found is mine for found in gc.get_objects())
