"""The places that jobs come from, as people look at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from jobnb.protocol.repositories import Repository
from jobnb.rendering.places import render_repositories


class RepositoryList(Sequence[Repository]):
    """Git repositories with jobs, by name."""

    def __init__(self, repositories: Sequence[Repository]) -> None:
        self._repositories = tuple(repositories)

    def __len__(self) -> int:
        return len(self._repositories)

    @overload
    def __getitem__(self, index: int) -> Repository: ...

    @overload
    def __getitem__(self, index: slice) -> RepositoryList: ...

    def __getitem__(self, index: int | slice) -> Repository | RepositoryList:
        found = self._repositories[index]
        return RepositoryList(found) if isinstance(found, tuple) else found

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return render_repositories(self._repositories)
