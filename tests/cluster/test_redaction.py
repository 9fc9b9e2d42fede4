"""What patterns find is not shown, wherever a job says it, and no pattern stops a run."""

from __future__ import annotations

import time

import pytest

from jobnb.engine.recording.redaction import WITHHELD
from jobnb.errors import JobFailed
from jobnb.protocol import EntryKind, Status
from tests.cluster.test_secrets import everything_in
from tests.processes import SECONDS, best_of_many, eventually, is_alive

pytestmark = pytest.mark.cluster

JOBS = """
import os, subprocess, sys, time
from jobnb import jobs

class Tells(jobs.Job):
    class Meta:
        sanitizer_patterns = [(r"key-\\d+", "key-{replacement}")]

    def run(self):
        word = "hal" + "ibut"  # the source is in the database as well
        self.logger.info("password is %s", word, extra={"object": f"ssh://ada:{word}@host"})
        self.logger.warning("unseen password %s", word, extra={"skip_db_logging": True})
        print(f"https://ada:{word}@host and key-{123456}")
        for piece in ("the password: ", word[:5], word[5:] + "\\n"):
            print(piece, end="")
            time.sleep(0.3)
        os.write(1, b"native https://ada:" + word[:4].encode())
        time.sleep(0.3)
        os.write(1, word[4:].encode() + b"@host\\n")
        subprocess.run(["echo", f"secret {word}"])
        raise ValueError(f"Cannot open https://ada:{word}@host")

class Explodes(jobs.Job):
    class Meta:
        sanitizer_patterns = [(r"(a|aa)+$", "{replacement}")]

    def run(self):
        for number in range(2000):
            self.logger.info("%s %s", number, "a" * 100 + "!")
        for _ in range(5):  # after such a flood even a harmless line may be withheld
            self.logger.info("over")
        return "over"

class GoesOn(Explodes):
    def run(self):
        self.logger.info("%d", os.getpid())
        while True:
            self.logger.info("a" * 100 + "!")
            time.sleep(0.001)

jobs.register_jobs(Tells, Explodes, GoesOn)
"""


@pytest.fixture
def talkative(project, bench):
    project.write("talkative.py", JOBS)
    return bench


def test_what_patterns_find_is_nowhere(talkative, project, caplog):
    with pytest.raises(JobFailed) as failed:
        talkative.get_job("Tells").run()
    result = failed.value.result
    messages = [entry.message for entry in result.log]
    shown = f"{failed.value} {result!r} {result._repr_mimebundle_()} {result.record} {messages}"

    assert "password is (redacted)" in messages
    assert "https://(redacted)@host and key-(redacted)" in messages
    assert "secret (redacted)" in messages
    assert "unseen password (redacted)" in caplog.text
    assert str(failed.value).count("Cannot open https://(redacted)@host") == 1
    assert "https://(redacted)@host" in result.traceback
    for part in ("halibut", "halib", "libut", "key-1"):
        assert part not in shown + caplog.text
        assert part not in everything_in(project.database_url).decode("utf-8", "replace")


def test_a_pattern_that_explodes_stops_neither_its_run_nor_others(talkative, project):
    project.write(
        "other.py",
        "from jobnb import jobs\n@jobs.job\ndef other(): return 1\njobs.register_jobs(other)",
    )
    exploding = talkative.get_job("Explodes").submit()
    assert talkative.get_job("other").run().value == 1
    exploding.wait(SECONDS)
    log = [entry for entry in exploding.log if entry.kind is EntryKind.LOG]

    assert (exploding.status, exploding.value) == (Status.SUCCESS, "over")
    assert {entry.message for entry in log if entry.grouping == "run"} == {WITHHELD, "over"}
    assert sum("takes too long" in entry.message for entry in log) == 1
    assert len(log) == 2000 + 5 + 1 + 2


def test_a_pattern_that_explodes_does_not_delay_a_cancel(talkative):
    def measure():
        result = talkative.get_job("GoesOn").submit()
        eventually(lambda: len(result.log) > 50)
        pid = int(result.log[1].message)
        began = time.monotonic()
        result.cancel()
        eventually(lambda: not is_alive(pid))
        took = time.monotonic() - began
        assert result.wait(SECONDS).status is Status.REVOKED
        return took

    assert best_of_many(measure, 0.5) < 0.5


def test_the_patterns_of_the_settings_replace_the_default_ones(project):
    project.write("talkative.py", JOBS)
    with project.open(sanitizer_patterns=[("but", "<{replacement}>")]) as bench:
        result = bench.get_job("Tells").options(check=False).run()

    assert "password is hali<(redacted)>" in [entry.message for entry in result.log]
