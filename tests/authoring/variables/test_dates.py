"""Days and moments."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.authoring.variables import NOT_A_DATE, NOT_A_TIME, DateTimeVar, DateVar, Variable

BERLIN = "Europe/Berlin"
TWICE = "give 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00."
NO_ZONE = "timezone must be the name of a time zone, such as 'UTC' or 'Europe/Berlin', not"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class TestDateVar:
    @pytest.mark.parametrize("raw", ["2026-11-24", " 2026-11-24\n", date(2026, 11, 24)])
    def test_a_day_is_stored_as_text_and_comes_back_as_a_date(self, raw: Any) -> None:
        assert DateVar().clean(raw) == "2026-11-24"
        assert DateVar().restore("2026-11-24") == date(2026, 11, 24)

    @pytest.mark.parametrize(
        "raw",
        [
            *("20261124", "2026-W48-2", "24.11.2026", "11/24/2026", "2026-11-24T00:00", "today"),
            *("\uff12026-11-24", "2026-1-1", 20261124, 1.5, True, [], NOON, "0" * 1000),
        ],
    )
    def test_what_is_no_iso_date_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(DateVar(required=False), raw) == [NOT_A_DATE]

    @pytest.mark.parametrize("raw", ["2026-02-30", "0000-01-01", "2026-13-01"])
    def test_a_day_that_is_in_no_calendar_is_refused(self, complaints, raw: str) -> None:
        assert complaints(DateVar(), raw) == [f"{NOT_A_DATE} There is no {raw}."]

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ("2025-12-31", "Ensure this value is greater than or equal to 2026-01-01."),
            ("2027-01-01", "Ensure this value is less than or equal to 2026-12-31."),
        ],
    )
    def test_what_is_out_of_bounds_is_refused(self, complaints, raw: str, message: str) -> None:
        assert complaints(DateVar("2026-01-01", date(2026, 12, 31)), raw) == [message]

    def test_its_bounds_are_described_as_text(self) -> None:
        described = DateVar(date(2026, 1, 1), default=date(2026, 2, 1)).describe("day")

        assert described.options == {"min_value": "2026-01-01"}
        assert described.default == "2026-02-01"


class TestDateTimeVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("2026-06-01T12:00Z", "2026-06-01T12:00:00+00:00"),
            ("2026-06-01t12:00:00z", "2026-06-01T12:00:00+00:00"),
            ("2026-06-01 12:00:00.5+0200", "2026-06-01T12:00:00.500000+02:00"),
            ("2026-06-01T12:00-03:30", "2026-06-01T12:00:00-03:30"),
            (NOON, "2026-06-01T12:00:00+00:00"),
            (datetime(2026, 6, 1, 12, tzinfo=ZoneInfo(BERLIN)), "2026-06-01T12:00:00+02:00"),
        ],
    )
    def test_a_moment_keeps_its_own_offset(self, raw: Any, stored: str) -> None:
        assert DateTimeVar().clean(raw) == stored
        assert DateTimeVar().restore(stored).isoformat() == stored

    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("2026-06-01T12:00", "2026-06-01T12:00:00+02:00"),
            ("2026-12-01 12:00", "2026-12-01T12:00:00+01:00"),
            ("2026-06-01T12:00Z", "2026-06-01T14:00:00+02:00"),
            (datetime(2026, 6, 1, 12), "2026-06-01T12:00:00+02:00"),  # noqa: DTZ001
            ("2026-10-25T02:30+01:00", "2026-10-25T02:30:00+01:00"),
        ],
    )
    def test_with_a_declared_zone_it_is_the_time_there(self, raw: Any, stored: str) -> None:
        variable = DateTimeVar(timezone=BERLIN)

        assert variable.clean(raw) == stored
        assert variable.restore(stored).isoformat() == stored
        assert variable.restore(stored).tzinfo == ZoneInfo(BERLIN)

    @pytest.mark.parametrize("raw", ["2026-06-01T12:00", datetime(2026, 6, 1, 12)])  # noqa: DTZ001
    def test_a_time_without_a_zone_is_refused_if_none_is_declared(
        self, complaints, raw: Any
    ) -> None:
        (message,) = complaints(DateTimeVar(), raw)

        assert message.startswith("Add the time zone to 2026-06-01T12:00:00, such as ")

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            (
                "2026-03-29T02:30",
                "There is no 2026-03-29 02:30:00 in Europe/Berlin: clocks are put forward over it.",
            ),
            (
                "2026-10-25T02:30",
                f"2026-10-25 02:30:00 is there twice in {BERLIN}, as clocks are put back; {TWICE}",
            ),
        ],
    )
    def test_a_time_that_is_there_never_or_twice_is_refused(
        self, complaints, raw: str, message: str
    ) -> None:
        assert complaints(DateTimeVar(timezone=BERLIN), raw) == [message]

    @pytest.mark.parametrize(
        "raw",
        [
            *("2026-06-01", "12:00", "now", "2026-06-01T12", "2026-06-01T24:00Z", "1780315200"),
            *("2026-06-01T12:00:00.1234567Z", "2026-06-01T12:00+2", "2026-06-01T12:00 CET", 5, 1.5),
            *(True, [], date(2026, 6, 1), "2026-06-01T1\uff12:00Z"),
        ],
    )
    def test_what_is_no_iso_time_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(DateTimeVar(required=False), raw) == [NOT_A_TIME]

    @pytest.mark.parametrize(
        "raw", ["2026-02-30T12:00Z", "2026-06-01T12:60Z", "2026-06-01T12:00:61Z"]
    )
    def test_a_time_that_is_on_no_clock_is_refused(self, complaints, raw: str) -> None:
        assert complaints(DateTimeVar(), raw) == [f"{NOT_A_TIME} There is no {raw}."]

    def test_a_moment_outside_of_the_calendar_of_its_zone_is_refused(self, complaints) -> None:
        (message,) = complaints(DateTimeVar(timezone=BERLIN), "9999-12-31T23:59Z")

        assert message.endswith("There is no 9999-12-31T23:59Z.")

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            (
                "2026-06-01T11:59Z",
                "Ensure this value is greater than or equal to 2026-06-01T14:00:00+02:00.",
            ),
            (
                "2026-06-02T00:01",
                "Ensure this value is less than or equal to 2026-06-02T00:00:00+02:00.",
            ),
        ],
    )
    def test_what_is_out_of_bounds_is_refused(self, complaints, raw: str, message: str) -> None:
        assert complaints(DateTimeVar(NOON, "2026-06-02T00:00", BERLIN), raw) == [message]

    def test_its_options_are_described_as_text(self) -> None:
        described = DateTimeVar(NOON, timezone="UTC").describe("start")

        assert described.options == {"min_value": NOON.isoformat(), "timezone": "UTC"}

    @given(moment=st.datetimes(timezones=st.timezones()))
    def test_a_moment_comes_back_as_the_same_instant(self, moment: datetime) -> None:
        stored = DateTimeVar().clean(moment)
        restored = DateTimeVar().restore(json.loads(json.dumps(stored)))

        # Two zones may never agree on a time that one of them has twice, but on its offset.
        assert restored.isoformat() == moment.isoformat()
        assert DateTimeVar().clean(restored) == DateTimeVar().clean(stored) == stored

    @given(moment=st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
    def test_a_moment_is_the_same_instant_in_the_declared_zone(self, moment: datetime) -> None:
        variable = DateTimeVar(timezone="America/New_York")
        stored = variable.clean(moment)
        restored = variable.restore(stored)

        assert restored.astimezone(UTC) == moment.astimezone(UTC)
        assert variable.clean(restored) == variable.clean(stored) == stored


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        (DateVar("soon"), "min_value must be a date, such as 2026-12-31, not 'soon'"),
        (DateVar(max_value=5), "max_value must be a date, such as 2026-12-31, not 5"),
        (
            DateVar("2026-02-01", "2026-01-01"),
            "min_value 2026-02-01 is above max_value 2026-01-01, so nothing fits",
        ),
        (
            DateTimeVar("2026-06-01T12:00"),
            f"min_value must be {DateTimeVar.kind}, not '2026-06-01T12:00'",
        ),
        (
            DateTimeVar(timezone="Berlin"),
            f"{NO_ZONE} 'Berlin'",
        ),
        (
            DateTimeVar("2026-06-01T12:00", timezone="../x"),
            f"{NO_ZONE} '../x'",
        ),
        (
            DateTimeVar(timezone=timezone(timedelta(0))),  # type: ignore[arg-type]
            f"{NO_ZONE} datetime.timezone.utc",
        ),
        (DateVar(default="x"), f"its own check refuses the default 'x': {NOT_A_DATE}"),
    ],
)
def test_a_wrong_declaration_is_named(variable: Variable, fault: str) -> None:
    assert list(variable.faults()) == [fault]


@pytest.mark.parametrize(
    "variable", [DateVar("2026-01-01", date(2026, 1, 1)), DateTimeVar(NOON, NOON, BERLIN)]
)
def test_a_sound_declaration_has_no_fault(variable: Variable) -> None:
    assert list(variable.faults()) == []
