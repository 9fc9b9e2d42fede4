"""Outgoing inputs: those of one run, with their files, checked before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from jobnb.errors import InvalidInput, UploadRefused
from jobnb.handles.giving.spooling import spool_given
from jobnb.handles.giving.unusable import Unusable, problems_in
from jobnb.handles.giving.uploads import Upload
from jobnb.protocol import Cleaned, JobDescription


class Outgoing:
    """Inputs with their files in the spool; made by ``outgoing_inputs()``."""

    def __init__(
        self,
        job: JobDescription,
        inputs: dict[str, Any],
        uploads: Mapping[str, Upload],
        problems: Mapping[str, list[str]],
    ) -> None:
        self._job = job
        self._inputs = inputs
        self._problems = problems
        self.uploads: Final = uploads
        """By digest."""

    def clean(self, check: Callable[[JobDescription, Mapping[str, Any]], Cleaned]) -> Cleaned:
        """What the job's own variables make of them.

        Raises:
            InvalidInput: Some do not fit, or a file cannot be had; all complaints at once.
        """
        problems: dict[str, list[str]] = {}
        cleaned = None
        try:
            cleaned = check(self._job, self._inputs)
        except InvalidInput as error:
            if not self._problems:
                raise
            problems = error.problems
        if cleaned is None or self._problems:
            # Not "required": it was given, and there is a better reason why it is not here.
            found = problems | dict(self._problems)
            order = [variable.name for variable in self._job.variables]
            names = sorted(
                found, key=lambda name: order.index(name) if name in order else len(order)
            )
            raise InvalidInput(self._job.name, {name: found[name] for name in names})
        return cleaned


@contextmanager
def outgoing_inputs(
    job: JobDescription, inputs: Mapping[str, Any], limit: int
) -> Iterator[Outgoing]:
    """The inputs with what stands for their files; the files lie in the spool within the block.

    A file is a path (``pathlib.Path``), bytes, a file that is open in binary mode, an ``Upload``,
    a file of an earlier run, or what stood for one among its inputs. What is ``Unusable`` is
    refused with its complaint. Everything else is left to the variable's own complaint.

    Args:
        job: What they are for.
        inputs: As somebody gave them.
        limit: Most bytes of a file.
    """
    uploads, problems = {}, problems_in(inputs)
    plain = {name: value for name, value in inputs.items() if not isinstance(value, Unusable)}
    with ExitStack() as spools:
        for variable in job.variables:
            if variable.type != "FileVar" or variable.name not in plain:
                continue
            try:
                upload = spool_given(inputs[variable.name], variable, limit, spools)
            except UploadRefused as error:
                del plain[variable.name]
                problems[variable.name] = [str(error)]
                continue
            if isinstance(upload, Upload):
                uploads[upload.digest] = upload
                plain[variable.name] = upload.value
            else:
                plain[variable.name] = upload
        yield Outgoing(job, plain, uploads, problems)


def check_files(
    job: JobDescription,
    cleaned: Cleaned,
    uploads: Mapping[str, Upload],
    find_sizes: Callable[[Collection[str]], Mapping[str, int]],
) -> None:
    """Makes sure that the content of every file is here, or in the store, as large as it says.

    Args:
        job: What the inputs are for.
        cleaned: The inputs.
        uploads: The files that are here, by digest.
        find_sizes: Gives digest to bytes, of those digests whose content the store has.

    Raises:
        InvalidInput: One is in neither, as that of an earlier run may be; or has another size.
    """
    values = {name: cleaned.inputs[name] for name in cleaned.files}
    sizes = {digest: upload.size for digest, upload in uploads.items()}
    if elsewhere := {value["digest"] for value in values.values()} - set(sizes):
        sizes |= find_sizes(elsewhere)
    problems = {
        name: [complaint]
        for name, value in values.items()
        if (complaint := _file_fault(value, sizes.get(value["digest"])))
    }
    if problems:
        raise InvalidInput(job.name, problems)


def _file_fault(value: Mapping[str, Any], size: int | None) -> str:
    """What is wrong with what stands for a file whose content has ``size`` bytes, or is gone."""
    if size is None:
        return f"The file {value['file']!r} is not in the database any more; give it again."
    if size != value["size"]:
        return f"The file {value['file']!r} has {size} bytes, not {value['size']}."
    return ""
