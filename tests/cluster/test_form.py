"""A form without a notebook: filled in and run from plain Python."""

from __future__ import annotations

import pytest

import jobnb
from jobnb.protocol import Status

pytestmark = pytest.mark.cluster

JOB = """
from jobnb import jobs

class Hello(jobs.Job):
    class Meta:
        name = "Hello World"

    who = jobs.StringVar(min_length=3)
    count = jobs.IntegerVar(default=1)
    image = jobs.FileVar(required=False)
    token = jobs.SecretVar(required=False)

    def run(self, *, who, count, image, token):
        return [who, count, image and image.read().decode(), len(token)]

jobs.register_jobs(Hello)
"""


@pytest.fixture(autouse=True)
def project(monkeypatch, tmp_path):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobnb.toml").touch()
    (tmp_path / "jobs" / "hello.py").write_text(JOB)
    monkeypatch.chdir(tmp_path)
    jobnb.close()
    yield tmp_path
    jobnb.close()


def test_a_form_is_filled_in_corrected_and_run(project):
    (project / "a.bin").write_text("content")
    form = jobnb.form("Hello World", who="x", count="two")
    assert set(form.errors) == {"who", "count"}
    with pytest.raises(jobnb.InvalidInput):
        form.run()

    form.values = {"who": "Ada", "count": "2", "image": project / "a.bin", "token": "12345678"}
    assert form.errors == {}
    result = form.run().wait()
    assert (result.status, result.value) == (Status.SUCCESS, ["Ada", 2, "content", 8])


def test_a_form_begins_with_the_inputs_of_an_earlier_run():
    result = jobnb.submit("Hello World", who="Ada", count=7, image=b"x", token="12345678").wait()
    form = jobnb.form(result, count=8)
    values = form.values

    assert (values["who"], values["count"]) == ("Ada", 8)
    assert result.form(count=8).values == values
    assert values["image"]["size"] == 1
    assert "token" not in values
    assert form.run().wait().value == ["Ada", 8, "x", 0]


def test_an_option_that_a_form_offers_is_one_of_the_job():
    handle = jobnb.get_job("Hello World")

    assert [option.name for option in handle.choosable] == ["profile"]
    assert handle.start({"who": "Ada"}, {"profile": True}).wait().files
