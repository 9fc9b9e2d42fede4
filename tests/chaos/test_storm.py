"""A short storm; `make chaos` has the long one. The seed of a failure is in its output."""

from __future__ import annotations

import random

import pytest

from tests.chaos.storm import weather

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]


def test_in_a_storm_every_run_gets_one_true_end_and_nothing_is_left(tmp_path):
    seed = random.SystemRandom().randrange(1 << 30)
    storm, complaints = weather(
        tmp_path, f"sqlite:///{tmp_path / 'jobnb.sqlite3'}", seed=seed, runs=40, seconds=15
    )

    assert complaints == [], f"seed {seed}: {dict(storm.done)}"
