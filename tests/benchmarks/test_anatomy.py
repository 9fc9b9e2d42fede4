from __future__ import annotations

import pytest

from tests.benchmarks.anatomy import STEPS


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for _, owner, name, _ in STEPS])
def test_every_step_that_is_measured_is_there(owner, name):
    assert callable(getattr(owner, name))
