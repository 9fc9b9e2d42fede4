"""Files as input: what is stored stands for the content, which is kept beside the inputs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Unpack

from jobnb.authoring.variables.sensitivity import says_secret
from jobnb.authoring.variables.variable import REQUIRED, CommonArguments, Complaint, Variable
from jobnb.protocol.input_files import file_value, is_file_value

NOT_A_FILE: Final = (
    'Give a file: pathlib.Path("devices.csv"), bytes, or a file that is open in binary mode.'
)


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """An uploaded file where its content is not at hand: what ``clean(cls, inputs)`` gets."""

    name: str
    """As it was called where it came from, without folders."""
    size: int
    """Bytes."""
    digest: str
    """SHA-256 of the content, hexadecimal."""


class InputFile(io.BufferedReader):
    """What ``run()`` gets: a binary file, open at its beginning, for the time of the run.

    Attributes:
        path: Where it lies while the run works.
        size: Bytes.
        digest: SHA-256 of the content, hexadecimal.
    """

    def __init__(self, path: str | Path, uploaded: UploadedFile) -> None:
        super().__init__(io.FileIO(path, "rb"))
        self._uploaded = uploaded
        self.path: Final = Path(path)
        self.size: Final = uploaded.size
        self.digest: Final = uploaded.digest

    @property
    def name(self) -> str:
        """The name of the file where it came from, without folders."""
        return self._uploaded.name

    def __repr__(self) -> str:
        return f"<InputFile {self.name!r}, {self.size} bytes>"


class FileVar(Variable):
    """A file of any size; ``run()`` gets it open for reading bytes, with its ``name``.

    Args:
        max_size: Most bytes; None for the setting ``upload_limit`` alone.
        accept: Suffixes that its name may have, as ``[".csv", ".txt"]``; None for any.
        *common: As for every variable: label, description, default, required, widget. There is no
            default for a file.
        **named: The same by name.
    """

    options = ("max_size", "accept")
    is_file: ClassVar[bool] = True

    def __init__(
        self,
        max_size: int | None = None,
        accept: Sequence[str] | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.max_size = max_size
        self.accept = list(accept) if isinstance(accept, tuple) else accept
        self._name = ""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def is_sensitive(self, name: str) -> bool:  # noqa: ARG002 - see _option_faults
        """Never: the content is kept in the database."""
        return False

    def restore(self, stored: Any) -> UploadedFile | None:
        """The file without its content, which only a running child has."""
        value = None if stored is None else self._parse(stored)
        if value is None:
            if self.required:
                raise Complaint([REQUIRED])
            return None
        return UploadedFile(name=value["file"], size=value["size"], digest=value["digest"])

    def _parse(self, raw: Any) -> dict[str, Any] | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, UploadedFile | InputFile):
            return file_value(raw.name, raw.digest, raw.size)
        if not is_file_value(raw):
            raise Complaint([NOT_A_FILE])
        return dict(raw)

    def _check(self, value: dict[str, Any]) -> Iterator[str]:
        name, size = value["file"], value["size"]
        if self.max_size is not None and size > self.max_size:
            yield f"Ensure this file has at most {self.max_size} bytes ({name!r} has {size})."
        if self.accept and not name.lower().endswith(tuple(map(str.lower, self.accept))):
            suffixes = " or ".join(self.accept)
            yield f"Ensure the name of this file ends with {suffixes}, not {name!r}."

    def _option_faults(self) -> Iterator[str]:
        limit = self.max_size
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
            yield f"max_size must be a whole number of bytes, not {limit!r}"
        elif limit is not None and limit < 1:
            yield f"max_size must be 1 or more, not {limit}"
        if self.accept is not None and not _are_suffixes(self.accept):
            yield f'accept must be a list of suffixes, as [".csv"], not {self.accept!r}'
        if self.default is not None:
            yield "a file has no default; say required=False and read a file of your own"
        yield from self._sensitivity_faults()

    def _sensitivity_faults(self) -> Iterator[str]:
        remedy = "use a SecretVar, whose value may be file:/full/path"
        if self.sensitive:
            yield f"a FileVar cannot be sensitive, as files are kept in the database; {remedy}"
        elif self.sensitive is None and says_secret(self._name):
            yield (
                "its name says that it is secret, but files are kept in the database; "
                f"{remedy}, or say sensitive=False"
            )


def _are_suffixes(value: Any) -> bool:
    is_list = isinstance(value, list) and bool(value)
    return is_list and all(isinstance(item, str) and item[:1] == "." for item in value)
