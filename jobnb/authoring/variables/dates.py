"""Days and moments as input."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Unpack

from jobnb.authoring.variables.bounds import BoundedVariable
from jobnb.authoring.variables.variable import CommonArguments, Complaint, is_blank

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

NOT_A_DATE: Final = "Enter a valid date, such as 2026-12-31."
NOT_A_TIME: Final = "Enter a valid date and time, such as 2026-12-31T23:59 or 2026-12-31T23:59:00Z."

# fromisoformat() takes more, and other things in each Python; it cuts off a seventh decimal.
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    rf"{_DATE.pattern}[Tt ](?:[01][0-9]|2[0-3]):[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?"
)


class DateVar(BoundedVariable):
    """A day; ``run()`` gets a ``date``. Bounds are dates, or text such as ``2026-12-31``."""

    kind = "a date, such as 2026-12-31"

    def _parse(self, raw: Any) -> date | None:
        from datetime import date

        if is_blank(raw):
            return None
        text = raw.strip() if isinstance(raw, str) else ""
        if isinstance(raw, date):
            text = raw.isoformat()  # with its time, if it has one, and so no date
        if not _DATE.fullmatch(text):
            raise Complaint([NOT_A_DATE])
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise Complaint([f"{NOT_A_DATE} There is no {text}."]) from error

    def _store(self, value: date) -> str:
        return value.isoformat()

    def _revive(self, stored: Any) -> date | None:
        return self._parse(stored)


class DateTimeVar(BoundedVariable):
    """A moment; ``run()`` gets a ``datetime`` that knows its zone.

    Args:
        min_value: The earliest that fits: a ``datetime`` with its zone, or text; None for no bound.
        max_value: The latest that fits, in the same way.
        timezone: The zone of a time that is given without one, and of the one that ``run()`` gets,
            such as ``Europe/Berlin``; None if every time must come with its own.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options = ("min_value", "max_value", "timezone")
    kind = "a date and time with its zone, such as 2026-12-31T23:59Z"

    def __init__(
        self,
        min_value: Any = None,
        max_value: Any = None,
        timezone: str | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(min_value, max_value, *common, **named)
        self.timezone = timezone

    def _parse(self, raw: Any) -> datetime | None:
        from datetime import datetime

        if is_blank(raw):
            return None
        text = raw.strip() if isinstance(raw, str) else ""
        if isinstance(raw, datetime):
            text = raw.isoformat()
        if not _TIME.fullmatch(text):
            raise Complaint([NOT_A_TIME])
        try:
            return self._in_its_zone(datetime.fromisoformat(text.upper()))
        except (ValueError, OverflowError) as error:
            if isinstance(error, Complaint):
                raise
            raise Complaint([f"{NOT_A_TIME} There is no {text}."]) from error

    def _in_its_zone(self, moment: datetime) -> datetime:
        zone = None if self.timezone is None else _zone(self.timezone)
        if moment.tzinfo is not None:
            return moment if zone is None else moment.astimezone(zone)
        if zone is None:
            text = moment.isoformat()
            raise Complaint([f"Add the time zone to {text}, such as {text}Z or {text}+01:00."])
        return _placed(moment, zone)

    def _store(self, value: datetime) -> str:
        return value.isoformat()

    def _revive(self, stored: Any) -> datetime | None:
        return self._parse(stored)

    def _option_faults(self) -> Iterator[str]:
        try:
            if self.timezone is not None:
                _zone(self.timezone)
        except (TypeError, ValueError, LookupError, OSError):
            yield (
                f"timezone must be the name of a time zone, such as 'UTC' or 'Europe/Berlin', not "
                f"{self.timezone!r}"
            )
        else:
            yield from super()._option_faults()


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _placed(naive: datetime, zone: tzinfo) -> datetime:
    """The one moment when clocks of a zone show this time.

    Raises:
        Complaint: Clocks are put forward over it, or back to it, so that there is none, or two.
    """
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None:
        return first
    if before < after:
        raise Complaint([f"There is no {naive} in {zone}: clocks are put forward over it."])
    choice = f"{first.isoformat()} or {second.isoformat()}"
    raise Complaint([f"{naive} is there twice in {zone}, as clocks are put back; give {choice}."])
