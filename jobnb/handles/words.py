"""Inputs as words of a command line or of the magic: ``name=value``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jobnb.handles.unusable import Unusable
from jobnb.protocol import JobDescription, VariableDescription


def parse_inputs(job: JobDescription, words: Sequence[str]) -> dict[str, str | Path | Unusable]:
    """The inputs in ``words``, as text; the job's own variables turn them into what they want.

    ``name=@file`` gives the text of a file, ``name=@@text`` a text that begins with ``@``. For a
    variable that takes a file, ``name=file`` and ``name=@file`` both give the file itself.

    A word that is no ``name=value``, a name that comes twice and a file that cannot be read are
    ``Unusable``: the job refuses them together with what is wrong with the others.
    """
    inputs: dict[str, str | Path | Unusable] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            # The value may be a secret behind a mistyped name.
            inputs[name or word] = Unusable("is no input; write it as name=value.")
        elif name in inputs:
            inputs[name] = Unusable("is given twice.")
        else:
            inputs[name] = _read(value, job.variable(name))
    return inputs


def _read(value: str, variable: VariableDescription | None) -> str | Path | Unusable:
    literal, is_file = value.startswith("@@"), value.startswith("@")
    if variable is not None and variable.type == "FileVar" and value:
        return Path(value[1:] if is_file else value).expanduser()
    if literal:
        return value[1:]
    if not is_file:
        return value
    try:
        text = Path(value[1:]).expanduser().read_text("utf-8")
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder for "~"
        return Unusable(f"the file cannot be read as text: {error}.")
    except UnicodeDecodeError:  # which quotes a byte of what may be secret
        return Unusable("the file cannot be read as text: it is not encoded as UTF-8.")
    # Editors end a file with a line end, which belongs to no password.
    return text.removesuffix("\n") if variable is not None and variable.sensitive else text
