"""Secrets: a job gets them, and afterwards they are nowhere."""

from __future__ import annotations

import base64
import pickle
import re
from pathlib import Path

import pytest
from distributed import Client
from sqlalchemy import create_engine, inspect, make_url, text

from jobnb.errors import ChildError, InvalidInput
from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually, kill

pytestmark = pytest.mark.cluster

SECRET = "hunter2!swordfish"

JOBS = """
import base64, json, logging, os, sys
from jobnb import jobs

class Talks(jobs.Job):
    password = jobs.SecretVar(max_length=40)
    api_token = jobs.StringVar(required=False, max_length=20)
    who = jobs.StringVar(default="x")
    ends = jobs.StringVar(default="well")

    def run(self, *, password, api_token, who, ends):
        self.logger.info("it is %s", password, extra={"grouping": password, "object": password})
        self.logger.warning("unseen %s", password, extra={"skip_db_logging": True})
        logging.getLogger(password).error("%r", [password])
        print("printed", password)
        print(base64.b64encode(f"ada:{password}".encode()).decode(), file=sys.stderr)
        os.write(1, password[:5].encode())
        os.write(1, password[5:].encode() + b"\\n")
        self.create_file(f"{password}.txt", "nothing")
        if ends == "badly":
            raise ValueError(json.dumps({"password": password}))
        if ends == "fail":
            self.fail("because of %s", password)
        if ends == "unkept":
            return {password: object()}
        return {"password": password, "length": len(password), "token": api_token}

class Withholds(jobs.Job):
    class Meta:
        has_sensitive_variables = True

    site = jobs.StringVar()

    def run(self, *, site):
        return len(site)

class Checks(jobs.Job):
    password = jobs.SecretVar()
    how = jobs.StringVar()

    @classmethod
    def clean(cls, inputs):
        secret = inputs["password"]
        if inputs["how"] == "complains":
            raise jobs.ValidationError({"how": f"not with {secret}"})
        if inputs["how"] == "dies":
            os.write(2, secret.encode())
            os._exit(3)
        raise KeyError(secret)

    def run(self, *, password, how):
        pass

jobs.register_jobs(Talks, Withholds, Checks)
"""


@pytest.fixture
def secretive(project, bench):
    project.write("secretive.py", JOBS)
    return bench


