"""A short storm; `make chaos` has the long one. The seed of a failure is in its output."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from tests.chaos.storm import weather

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_in_a_storm_every_run_gets_one_true_end_and_nothing_is_left(kind):
    seed = random.SystemRandom().randrange(1 << 30)
    # The path of a socket is short, and the server's system user must get in.
    with tempfile.TemporaryDirectory(prefix="jobnb-storm-", ignore_cleanup_errors=True) as name:
        storm, complaints = weather(Path(name), kind, seed=seed, runs=20, seconds=8)

    assert complaints == [], f"seed {seed}: {dict(storm.done)}"
