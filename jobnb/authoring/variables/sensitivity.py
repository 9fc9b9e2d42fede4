"""What is sensitive: names that say so, and references that keep the value itself out of sight."""

from __future__ import annotations

import re
from typing import Final

from jobnb.protocol.references import is_reference, read_reference

__all__ = ["is_reference", "read_reference", "says_secret"]

_WORDS: Final = (
    *("password", "passwd", "pwd", "passphrase", "psk", "community"),
    *("secret", "token", "credential", "api_key", "apikey", "private_key"),
)
_SAYS_SECRET: Final = re.compile(rf"(?:^|_)(?:{'|'.join(_WORDS)})s?(?:_|$)", re.IGNORECASE)


def says_secret(name: str) -> bool:
    """Whether one of the words of a name, as in ``snmp_community``, is one for a secret."""
    return _SAYS_SECRET.search(name) is not None
