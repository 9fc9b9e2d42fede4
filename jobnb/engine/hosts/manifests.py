"""Manifests: which files belong to a snapshot, in the memory of a process that works on its runs.

Only the list: the files are looked for at each run, since anybody may clear the cache.
"""

from __future__ import annotations

import threading
from typing import Final

from jobnb.protocol import Snapshot
from jobnb.store.content.snapshots import Snapshots

KEPT: Final = 16
"""Manifests that are remembered; an edited job has a new one each time."""


class Manifests:
    """The manifests that were read last. Any thread may use it."""

    def __init__(self, snapshots: Snapshots) -> None:
        """Begins with none.

        Args:
            snapshots: Where they are read.
        """
        self._snapshots = snapshots
        self._known: dict[str, Snapshot] = {}
        self._lock = threading.Lock()

    def load(self, digest: str) -> Snapshot:
        """The manifest of that digest, which never changes; read at the first call.

        Raises:
            SnapshotError: It is not in the database.
        """
        with self._lock:
            known = self._known.pop(digest, None)
        found = known or self._snapshots.load(digest)
        with self._lock:
            self._known[digest] = found  # the last one used is the last one to go
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return found
