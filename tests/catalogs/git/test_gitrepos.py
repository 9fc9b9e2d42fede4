"""What is read of a repository, what is not, and that git is told no secret that others see."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jobnb.catalogs.git.gitrepos import Mirror
from jobnb.catalogs.git.pulling import Pulled, pull
from jobnb.catalogs.git.remotes import read_remote
from jobnb.errors import RepositoryError
from jobnb.settings import Settings, child_environment
from tests.gitserver import Origin, served
from tests.processes import SECONDS


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path / "origin")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", sync_time_limit=SECONDS)


def mirror_of(url: str, settings: Settings, ref: str | None = None, **environment: str) -> Mirror:
    remote = read_remote(url, ref)
    environment = {**child_environment(), **environment}
    return Mirror(remote, settings.cache_dir, environment, settings.sync_time_limit)


def pulled(origin: Origin, settings: Settings, ref: str | None = None) -> Pulled:
    return pull(mirror_of(str(origin.folder), settings, ref), "tools", settings)


def contents(found: Pulled) -> dict[str, bytes]:
    return {file.path: found.read(file) for file in found.snapshot.files}


def test_a_commit_becomes_files_in_the_package(origin, settings) -> None:
    origin.write("jobs.py", "x = 1")
    origin.write("data/table.csv", "a,b")
    number = origin.commit("Begin\n\nWith more.")

    found = pulled(origin, settings)

    assert contents(found) == {"tools/jobs.py": b"x = 1", "tools/data/table.csv": b"a,b"}
    assert (found.commit.id, found.commit.subject) == (number, "Begin")
    assert found.commit.committed is not None
    assert found.problems == ()


def test_a_branch_a_tag_and_a_whole_commit_can_be_asked_for(origin, settings) -> None:
    first = origin.commit_job(value="1")
    origin.git("tag", "-a", "v1", "-m", "the first")
    origin.git("checkout", "--quiet", "-b", "next")
    second = origin.commit_job(value="2")
    origin.git("checkout", "--quiet", "main")

    numbers = [pulled(origin, settings, ref).commit.id for ref in ("v1", "next", first, None)]

    assert numbers == [first, second, first, first]


def test_a_forced_push_is_followed(origin, settings) -> None:
    origin.commit_job(value="1")
    pulled(origin, settings)
    origin.git("commit", "--quiet", "--amend", "-m", "rewritten")

    assert pulled(origin, settings).commit.subject == "rewritten"


def test_links_that_lead_out_submodules_and_hidden_files_are_not_followed(
    origin, settings, tmp_path
) -> None:
    (tmp_path / "secret").write_text("secret")
    inner = Origin(tmp_path / "inner")
    inner.commit_job()
    origin.write("jobs.py", "x = 1")
    origin.write("lib/code.py", "y = 2")
    origin.write(".hidden/x.py", "")
    for name, target in {
        "inside.py": "lib/code.py",
        "twice.py": "inside.py",
        "outside.py": "../secret",
        "absolute.py": str(tmp_path / "secret"),
        "nowhere.py": "nothing",
        "loop.py": "loop.py",
        "folder": "lib",
    }.items():
        (origin.folder / name).symlink_to(target)
    origin.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.folder), "sub"
    )
    origin.commit()

    found = pulled(origin, settings)

    assert contents(found) == {
        "tools/jobs.py": b"x = 1",
        "tools/lib/code.py": b"y = 2",
        "tools/inside.py": b"y = 2",
        "tools/twice.py": b"y = 2",
    }
    assert [problem.file.removeprefix("tools/") for problem in found.problems] == [
        "absolute.py",
        "folder",
        "loop.py",
        "nowhere.py",
        "outside.py",
        "sub",
    ]


def test_a_tree_whose_paths_lead_out_is_cut(origin, settings) -> None:
    origin.commit_job()
    blob = origin.git("hash-object", "-w", "jobs.py")
    inner = origin.git_input("mktree", told=f"100644 blob {blob}\tevil.py\n")
    tree = origin.git_input(
        "mktree", told=f"040000 tree {inner}\t..\n100644 blob {blob}\tjobs.py\n"
    )
    origin.git("update-ref", "refs/heads/main", origin.git("commit-tree", tree, "-m", "evil"))

    found = pulled(origin, settings)

    assert [file.path for file in found.snapshot.files] == ["tools/jobs.py"]


def test_no_hook_of_either_side_is_run(origin, settings, tmp_path) -> None:
    origin.commit_job()
    template = tmp_path / "template"
    for hooks in (origin.folder / ".git" / "hooks", template / "hooks"):
        hooks.mkdir(parents=True, exist_ok=True)
        for name in ("reference-transaction", "post-checkout", "pre-auto-gc", "post-upload-pack"):
            hook = hooks / name
            hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
            hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    mirror = mirror_of(str(origin.folder), settings, GIT_TEMPLATE_DIR=str(template))

    pull(mirror, "tools", settings)

    assert not (tmp_path / "ran").exists()


def test_a_repository_without_jobs_says_so(origin, settings) -> None:
    origin.write("readme.txt", "")
    origin.commit()

    (problem,) = pulled(origin, settings).problems

    assert problem.file == "tools/jobs.py"
    assert "there are no jobs" in problem.message


def test_a_repository_beyond_the_limit_is_refused_with_its_largest_files(origin, tmp_path) -> None:
    origin.write("jobs.py", "x = 1")
    origin.write("large.bin", "x" * 5000)
    origin.commit()
    settings = Settings(cache_dir=tmp_path / "cache", snapshot_limit=1000)

    with pytest.raises(RepositoryError, match=r"5,005 bytes.*large\.bin \(5,000 bytes\), jobs\.py"):
        pulled(origin, settings)


@pytest.mark.parametrize("ref", ["nothing", "0" * 40])
def test_a_ref_that_is_not_there_is_named(origin, settings, ref) -> None:
    origin.commit_job()

    with pytest.raises(RepositoryError, match=rf"\({ref}\) cannot be fetched: "):
        pulled(origin, settings, ref)


def test_a_lost_mirror_is_made_again(origin, settings) -> None:
    origin.commit_job()
    pulled(origin, settings)
    for head in settings.cache_dir.glob("repositories/*.git/HEAD"):
        head.unlink()

    assert pulled(origin, settings).snapshot.files


def test_git_that_hangs_is_ended(origin, tmp_path) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "git").write_text("#!/bin/sh\nsleep 60 & wait\n")
    (fake / "git").chmod(0o755)
    settings = Settings(cache_dir=tmp_path / "cache", sync_time_limit=0.3)
    mirror = mirror_of(str(origin.folder), settings, PATH=f"{fake}{os.pathsep}/usr/bin:/bin")

    with pytest.raises(RepositoryError, match=r"git took longer than 0\.3 s"):
        pull(mirror, "tools", settings)


@pytest.fixture
def behind_password(origin, tmp_path):
    """URL of a repository that wants a password, with what it was asked."""
    origin.commit_job()
    bare = tmp_path / "served" / "repo.git"
    origin.git("clone", "--quiet", "--bare", str(origin.folder), str(bare))
    origin.git("--git-dir", str(bare), "update-server-info")
    with served(tmp_path / "served", "me", "hunter2") as (url, seen):
        yield f"{url}/repo.git", seen


def test_a_password_reaches_the_other_side_and_no_process_list(
    behind_password, settings, tmp_path
) -> None:
    url, seen = behind_password
    spy = tmp_path / "bin"
    spy.mkdir()
    (spy / "git").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/words\nexec /usr/bin/git "$@"\n')
    (spy / "git").chmod(0o755)
    mirror = mirror_of(
        url.replace("http://", "http://me:hunter2@"),
        settings,
        PATH=f"{spy}{os.pathsep}{os.environ['PATH']}",
    )

    found = pull(mirror, "tools", settings)

    assert [file.path for file in found.snapshot.files] == ["tools/jobs.py"]
    assert any("Basic" in request for request in seen)
    assert "hunter2" not in (tmp_path / "words").read_text()
    stored = [path.read_bytes() for path in settings.cache_dir.rglob("*") if path.is_file()]
    assert not any(b"hunter2" in content for content in stored)


def test_a_wrong_password_is_refused_and_not_shown(behind_password, settings) -> None:
    url, _ = behind_password
    mirror = mirror_of(url.replace("http://", "http://me:s3cret@"), settings)

    with pytest.raises(RepositoryError) as caught:
        pull(mirror, "tools", settings)

    assert "cannot be fetched" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_nobody_is_asked_for_a_password(behind_password, settings) -> None:
    url, _ = behind_password

    with pytest.raises(RepositoryError, match="could not read Username"):
        pull(mirror_of(url, settings), "tools", settings)


@pytest.fixture
def ssh(tmp_path: Path) -> str:
    """In the place of ssh: the other side is this machine, and it knows one user only."""
    program = tmp_path / "ssh"
    program.write_text("""#!/bin/sh
case "$*" in
  *git@lab*) while [ $# -gt 1 ]; do shift; done; exec sh -c "$1" ;;
  *) echo "git@other: Permission denied (publickey)." >&2; exit 255 ;;
esac
""")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("url", ["ssh://git@lab", "git@lab:"])
def test_a_persons_own_ssh_is_the_way_to_a_private_repository(origin, settings, ssh, url) -> None:
    number = origin.commit_job()
    mirror = mirror_of(f"{url}{origin.folder}", settings, GIT_SSH_COMMAND=ssh)

    found = pull(mirror, "tools", settings)

    assert found.commit.id == number
    assert list(contents(found)) == ["tools/jobs.py"]


def test_what_ssh_says_is_the_reason(settings, ssh) -> None:
    mirror = mirror_of("ssh://git@other/lab.git", settings, GIT_SSH_COMMAND=ssh)

    with pytest.raises(RepositoryError, match=r"fetched: git@other: Permission denied \(publickey"):
        pull(mirror, "tools", settings)
