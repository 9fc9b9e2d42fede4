from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobnb.errors import StoreUnreachable
from jobnb.store.opening.location import default_database_url


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def _mounts(tmp_path, **systems):
    """A table of mounts: the root is local, and each path has the system given for it."""
    lines = ["/dev/sda1 / ext4 rw 0 0"]
    lines += [f"server:/x {path} {system} rw 0 0" for path, system in systems.items()]
    file = tmp_path / "mounts"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_the_database_is_beside_the_jobs(project, tmp_path):
    url, reason = default_database_url(project / "jobs", tmp_path / "state")

    assert url == f"sqlite:///{project}/.jobnb/jobnb.sqlite3"
    assert reason is None
    assert (project / ".jobnb" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "state").exists()


def test_an_edited_gitignore_is_left_alone(project, tmp_path):
    ignore = project / ".jobnb" / ".gitignore"
    ignore.parent.mkdir()
    ignore.write_text("mine\n")
    default_database_url(project / "jobs", tmp_path / "state")

    assert ignore.read_text() == "mine\n"


@pytest.mark.parametrize("system", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre"])
def test_on_a_network_file_system_it_is_in_the_state_folder(project, tmp_path, system):
    mounts = _mounts(tmp_path, **{str(project): system})
    url, reason = default_database_url(project / "jobs", tmp_path / "state", mounts=mounts)

    assert url.startswith(f"sqlite:///{tmp_path}/state/jobnb-")
    assert str(tmp_path / "state") in reason
    assert f"network file system ({system})" in reason
    assert not (project / ".jobnb").exists()


@pytest.mark.parametrize("system", ["ext4", "overlay", "tmpfs", "xfs", "fuse.ntfs-3g"])
def test_a_local_file_system_is_trusted(project, tmp_path, system):
    mounts = _mounts(tmp_path, **{str(project): system})

    assert default_database_url(project / "jobs", tmp_path, mounts=mounts)[1] is None


def test_the_last_mount_of_the_nearest_folder_counts(tmp_path):
    folder = tmp_path / "with blank"
    folder.mkdir()
    mounts = _mounts(tmp_path, **{str(tmp_path): "nfs"})
    escaped = str(folder).replace(" ", "\\040")
    with mounts.open("a") as table:
        table.write(f"x {escaped} nfs4 rw 0 0\nx {escaped} ext4 rw 0 0\n")

    assert default_database_url(folder / "jobs", tmp_path / "s", mounts=mounts)[1] is None


def test_each_jobs_folder_has_a_database_of_its_own_there(tmp_path):
    mounts = _mounts(tmp_path, **{str(tmp_path / "net"): "nfs"})
    roots = [tmp_path / "net" / name / "jobs" for name in ("a", "b", "a")]
    urls = [default_database_url(root, tmp_path / "state", mounts=mounts)[0] for root in roots]

    assert urls[0] == urls[2] != urls[1]


def test_where_nothing_can_be_written_it_is_in_the_state_folder(tmp_path):
    (tmp_path / "file").write_text("")
    url, reason = default_database_url(tmp_path / "file" / "jobs", tmp_path / "state")

    assert url.startswith(f"sqlite:///{tmp_path}/state/")
    assert "cannot be made (Not a directory)" in reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_passed_over(project, tmp_path):
    (project / ".jobnb").mkdir(mode=0o500)
    (project / ".jobnb" / ".gitignore").touch()

    assert "cannot be" in default_database_url(project / "jobs", tmp_path / "state")[1]


def test_a_mistyped_jobs_folder_leaves_no_folder_behind(tmp_path):
    default_database_url(tmp_path / "typo" / "jobs", tmp_path / "state")

    assert not (tmp_path / "typo").exists()


def test_if_no_place_is_fit_the_message_names_both(project, tmp_path):
    mounts = _mounts(tmp_path, **{str(tmp_path): "nfs"})

    with pytest.raises(StoreUnreachable, match="JOBNB_STATE_DIR") as caught:
        default_database_url(project / "jobs", tmp_path / "state", mounts=mounts)
    assert str(project / ".jobnb") in str(caught.value)
    assert str(tmp_path / "state") in str(caught.value)


def test_without_a_table_of_mounts_every_file_system_counts_as_local(project, tmp_path):
    missing = Path("/nonexistent/mounts")

    assert default_database_url(project / "jobs", tmp_path, mounts=missing)[1] is None
