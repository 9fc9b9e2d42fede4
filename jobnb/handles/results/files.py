"""The files that a run made: to be read, saved, and looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, overload

from jobnb.engine.dispatch import Dispatch
from jobnb.errors import FileNotInResult
from jobnb.rendering.files import MOST_PREVIEWS, FilePreview, render_files
from jobnb.reports.places import place_for, write_file
from jobnb.store.values import FileRecord


class ResultFile:
    """One file that a run made."""

    def __init__(self, dispatch: Dispatch, run_id: str, record: FileRecord) -> None:
        self._dispatch = dispatch
        self._run_id = run_id
        self.record: Final = record
        self.name: Final = record.name
        self.size: Final = record.size
        """Bytes."""
        self.digest: Final = record.digest
        """SHA-256, hexadecimal."""

    def read(self) -> bytes:
        """The content."""
        return b"".join(self.pieces())

    def text(self, encoding: str = "utf-8") -> str:
        """The content as text.

        Raises:
            UnicodeDecodeError: It is no text of that encoding.
        """
        return self.read().decode(encoding)

    def json(self) -> Any:
        """The content as JSON gives it back.

        Raises:
            ValueError: It is no JSON.
        """
        return json.loads(self.read())

    def pieces(self) -> Iterator[bytes]:
        """The content, a quarter of a megabyte at a time; so it may be larger than the memory."""
        return self._dispatch.results.files.pieces(self._run_id, self.name)

    def save(self, path: str | Path = ".", *, overwrite: bool = False) -> Path:
        """Writes it to a path, or into a folder under its own name; gives the path.

        Args:
            path: Where to; a folder must exist.
            overwrite: Whether a file that is there may be replaced.

        Raises:
            FileExistsError: There is a file of that name.
            FileNotFoundError: There is no such folder.
        """
        return write_file(place_for(path, self.name), self.pieces(), overwrite=overwrite)

    def preview(self) -> FilePreview:
        """Its beginning, as a page or a terminal shows it."""
        return FilePreview(name=self.name, size=self.size, head=next(self.pieces(), b""))

    def __repr__(self) -> str:
        return f"<ResultFile {self.name!r}, {self.size} bytes>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return render_files([self.preview()], 1)


class FileList(Sequence[ResultFile]):
    """The files of a run, in the order in which it made them; by position or by name.

    In a notebook it is a table with previews, from which small files can be downloaded.
    """

    def __init__(self, files: Sequence[ResultFile]) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int | str) -> ResultFile: ...

    @overload
    def __getitem__(self, index: slice) -> FileList: ...

    def __getitem__(self, index: int | str | slice) -> ResultFile | FileList:
        if isinstance(index, slice):
            return FileList(self._files[index])
        if isinstance(index, int):
            return self._files[index]
        return self._named(index)

    def save(self, folder: str | Path = ".", *, overwrite: bool = False) -> list[Path]:
        """Writes all of them into a folder, which is made if it is missing; gives the paths.

        Raises:
            FileExistsError: There is a file of that name; those before it are written.
            NotADirectoryError: There is a file where the folder should be.
        """
        target = Path(folder).expanduser()
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(f"{str(target)!r} is a file already; name a folder.")
        target.mkdir(parents=True, exist_ok=True)
        return [file.save(target, overwrite=overwrite) for file in self._files]

    def _named(self, name: str) -> ResultFile:
        names = [file.name for file in self._files]
        if name in names:
            return self._files[names.index(name)]
        close = get_close_matches(name, names, n=1)
        raise FileNotInResult(name, close or names)

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        previews = [file.preview() for file in self._files[:MOST_PREVIEWS]]
        previews += [
            FilePreview(name=file.name, size=file.size, head=b"")
            for file in self._files[MOST_PREVIEWS:]
        ]
        return render_files(previews, len(previews))