def everything_in(database_url):
    """All that the database holds, whatever table or file it is in."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database)
        return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        tables = inspect(engine).get_table_names()
        rows = [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables]
    engine.dispose()
    return repr(rows).encode()


def is_hidden(shown):
    """Whether neither the secret nor a part of it is in what was shown."""
    shown = shown if isinstance(shown, bytes) else str(shown).encode()
    forms = [SECRET, SECRET[:7], SECRET[-9:], base64.b64encode(SECRET.encode()).decode()[:16]]
    return not any(form.encode() in shown for form in forms)


@pytest.mark.parametrize("ends", ["well", "badly", "fail", "unkept"])
def test_a_secret_that_a_job_tells_in_every_way_is_nowhere(secretive, project, caplog, ends):
    result = secretive.get_job("Talks").options(check=False).run(password=SECRET, ends=ends)
    shown = (
        repr(result) + str(result._repr_mimebundle_()) + str(result.record) + str(list(result.log))
    )

    assert result.status is (Status.FAILURE if ends in ("badly", "fail") else Status.SUCCESS)
    assert is_hidden(everything_in(project.database_url))
    assert is_hidden(shown + caplog.text)
    assert "unseen ********" in caplog.text
    assert result.inputs["password"] == "********"
    assert [file.name for file in result.files] == ["********.txt"]


def test_a_job_gets_its_secret_as_it_was_given(secretive):
    value = secretive.get_job("Talks").run(password=f" {SECRET}\n", api_token="abc").value

    assert value == {"password": "********", "length": len(SECRET) + 2, "token": "abc"}


def test_a_job_that_withholds_all_inputs_has_none_in_the_database(secretive, project):
    result = secretive.get_job("Withholds").run(site="Amsterdam 7")

    assert (result.value, result.inputs) == (11, {"site": "********"})
    assert b"Amsterdam 7" not in everything_in(project.database_url)


def test_withheld_inputs_must_be_given_again_for_another_run(secretive):
    result = secretive.get_job("Talks").run(password=SECRET)
    with pytest.raises(InvalidInput, match="password: is sensitive, so it was not kept"):
        result.rerun()

    assert result.rerun(password="another one").wait().value["length"] == 11


def test_a_reference_is_stored_and_resolved_for_each_run(secretive, project, monkeypatch):
    monkeypatch.setenv("THE_PASSWORD", SECRET)
    result = secretive.get_job("Talks").run(password="env:THE_PASSWORD", api_token="text:env:A")
    again = result.rerun(api_token="").wait()

    assert result.inputs["password"] == again.inputs["password"] == "env:THE_PASSWORD"
    assert (result.value["length"], result.value["token"]) == (len(SECRET), "********")
    assert again.value["length"] == len(SECRET)
    assert is_hidden(everything_in(project.database_url))


def test_a_reference_is_resolved_on_the_worker(project, cluster, tmp_path):
    project.write("secretive.py", JOBS)
    (tmp_path / "token").write_text("from a file\n")
    cluster.add_worker(ONLY_THERE=SECRET)
    with project.open(scheduler=cluster.address) as bench:
        inputs = {"password": "env:ONLY_THERE", "api_token": f"file:{tmp_path / 'token'}"}
        result = bench.get_job("Talks").run(**inputs)

    assert result.value == {"password": "********", "length": len(SECRET), "token": "********"}
    assert is_hidden(everything_in(project.database_url))
    logs = b"".join(path.read_bytes() for path in project.root.glob("*.log"))
    assert b"unseen ********" in logs
    assert is_hidden(logs)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:NOWHERE", "Input 'password' is 'env:NOWHERE', but the worker has no environment"),
        ("env:JOBNB_DATABASE_URL", "the worker has no environment variable"),
        ("file:/no/such/file", "there is no file '/no/such/file'"),
    ],
)
def test_a_reference_that_leads_nowhere_ends_the_run(secretive, monkeypatch, reference, words):
    monkeypatch.setenv("JOBNB_DATABASE_URL", SECRET)
    result = secretive.get_job("Talks").options(check=False).run(password=reference)

    assert (result.status, result.reason) == (Status.FAILURE, Reason.INPUT_MISSING)
    assert words in result.detail


def test_what_a_reference_leads_to_is_checked_before_the_job_gets_it(secretive, monkeypatch):
    monkeypatch.setenv("TOO_LONG", SECRET * 3)
    result = secretive.get_job("Talks").options(check=False).run(password="env:TOO_LONG")

    assert result.status is Status.FAILURE
    assert "password: Ensure this value has at most 40 characters." in result.detail
    assert not any(entry.message.startswith("it is") for entry in result.log)


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("complains", InvalidInput, r"not with \*{8}"),
        ("raises", ChildError, r"KeyError: '\*{8}'"),
        ("dies", ChildError, r"\*{8}"),
    ],
)
def test_no_error_about_inputs_quotes_a_secret(secretive, how, error, words):
    with pytest.raises(error, match=words) as caught:
        secretive.get_job("Checks").run(password=SECRET, how=how)

    chain = [caught.value, caught.value.__cause__]
    assert is_hidden(repr(chain) + str(caught.value) + repr(pickle.dumps(caught.value)))


def test_a_secret_in_a_value_that_cannot_be_sent_is_not_quoted(secretive):
    with pytest.raises(InvalidInput) as caught:
        secretive.get_job("Talks").run(password={SECRET: object()}, api_token=SECRET * 2)

    assert is_hidden(caught.value)


def test_dask_does_not_log_the_inputs_of_a_task_that_fails(project, cluster, tmp_path):
    project.write("secretive.py", JOBS)
    (tmp_path / "broken" / "jobnb").mkdir(parents=True)
    (tmp_path / "broken" / "jobnb" / "__init__.py").write_text("raise ImportError('broken')")
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Talks").submit(password=SECRET)
        cluster.add_worker(PYTHONPATH=str(tmp_path / "broken"))
        result.wait(SECONDS)
        logs = b"".join(path.read_bytes() for path in project.root.glob("*.log"))

    assert result.reason is Reason.WORKER_UNFIT
    assert b"Compute Failed" in logs
    assert is_hidden(logs)


def submit_and_die(project, cluster):
    """The id of a run that waits for a worker; whoever submitted it is gone."""
    program = project.python(
        f"""
        import jobnb, time
        result = jobnb.submit("Talks", password={SECRET!r})
        launcher = result._dispatch.launcher()
        kept = lambda dask_scheduler: bool(dask_scheduler.clients["fire-and-forget"].wants_what)
        while not launcher._client.run_on_scheduler(kept):
            time.sleep(0.05)
        print(result.id, flush=True)
        time.sleep(600)
        """,
        JOBNB_SCHEDULER=cluster.address,
    )
    run_id = program.stdout.readline().strip()
    kill(program.pid)
    program.communicate()
    return run_id


def test_a_run_whose_submitter_died_still_gets_its_secret_from_the_scheduler(project, cluster):
    project.write("secretive.py", JOBS)
    run_id = submit_and_die(project, cluster)
    with project.open(scheduler=cluster.address) as bench:
        bench.dispatch().launcher()
        result = bench.result(run_id)
        eventually(lambda: bench.dispatch().observe() or bench.dispatch().launcher().runs)
        cluster.add_worker()

        assert result.wait(SECONDS).value["length"] == len(SECRET)


def test_a_run_whose_secret_nobody_knows_any_more_is_closed_and_says_so(project, cluster):
    project.write("secretive.py", JOBS)
    run_id = submit_and_die(project, cluster)
    with Client(cluster.address, set_as_default=False) as client:
        client.run_on_scheduler(forget_all)
    with project.open(scheduler=cluster.address) as bench:
        bench.dispatch().launcher()
        result = bench.result(run_id)
        eventually(lambda: bench.dispatch().observe() or result.record.is_ready)

    assert (result.status, result.reason) == (Status.REVOKED, Reason.NEVER_STARTED)
    assert re.search(r"sensitive inputs \(password\) were known only to the process", result.detail)


def forget_all(dask_scheduler):
    """As if Dask had given the tasks up."""
    keys = list(dask_scheduler.tasks)
    dask_scheduler.client_releases_keys(keys, "fire-and-forget", "test")
    for client in list(dask_scheduler.clients):
        dask_scheduler.client_releases_keys(keys, client, "test")
