"""Back Up Configurations, with real folders and a real HTTP server on loopback."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jobnb.errors import InvalidInput
from jobnb.testing import JobRun, assert_logged, try_job
from tests.jobs.examples import JOBS_ROOT, load

load("at_once")
backup_configs = load("backup_configs")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """What the devices run: a folder with a file for each."""
    folder = tmp_path / "devices"
    folder.mkdir()
    (folder / "r1.cfg").write_text("hostname r1\nmtu 1500\n")
    (folder / "r2.cfg").write_text("hostname r2\n")
    return folder


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def url(devices: Path) -> Iterator[str]:
    """The same devices, as a web server gives them."""
    handler = partial(Quiet, directory=str(devices))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{device}}.cfg"
        server.shutdown()
        thread.join()


def back_up(source: Path | str, backups: Path, **inputs: Any) -> JobRun:
    given = {"dry_run": False, **inputs}
    return try_job(
        backup_configs.BackUpConfigurations, source=str(source), backups=str(backups), **given
    )


def test_the_first_time_all_are_new_and_kept_for_their_owner_only(devices, backups):
    run = back_up(devices, backups)

    assert run.value == {"new": ["r1", "r2"], "changed": [], "unchanged": [], "failed": []}
    assert (backups / "r1.cfg").read_text() == "hostname r1\nmtu 1500\n"
    assert (backups / "r1.cfg").stat().st_mode & 0o777 == 0o600


def test_a_change_is_a_diff_and_the_version_of_before_stays(devices, backups):
    back_up(devices, backups)
    (devices / "r1.cfg").write_text("hostname r1\nmtu 9000\n")
    run = back_up(devices, backups)

    assert run.value["changed"] == ["r1"]
    assert run.value["unchanged"] == ["r2"]
    assert run.files["r1.diff"].decode().splitlines() == [
        "--- r1 (before)",
        "+++ r1 (now)",
        "@@ -1,2 +1,2 @@",
        " hostname r1",
        "-mtu 1500",
        "+mtu 9000",
    ]
    assert [path.read_text() for path in (backups / "older").iterdir()] == [
        "hostname r1\nmtu 1500\n"
    ]
    assert_logged(run, "Changed: 1 lines more, 1 less", level="WARNING", grouping="compare")


def test_a_dry_run_compares_and_keeps_nothing(devices, backups):
    run = back_up(devices, backups, dry_run=True)

    assert run.value["new"] == ["r1", "r2"]
    assert not backups.exists()


def test_lines_that_change_by_themselves_are_no_change(devices, backups):
    (devices / "r1.cfg").write_text("! Last configuration change at 10:00\nhostname r1\n")
    back_up(devices, backups)
    (devices / "r1.cfg").write_text("! Last configuration change at 11:00\nhostname r1\n")

    assert back_up(devices, backups).value["changed"] == []


def test_a_changed_secret_is_told_but_not_shown(devices, backups):
    (devices / "r1.cfg").write_text("enable secret 9 hunter2\n")
    back_up(devices, backups)
    (devices / "r1.cfg").write_text("enable secret 9 hunter3\n")
    diff = back_up(devices, backups).files["r1.diff"].decode()

    assert "-enable secret (withheld)\n+enable secret (withheld)\n" in diff
    assert "hunter" not in diff


def test_devices_are_fetched_over_http(url, backups):
    run = back_up(url, backups, devices="r2\nr1")

    assert run.value["new"] == ["r1", "r2"]
    assert (backups / "r2.cfg").read_text() == "hostname r2\n"


def test_a_device_that_does_not_answer_fails_the_run_and_the_others_are_kept(url, backups):
    run = back_up(url, backups, devices="r1\nr9")

    assert run.detail == "No configuration from r9"
    assert run.value == {"new": ["r1"], "changed": [], "unchanged": [], "failed": ["r9"]}
    assert_logged(run, "Not fetched: HTTP Error 404: File not found", level="FAILURE")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b" \n", "it is empty"),
        (b"<!DOCTYPE html><p>Log in", "it is a web page"),
        (b"\xff\xfe", "'utf-8' codec can't decode"),
        (b"x" * (backup_configs.LARGEST + 1), "it is longer than 5000000 bytes"),
    ],
)
def test_what_is_no_configuration_does_not_replace_a_good_one(devices, backups, content, complaint):
    back_up(devices, backups)
    (devices / "r2.cfg").write_bytes(content)
    run = back_up(devices, backups)

    assert run.value["failed"] == ["r2"]
    assert (backups / "r2.cfg").read_text() == "hostname r2\n"
    assert_logged(run, complaint, level="FAILURE")


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"source": "http://host/{device}"}, "devices: a URL cannot tell them"),
        ({"source": "http://host/all", "devices": "r1"}, "source: "),
        ({"source": "http://ada:hunter2@host/{device}", "devices": "r1"}, "source: "),
        ({"devices": "../../etc/passwd"}, "devices: '../../etc/passwd' is no name"),
        ({"ignore": "("}, "ignore: no regular expression"),
    ],
)
def test_what_cannot_work_is_refused_before_it_starts(inputs, complaint):
    with pytest.raises(InvalidInput) as caught:
        try_job(backup_configs.BackUpConfigurations, **inputs)

    assert complaint in str(caught.value)


def test_a_folder_without_devices_is_a_failure(tmp_path, backups):
    run = back_up(tmp_path, backups)

    assert run.detail.startswith("There is nothing to back up")


def test_the_sample_has_something_of_everything(backups):
    shutil.copytree(JOBS_ROOT / "data" / "configs" / "before", backups)
    run = back_up("", backups)

    assert run.value == {
        "new": ["ams01-sw-014"],
        "changed": ["fra01-rtr-001", "fra01-sw-001"],
        "unchanged": ["ams01-sw-015"],
        "failed": [],
    }
    assert run.progress == [[4, 4, "devices"]]
