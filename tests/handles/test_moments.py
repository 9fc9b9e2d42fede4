from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from jobnb.errors import InvalidSearch
from jobnb.handles.moments import parse_since, parse_until

MIDNIGHT = datetime(2026, 11, 28).astimezone(UTC)
NAIVE = datetime(2026, 11, 28, 14, 30)  # noqa: DTZ001 - people write such times
EAST = timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (date(2026, 11, 28), MIDNIGHT),
        ("2026-11-28", MIDNIGHT),
        ("2026-11-28 14:30", MIDNIGHT + timedelta(hours=14.5)),
        ("2026-11-28T14:30:00+05:00", datetime(2026, 11, 28, 9, 30, tzinfo=UTC)),
        (datetime(2026, 11, 28, 14, 30, tzinfo=EAST), datetime(2026, 11, 28, 9, 30, tzinfo=UTC)),
        (NAIVE, MIDNIGHT + timedelta(hours=14.5)),
    ],
)
def test_a_time_is_a_moment_and_a_day_is_its_beginning(given, meant):
    assert parse_since(given) == meant


@pytest.mark.parametrize(("given", "ago"), [("2h", 2), ("2h ago", 2), ("1d", 24), (" 90m ", 1.5)])
def test_a_duration_is_counted_back_from_now(given, ago):
    before = datetime.now(UTC)
    found = parse_since(given) + timedelta(hours=ago)

    assert before <= found <= datetime.now(UTC)
    assert abs(parse_until(timedelta(hours=ago)) - parse_since(given)) < timedelta(seconds=5)


def test_until_a_day_means_to_its_end():
    assert parse_until("2026-11-28") == datetime(2026, 11, 29).astimezone(UTC)
    assert parse_until(date(2026, 11, 28)) == parse_until("2026-11-28")


def test_yesterday_ends_where_today_begins():
    assert parse_until("yesterday") == parse_since("Today")


@pytest.mark.parametrize("given", ["soon", "", "2026-13-40", "99999999999d", 7, "0001-01-01", True])
def test_what_is_no_time_is_refused_with_the_way_to_write_it(given):
    with pytest.raises(InvalidSearch, match="write it as 2026-11-28"):
        parse_since(given)
