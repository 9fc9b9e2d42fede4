"""What a remote may be called, and that credentials never stay in its URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.catalogs.git.remotes import package_name, read_remote, with_token
from jobnb.errors import RepositoryError


@pytest.mark.parametrize(
    ("given", "url", "user", "password"),
    [
        ("https://host/a/b.git", "https://host/a/b.git", "", ""),
        ("https://me:p%40ss@host:8443/b", "https://host:8443/b", "me", "p@ss"),
        ("https://ghp_token@host/b", "https://host/b", "oauth2", "ghp_token"),
        ("https://[::1]:8080/b", "https://[::1]:8080/b", "", ""),
        ("ssh://git@host:22/b", "ssh://git@host:22/b", "", ""),
        ("git@host:a/b.git", "git@host:a/b.git", "", ""),
        ("git@host:/srv/b.git", "git@host:/srv/b.git", "", ""),
    ],
)
def test_credentials_are_taken_out_of_a_url(given, url, user, password) -> None:
    remote = read_remote(given, None)

    assert (remote.url, remote.username, remote.password) == (url, user, password)
    assert not password or password not in repr(remote)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ext::sh -c touch% /tmp/x",
        "ext::sh",
        "fd::17",
        "--upload-pack=touch /tmp/x",
        "https://host/a\nb",
        "https://host/a?token=secret",
        "ftp://host/a",
        "https:///a",
        "ssh://-oProxyCommand=x/a",
        "ssh://git:secret@host/a",
        "/no/such/folder",
    ],
)
def test_what_is_no_plain_remote_is_refused(url) -> None:
    with pytest.raises(RepositoryError) as caught:
        read_remote(url, None)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("ref", ["-x", "a:b", "a b", "a..b", "+a", "a*", "a^", ""])
def test_what_is_no_ref_is_refused(ref) -> None:
    with pytest.raises(RepositoryError, match="is no branch, tag or commit"):
        read_remote("https://host/a", ref)


@pytest.mark.parametrize("ref", ["main", "v1.0", "feature/a-b", "refs/tags/v1", "0" * 40])
def test_a_ref_is_taken_as_it_is(ref) -> None:
    assert read_remote("https://host/a", ref).ref == ref


@pytest.mark.parametrize(
    ("url", "transports"),
    [
        ("https://host/a", "https:ssh"),
        ("git@host:a", "https:ssh"),
        ("ssh://host/a", "https:ssh"),
        ("file:///a", "file"),
    ],
)
def test_git_may_use_no_other_transport_than_the_url_needs(url, transports) -> None:
    assert read_remote(url, None).transports == transports


def test_a_token_is_read_where_the_reference_says(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from file\n")
    remote = read_remote("https://host/a", None)

    assert with_token(remote, "env:T", {"T": "from env"}).password == "from env"
    assert with_token(remote, f"file:{tmp_path / 'token'}", {}).password == "from file"


@pytest.mark.parametrize("token", ["ghp_secret", "env:NOTHING", "file:/no/such/file"])
def test_a_token_that_is_none_is_refused_without_being_shown(token) -> None:
    with pytest.raises(RepositoryError) as caught:
        with_token(read_remote("https://host/a", None), token, {})

    assert "ghp_secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://host/team/my-repo.git", "my_repo"),
        ("git@host:my.repo", "my_repo"),
        ("/srv/git/tools/", "tools"),
    ],
)
def test_the_package_is_called_like_the_end_of_the_url(url, name) -> None:
    assert package_name(url, None) == name


@pytest.mark.parametrize("name", ["1a", "a-b", "class", "json", "print", "sqlalchemy", "ä"])
def test_a_name_that_python_cannot_use_is_refused(name) -> None:
    with pytest.raises(RepositoryError, match=r"name=\.\.\."):
        package_name("https://host/a", name)
