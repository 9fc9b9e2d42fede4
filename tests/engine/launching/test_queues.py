"""Queues as people write them."""

from __future__ import annotations

import pytest

from jobnb.engine.launching.queues import declared_queues, parse_queues
from jobnb.errors import ClusterError
from jobnb.protocol import JobDescription


def job(*queues: str) -> JobDescription:
    names = dict.fromkeys(["class_path", "module", "class_name", "name", "grouping"], "x")
    return JobDescription(**names, description="", file="x.py", meta={"task_queues": queues})


def test_a_queue_without_a_number_gets_every_thread():
    assert parse_queues(["gpu", "net=1"], 4) == {"gpu": 4, "net": 1}


@pytest.mark.parametrize("word", ["", "=1", "gpu=", "gpu=0", "gpu=-1", "gpu=x", "a b", "a,b"])
def test_what_is_no_queue_is_refused(word):
    with pytest.raises(ClusterError, match="is no queue; write it as NAME or NAME=RUNS"):
        parse_queues([word], 4)


def test_the_queues_of_all_jobs_are_told_without_the_default_one():
    assert declared_queues([job("net", "default"), job(), job("gpu", "net")]) == ["gpu", "net"]
