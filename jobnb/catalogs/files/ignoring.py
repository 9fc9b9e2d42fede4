"""What ``.gitignore`` files say of the files in a folder; the one door to ``pathspec``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

NAME: Final = ".gitignore"

_Stamp = tuple[int, int, int]
Rules = list[tuple[str, GitIgnoreSpec]]
"""Folders, as paths below the outermost one, each with the rules in it; the outermost first."""


class IgnoreFiles:
    """The rules for one folder, of its own and of the git work tree around it, read once.

    What a person has for all repositories, and what git itself tracks nevertheless, is not asked.
    """

    def __init__(self, root: Path) -> None:
        """Reads nothing yet.

        Args:
            root: The folder; a rule around it that leaves all of it out does not count.
        """
        self._root = root
        self._marks = [(at, f"{at}/.git") for at in (root, *root.parents)]
        self._known: dict[Path, tuple[_Stamp, GitIgnoreSpec]] = {}
        self._answers: dict[tuple[str, tuple[int, ...]], bool] = {}
        self._around: tuple[str, Rules] = "", []

    def begin(self) -> None:
        """Looks at the files around the folder, as they are now."""
        # At every look at the folder, so without making paths anew, and in C.
        top = next((at for at, mark in self._marks if os.access(mark, os.F_OK)), None)
        if top is None or top == self._root:
            self._around = "", []
            return
        prefix = f"{self._root.relative_to(top).as_posix()}/"
        outer = [at for at in reversed(self._root.parents) if at.is_relative_to(top)]
        rules: Rules = []
        for folder in outer:
            spec = self._read(folder / NAME)
            if spec is not None:
                below = folder.relative_to(top).as_posix()
                rules.append(("" if below == "." else f"{below}/", spec))
        self._around = prefix, rules
        if self._asks(prefix, rules):
            self._around = prefix, []

    def rules_in(self, below: str, inherited: Rules, *, has_own: bool) -> Rules:
        """The rules for what lies in one folder.

        Args:
            below: The folder, as a path below the root that ends with a slash; empty for the root.
            inherited: The rules for the folder itself.
            has_own: Whether it has rules of its own.
        """
        prefix, around = self._around
        rules = inherited or around
        spec = self._read(self._root / below / NAME) if has_own else None
        return rules if spec is None else [*rules, (prefix + below, spec)]

    def ignores(self, path: str, rules: Rules) -> bool:
        """Whether they leave out a file, or a folder if its path ends with a slash."""
        if not rules:
            return False
        key = path, tuple(id(spec) for _, spec in rules)
        if key not in self._answers:
            self._answers[key] = self._asks(self._around[0] + path, rules)
        return self._answers[key]

    @staticmethod
    def _asks(path: str, rules: Rules) -> bool:
        """What is nearer to the file goes first."""
        answers = _answers(path, rules)
        return next((answer for answer in answers if answer is not None), False)

    def _read(self, path: Path) -> GitIgnoreSpec | None:
        """The rules in a file; None if there is none, or none that can be read."""
        try:
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
            known, spec = self._known.get(path, (None, None))
            if known != stamp or spec is None:
                lines = path.read_text("utf-8", "replace").splitlines()
                spec = GitIgnoreSpec.from_lines(filter(_is_rule, lines))
                self._known[path] = stamp, spec
                self._answers.clear()
        except OSError:
            return None
        return spec


def _is_rule(line: str) -> bool:
    """Whether git would not pass over it."""
    try:
        GitIgnoreSpec.from_lines([line])
    except GitIgnorePatternError:
        return False
    return True


def _answers(path: str, rules: Rules) -> Iterator[bool | None]:
    for prefix, spec in reversed(rules):
        if path.startswith(prefix) and path != prefix:
            yield spec.check_file(path[len(prefix) :]).include
