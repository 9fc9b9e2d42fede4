"""Patience with a database that is out of reach for a while: a restart, a lost connection."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from jobnb.errors import StoreUnreachable

PAUSE: Final = 0.5
"""Seconds between two tries."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


def patiently(action: Callable[[], _T], seconds: float) -> _T:
    """What ``action`` gives, tried again and again while the database is out of reach.

    The caller's thread waits; ``action`` must do no harm if its first try was stored and only the
    answer was lost.

    Raises:
        StoreUnreachable: It was out of reach for ``seconds``.
        StoreError: It answers, and refuses; at once, since it would do so again.
    """
    give_up = time.monotonic() + seconds
    has_complained = False
    while True:
        began = time.monotonic()
        try:
            return action()
        except StoreUnreachable as error:
            # Not the end of the try: this process may have been asleep in the middle of it.
            if began >= give_up:
                raise
            if not has_complained:
                _log.warning("%s Trying again.", error)
            has_complained = True
            time.sleep(PAUSE)
