"""Which names of inputs say that the value is nobody else's business."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    *("password", "passwd", "pwd", "passphrase", "psk", "community"),
    *("secret", "token", "credential", "api_key", "apikey", "private_key"),
)
_SAYS_SECRET: Final = re.compile(rf"(?:^|_)(?:{'|'.join(_WORDS)})s?(?:_|$)", re.IGNORECASE)


def says_secret(name: str) -> bool:
    """Whether one of the words of a name, as in ``snmp_community``, is one for a secret."""
    return _SAYS_SECRET.search(name) is not None
