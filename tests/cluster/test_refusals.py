"""Bad input: one clear error, and no row left behind."""

from __future__ import annotations

import pytest

from jobnb.errors import ClusterError, InvalidInput, JobNotFound, RunRefused
from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

JOBS = """
from jobnb import jobs

class Hello(jobs.Job):
    class Meta:
        name = "Hello World"

    who = jobs.StringVar()
    times = jobs.IntegerVar(default=1, min_value=0)

    def run(self, *, who, times):
        self.logger.info("Hello, %s!", who)

jobs.register_jobs(Hello)
"""


@pytest.fixture
def hello(project, bench):
    project.write("hello.py", JOBS)
    return bench


@pytest.fixture(scope="module")
def refusing(shared_project, shared_bench):
    """For calls that leave nothing behind."""
    shared_project.write("hello.py", JOBS)
    return shared_bench


@pytest.mark.parametrize(
    ("name", "inputs", "error", "words"),
    [
        ("Helo World", {}, JobNotFound, "Did you mean 'Hello World'"),
        ("Hello World", {"who": "x", "whom": "y"}, InvalidInput, "who"),
        ("Hello World", {}, InvalidInput, "who: This field is required"),
        ("Hello World", {"who": "x", "times": "many"}, InvalidInput, "times: Enter a whole number"),
        ("Hello World", {"who": {1, 2}}, InvalidInput, "who"),
    ],
)
def test_a_wrong_call_is_refused_and_leaves_no_row(refusing, name, inputs, error, words):
    with pytest.raises(error, match=words):
        refusing.get_job(name).run(**inputs)

    assert len(refusing.results()) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chek": True}, "Did you mean 'check'"),
        ({"check": "yes"}, "wants bool, not 'yes'"),
        ({"time_limit": -1}, "wants a number of seconds, 0 or more, not -1"),
        ({"memory_limit": "much"}, "wants bytes, or a text as '512 MiB', not 'much'"),
    ],
)
def test_a_wrong_option_is_refused(refusing, options, words):
    with pytest.raises(RunRefused, match=words):
        refusing.get_job("Hello World").options(**options)


def test_a_disabled_job_is_refused(hello):
    hello.enable("Hello World", enabled=False)

    with pytest.raises(RunRefused, match="not enabled"):
        hello.get_job("Hello World").run(who="x")
    assert len(hello.results()) == 0


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "tcp://127.0.0.1"])
def test_a_cluster_that_does_not_answer_is_named(shared_project, refusing, address):
    with shared_project.open(scheduler=address) as bench:
        with pytest.raises(ClusterError, match=f"answers at '{address}'"):
            bench.get_job("Hello World").run(who="x")
        assert len(bench.results()) == 0


def test_a_worker_with_another_database_is_named_with_both(project, hello, cluster, tmp_path):
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    cluster.add_worker(JOBNB_DATABASE_URL=other)
    with project.open(scheduler=cluster.address) as bench:
        bench.dispatch().launcher()._client.wait_for_workers(1)
        with pytest.raises(ClusterError, match=r"(?s)another database.*other\.sqlite3"):
            bench.get_job("Hello World").run(who="x")
        assert len(bench.results()) == 0


def test_a_worker_with_another_database_that_comes_later_closes_the_run(
    project, hello, cluster, tmp_path
):
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Hello World").submit(who="x")
        cluster.add_worker(JOBNB_DATABASE_URL=other)
        result.wait(SECONDS)

        assert result.status is Status.FAILURE
        assert "another database" in result.detail


def test_a_job_that_is_disabled_while_its_run_waits_never_starts(project):
    project.write(
        "hello.py", JOBS.replace("self.logger", "__import__('time').sleep(1); self.logger")
    )
    with project.open(workers=1) as bench:
        first = bench.get_job("Hello World").submit(who="x")
        eventually(lambda: first.status is Status.STARTED)
        second = bench.get_job("Hello World").submit(who="y")
        bench.enable("Hello World", enabled=False)
        second.wait(SECONDS)

        assert (second.status, second.reason) == (Status.FAILURE, Reason.NOT_ENABLED)
        assert second.attempts == []
        assert first.wait(SECONDS).status is Status.SUCCESS
