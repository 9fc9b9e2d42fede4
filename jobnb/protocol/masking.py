"""Masking: every form in which a secret may turn up in text becomes ``********``."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

from jobnb.protocol.words import MASK

SHORTEST: Final = 4
"""Characters. What is shorter turns up in too many innocent words to be masked."""
SHORTEST_PART: Final = 8
"""The same for a line of a secret, and for what is certain of it inside of longer base64."""
LONGEST_HELD: Final = 4096
"""Characters of an unfinished line that are kept back at most."""
MOST_LINES: Final = 500
"""Lines of one secret that are looked for one by one; what has more is no password or key."""

_BASE64_BITS: Final = 6


class Masker:
    """Replaces secrets in text; made once for a run, usable from every thread."""

    def __init__(self, secrets: Iterable[Any] = ()) -> None:
        """Prepares the forms.

        Args:
            secrets: The values of sensitive inputs; of lists and dictionaries, what is in them.
        """
        self._texts = {text for secret in secrets for text in _texts(secret)}
        forms = {form for text in self._texts for form in _forms(text)}
        # Where one form contains another the longer one must win.
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self._by_first: dict[str, list[str]] = {}
        for form in self._forms:
            self._by_first.setdefault(form[0], []).append(form)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        # A pattern of all forms is 100 times as slow where a secret has hundreds of lines.
        found = [form for form in self._forms if form in text]
        for form in found:
            text = text.replace(form, MASK)
        return text

    def and_also(self, secrets: Iterable[Any]) -> Masker:
        """One that hides these as well."""
        return Masker([*self._texts, *secrets])

    def optional(self, text: str | None) -> str | None:
        """The same for a text that may be missing."""
        return text and self(text)

    def finds(self, text: str) -> bool:
        """Whether there is anything to replace."""
        return any(form in text for form in self._forms)

    def held_back(self, text: str) -> int:
        """How many characters at the end of a text may be the beginning of a secret."""
        longest = min(len(text), LONGEST_HELD, *(len(form) - 1 for form in self._forms[:1]))
        for length in range(longest if self._forms else 0, 0, -1):
            forms = self._by_first.get(text[-length])
            if forms and _begins_one(forms, text[-length:]):
                return length
        return 0

    def next_cut(self, text: str, cut: int) -> int:
        """Where a text may be cut, at ``cut`` or after it, so that both parts can be masked."""
        is_moving = True
        while is_moving:
            is_moving = False
            for form in self._forms:
                at = text.find(form, max(0, cut - len(form) + 1), cut + len(form) - 1)
                if at >= 0:
                    cut, is_moving = at + len(form), True
        return cut

    def json(self, text: str) -> str:
        """JSON text that is still JSON without the secrets; a number that has one becomes text."""
        if not self.finds(text):
            return text
        return json.dumps(self._value(json.loads(text)), separators=(",", ":"))

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return self(value)
            case dict():
                return {self(name): self._value(item) for name, item in value.items()}
            case list():
                return [self._value(item) for item in value]
            case int() | float() if not isinstance(value, bool) and self.finds(repr(value)):
                return self(repr(value))
        return value


def _begins_one(forms: Iterable[str], end: str) -> bool:
    return any(len(form) > len(end) and form.startswith(end) for form in forms)


def _texts(secret: Any) -> Iterator[str]:
    """The texts in a JSON value."""
    match secret:
        case str():
            yield secret
        case dict():
            for item in secret.values():
                yield from _texts(item)
        case list() | tuple():
            for item in secret:
                yield from _texts(item)
        case int() | float() if not isinstance(secret, bool):
            yield str(secret)


def _forms(text: str) -> Iterator[str]:
    """The text as it is, as programs write it, and its lines; none that is too short."""
    core = text.strip()
    as_one_line = " ".join(text.split())
    lines = core.splitlines()
    parts = [line.strip() for line in lines[:MOST_LINES]] if len(lines) > 1 else []
    wholes = [item for item in (text, core, as_one_line) if len(item.strip()) >= SHORTEST]
    for whole in (*wholes, *(part for part in parts if len(part) >= SHORTEST_PART)):
        yield whole
        yield from (form for form in _spellings(whole) if len(form) >= SHORTEST)
    if wholes:
        yield from _base64(text.encode("utf-8", "surrogatepass"))


def _spellings(text: str) -> Iterator[str]:
    yield repr(text)[1:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(text)[1:-1])[1:-1]
    yield html.escape(text)
    yield html.escape(text, quote=False)
    encoded = text.encode("utf-8", "surrogatepass")
    for quoted in (quote(encoded), quote(encoded, safe=""), quote_plus(encoded)):
        yield quoted
        yield re.sub(r"%..", lambda found: found[0].lower(), quoted)


def _base64(data: bytes) -> Iterator[str]:
    """The text in base64, also behind something else, as the password of ``user:password`` is."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data)
        # Only the letters that depend on nothing but the secret.
        first = -(-8 * before // _BASE64_BITS)
        last = 8 * (before + len(data)) // _BASE64_BITS
        certain = encoded[first:last].decode("ascii")
        if len(certain) >= SHORTEST_PART:
            yield certain
            yield certain.replace("+", "-").replace("/", "_")
    whole = base64.b64encode(data).decode("ascii")
    yield whole
    yield base64.urlsafe_b64encode(data).decode("ascii")
