"""The profile that a run leaves when it is asked to."""

from __future__ import annotations

import pstats
from pathlib import Path
from typing import Any

import pytest

from jobnb.authoring.job import Job
from jobnb.authoring.variables import BooleanVar


class Slow(Job):
    fails = BooleanVar()

    def run(self, *, fails: bool = False) -> int:
        total = add_up(1000)
        if fails:
            raise ValueError("no")
        return total


def add_up(count: int) -> int:
    return sum(number for number in range(count))


def functions_in(content: bytes, folder: Path) -> set[str]:
    (folder / "p.pstats").write_bytes(content)
    stats: Any = pstats.Stats(str(folder / "p.pstats"))
    return {name for _, _, name in stats.stats}


@pytest.mark.parametrize("inputs", [{}, {"fails": True}])
def test_a_profile_names_the_functions_of_the_job_also_if_it_failed(
    run_job: Any, tmp_path: Path, inputs: dict[str, bool]
) -> None:
    outcome = run_job(Slow, inputs, profile=True)

    assert {"run", "add_up"} <= functions_in(outcome.files["Slow.pstats"], tmp_path)


def test_the_log_says_where_the_profile_is_and_how_to_read_it(run_job: Any) -> None:
    outcome = run_job(Slow, profile=True)

    assert ("INFO", "initialization", "Writing profiling information to Slow.pstats.") in (
        outcome.lines
    )
    assert "snakeviz Slow.pstats" in outcome.messages[-2]
    assert outcome.messages[-1] == "Job completed"


def test_without_being_asked_nothing_is_measured(run_job: Any) -> None:
    assert run_job(Slow).files == {}


def test_a_profile_that_is_too_long_for_a_file_is_left_out_with_a_warning(run_job: Any) -> None:
    outcome = run_job(Slow, profile=True, file_limit=10)

    assert outcome.files == {}
    assert any(
        level == "WARNING" and "is not kept" in message for level, _, message in outcome.lines
    )
    assert outcome.finished.status == "SUCCESS"
