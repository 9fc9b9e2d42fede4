"""Syncing: git repositories are added, pinned to what they have now, and removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

from jobnb.catalogs.git.gitrepos import Mirror
from jobnb.catalogs.git.pulling import Pulled, pull
from jobnb.catalogs.git.remotes import Remote, package_name, read_remote, with_token
from jobnb.errors import RepositoryError, SnapshotError
from jobnb.protocol import Snapshot
from jobnb.protocol.repositories import NO_REPOSITORIES, Commit, Repository
from jobnb.settings import Settings
from jobnb.store.catalog.repositories import Repositories, unknown
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import Database
from jobnb.store.tables.clock import now


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What a sync did to one repository."""

    repository: Repository
    """As it is now."""
    before: Commit | None
    """What it was pinned to; None if it is new."""

    def __str__(self) -> str:
        repository, commit = self.repository, self.repository.commit
        if repository.failure:
            return f"{repository.name} stays @ {commit.short}: {repository.failure}"
        if self.before == commit:
            return f"{repository.name} @ {commit.short}, as before: {commit.subject}"
        was = f" (was {self.before.short})" if self.before else ""
        return f"{repository.name} @ {commit.short}{was}: {commit.subject}"


class SyncReport(Sequence[Synced]):
    """What a sync did, by repository."""

    def __init__(self, done: Sequence[Synced]) -> None:
        self._done = tuple(done)

    def __len__(self) -> int:
        return len(self._done)

    @overload
    def __getitem__(self, index: int) -> Synced: ...

    @overload
    def __getitem__(self, index: slice) -> SyncReport: ...

    def __getitem__(self, index: int | slice) -> Synced | SyncReport:
        found = self._done[index]
        return SyncReport(found) if isinstance(found, tuple) else found

    @property
    def failed(self) -> list[Synced]:
        """Those that stay at their old commit, as the new one could not be had."""
        return [item for item in self._done if item.repository.failure]

    def __repr__(self) -> str:
        if not self._done:
            return NO_REPOSITORIES
        return "\n".join(map(str, self._done))


class Syncing:
    """The repositories of one database, and the way to their other side. Safe for any thread.

    It has what ``RepositorySource`` needs.
    """

    def __init__(
        self,
        database: Callable[[], Database],
        settings: Settings,
        environment: Callable[[], Mapping[str, str]],
    ) -> None:
        """Opens nothing.

        Args:
            database: Where the repositories are kept; called when it is needed.
            settings: The limits, and where mirrors are.
            environment: Of this process, now.
        """
        self._database = database
        self._settings = settings
        self._environment = environment
        self._remotes: dict[str, Remote] = {}

    def repositories(self) -> list[Repository]:
        """Every repository, by name."""
        return self._store().all()

    def load(self, digest: str) -> Snapshot:
        """The files of a snapshot."""
        return Snapshots(self._database()).load(digest)

    def blob(self, digest: str) -> bytes:
        """The content of a file of a snapshot."""
        return Snapshots(self._database()).blob(digest)

    def add(self, url: str, ref: str | None, name: str | None, token: str | None) -> Synced:
        """Adds a repository, pinned to what it has now; one of that name gets these settings.

        Credentials in the URL are used in this process and kept nowhere.

        Raises:
            RepositoryError: It cannot be had, or does not fit; nothing is changed then.
        """
        named = package_name(url, name)
        remote = read_remote(url, ref)
        known = {item.name: item for item in self.repositories()}.get(named)
        if known is not None and known.url != remote.url:
            raise RepositoryError(
                f"There is a repository {named!r} already, from {known.url}. Give this one another "
                "name=..., or remove that one first."
            )
        pulled = self._pull(named, remote, token)
        if remote.password:
            self._remotes[named] = remote
        return self._pin(pulled, named, remote, token, known)

    def sync(self, name: str | None) -> SyncReport:
        """Pins each repository, or one of them, to what it has now.

        One that cannot be had keeps its commit, and the report says why.

        Raises:
            RepositoryError: There is none of that name.
        """
        known = self.repositories()
        wanted = [item for item in known if name in {None, item.name}]
        if name is not None and not wanted:
            raise unknown(name, [item.name for item in known])
        return SyncReport([self._sync(item) for item in wanted])

    def remove(self, name: str) -> None:
        """Forgets a repository; see ``Repositories.remove``."""
        self._store().remove(name)
        self._remotes.pop(name, None)

    def _sync(self, item: Repository) -> Synced:
        remote = self._remotes.get(item.name)
        if remote is None or remote.url != item.url:
            remote = Remote(url=item.url)
        remote = replace(remote, ref=item.ref)
        try:
            pulled = self._pull(item.name, remote, item.token)
            return self._pin(pulled, item.name, remote, item.token, item)
        except (RepositoryError, SnapshotError) as error:
            self._store().note_failure(item.name, str(error))
            return Synced(
                repository=replace(item, failed=now(), failure=str(error)), before=item.commit
            )

    def _pull(self, name: str, remote: Remote, token: str | None) -> Pulled:
        environment = self._environment()
        mirror = Mirror(
            with_token(remote, token, environment),
            self._settings.cache_dir,
            environment,
            self._settings.sync_time_limit,
        )
        return pull(mirror, name, self._settings)

    def _pin(
        self,
        pulled: Pulled,
        name: str,
        remote: Remote,
        token: str | None,
        known: Repository | None,
    ) -> Synced:
        Snapshots(self._database()).save(pulled.snapshot, pulled.read)
        repository = Repository(
            name=name,
            url=remote.url,
            ref=remote.ref,
            token=token,
            commit=pulled.commit,
            snapshot=pulled.snapshot.digest,
            problems=pulled.problems,
            synced=now(),
            synced_by=self._settings.user,
        )
        self._store().pin(repository)
        return Synced(repository=repository, before=known.commit if known else None)

    def _store(self) -> Repositories:
        return Repositories(self._database())
