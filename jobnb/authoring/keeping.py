"""Keeping a return value: as JSON, a DataFrame as a file of the run; anything else to look at."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from jobnb.authoring.encoding import NotEncodable, encode_value
from jobnb.authoring.job import Request
from jobnb.authoring.showing import bundle_of, type_name
from jobnb.protocol import RETURN_VALUE, DisplayEvent, size_of
from jobnb.protocol.dataframes import UnusableFrame, file_of_frame, is_frame


@dataclass(frozen=True, kw_only=True)
class KeptValue:
    """What became of a return value."""

    text: str | None = None
    """As JSON."""
    file: dict[str, Any] | None = None
    """How the file that it became is read again."""
    problem: str | None = None
    """Why it was not kept, and what to do about it."""


def keep_value(value: Any, request: Request, limit: int) -> KeptValue:
    """Keeps what ``run()`` returned; what is no JSON is shown in the log, too.

    Args:
        value: Anything.
        request: Of the run.
        limit: Bytes that it may have as JSON.
    """
    if is_frame(value):
        _show(value, request)
        return _keep_frame(value, request)
    try:
        return KeptValue(text=encode_value(value, limit))
    except NotEncodable as error:
        _show(value, request)
        return KeptValue(problem=str(error))


def _show(value: Any, request: Request) -> None:
    bundle = bundle_of(value, request.display_limit)
    shown = DisplayEvent(time.time(), RETURN_VALUE, type_name(value), bundle, threading.get_ident())
    request.emit(shown)


def _keep_frame(frame: Any, request: Request) -> KeptValue:
    try:
        content, told = file_of_frame(frame)
    except UnusableFrame as error:
        return KeptValue(problem=f"The return value was not kept: {error}")
    if len(content) > request.file_limit:
        text = (
            f"The return value was not kept: it has {len(content):,} bytes as a file, and the "
            f"limit is {size_of(request.file_limit)} (file_limit). Return a part of it."
        )
        return KeptValue(problem=text)
    request.send_file(told["name"], content)
    return KeptValue(file=told)
