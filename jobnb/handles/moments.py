"""When a run was submitted, as people say it: a moment, a day, or how long ago."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from jobnb.errors import InvalidSearch
from jobnb.handles.words import parse_duration

_HOW: Final = "write it as 2026-11-28, 2026-11-28 14:30, today, yesterday, or 2h (ago)"
_DAYS_AGO: Final = {"today": 0, "yesterday": 1}


def parse_since(value: Any) -> datetime:
    """The moment from which on runs are wanted; of a day, its beginning.

    Days, and times that name no zone, are those of this machine.

    Raises:
        InvalidSearch: It is no time.
    """
    return _parse(value, "since")[0]


def parse_until(value: Any) -> datetime:
    """The moment before which runs are wanted; of a day, its end.

    Raises:
        InvalidSearch: It is no time.
    """
    return _parse(value, "until")[1]


def _parse(value: Any, name: str) -> tuple[datetime, datetime]:
    """The first moment of a time, and the first one after it."""
    match value:
        case datetime():
            moment = value.astimezone(UTC)  # of a naive one: the zone of this machine
        case date():
            return _day(value)
        case timedelta():
            moment = _ago(value, str(value))
        case str():
            return _parse_text(value.strip(), name)
        case _:
            raise InvalidSearch(
                f"Filter {name!r} wants a time, not {value!r} ({type(value).__name__}); {_HOW}."
            )
    return moment, moment


def _parse_text(text: str, name: str) -> tuple[datetime, datetime]:
    if text.lower() in _DAYS_AGO:
        today = datetime.now().astimezone().date()
        return _day(today - timedelta(days=_DAYS_AGO[text.lower()]))
    try:
        return _day(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        try:
            moment = _ago(parse_duration(text.lower().removesuffix("ago")), text)
        except InvalidSearch as error:
            raise InvalidSearch(f"Filter {name!r}: {text!r} is no time; {_HOW}.") from error
    return moment, moment


def _day(day: date) -> tuple[datetime, datetime]:
    try:
        ends = [datetime.combine(item, time()).astimezone(UTC) for item in (day, day + _DAY)]
    except (ValueError, OverflowError) as error:
        raise InvalidSearch(f"{day} is too far away to look for runs; {_HOW}.") from error
    return ends[0], ends[1]


_DAY: Final = timedelta(days=1)


def _ago(duration: timedelta, text: str) -> datetime:
    try:
        return datetime.now(UTC) - duration
    except OverflowError as error:
        raise InvalidSearch(f"{text!r} ago was before time itself; {_HOW}.") from error
