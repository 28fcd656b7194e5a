"""The moments of a cron expression: each later than the last, whatever the clocks of a country do."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.jobs.schedules.cron import CronProblem, next_after

MADRID = ZoneInfo("Europe/Madrid")
ZONES = (
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def moments(expression: str, start: dt.datetime, count: int, zone: str = "Europe/Madrid") -> list[str]:
    """The next moments as the clock on the wall shows them."""
    found = []
    for _number in range(count):
        start = next_after(expression, zone, start)
        found.append(f"{start.astimezone(ZoneInfo(zone)):%m-%d %H:%M%z}")
    return found


def test_it_keeps_to_the_clock_on_the_wall_across_a_change_of_it() -> None:
    assert moments("0 5 * * *", at("2026-03-28T03:00:00+00:00"), 3) == [
        "03-28 05:00+0100",
        "03-29 05:00+0200",
        "03-30 05:00+0200",
    ]


def test_a_time_that_a_change_leaves_out_is_run_right_after_it() -> None:
    assert moments("30 2 * * *", at("2026-03-28T12:00:00+00:00"), 2) == [
        "03-29 03:00+0200",
        "03-30 02:30+0200",
    ]


def test_a_time_that_comes_twice_is_run_once() -> None:
    assert moments("30 2 * * *", at("2026-10-24T12:00:00+00:00"), 2) == [
        "10-25 02:30+0200",
        "10-26 02:30+0100",
    ]


def test_every_hour_is_every_hour_of_a_day_of_25() -> None:
    start = at("2026-10-24T22:59:00+00:00")
    hours = [next_after("0 * * * *", "Europe/Madrid", start + dt.timedelta(hours=each)) for each in range(25)]
    assert [(later - former).total_seconds() for former, later in itertools.pairwise(hours)] == [3600] * 24


def test_it_goes_on_after_2038() -> None:
    assert moments("0 0 1 1 *", at("2037-12-31T22:00:00+00:00"), 2) == [
        "01-01 00:00+0100",
        "01-01 00:00+0100",
    ]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "five fields"),
        ("every day", "five fields"),
        ("* * * * * *", "five fields"),
        ("61 * * * *", "minute"),
        ("* * * * 9", "day-of-week"),
        ("0 0 30 2 *", "day-of-month"),
        ("0 0 * * FRI#6", "day-of-week"),
        ("*/0 * * * *", "minute"),
        ("0 0 * * MON#1/2", "no cron expression"),
        ("0 0 1 1 \n*", "five fields"),
    ],
)
def test_what_means_nothing_is_refused_in_a_sentence(expression: str, said: str) -> None:
    with pytest.raises(CronProblem, match=said):
        next_after(expression, "UTC", at("2026-11-21T00:00:00+00:00"))


@given(st.text(alphabet="0123456789*/,-#LWMONDAYjan \t\n", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_moment_or_a_refusal(text: str) -> None:
    try:
        assert next_after(text, "UTC", at("2026-11-21T00:00:00+00:00")) > at("2026-11-21T00:00:00+00:00")
    except CronProblem as problem:
        assert str(problem)


_minutes = st.one_of(st.integers(0, 59).map(str), st.sampled_from(["*", "*/7", "0,30", "10-20/5"]))
_hours = st.one_of(st.integers(0, 23).map(str), st.sampled_from(["*", "*/5", "1,2,3", "0-3"]))
_days = st.sampled_from(["*", "1", "L", "15-20"])
_weekdays = st.sampled_from(["*", "MON-FRI", "0", "SUN#1", "5L"])


@given(
    expression=st.tuples(_minutes, _hours, _days, st.just("*"), _weekdays).map(" ".join),
    zone=st.sampled_from(ZONES),
    start=st.datetimes(dt.datetime(2011, 1, 1), dt.datetime(2041, 1, 1)),
)
@settings(max_examples=150, deadline=None)
def test_moments_only_go_forward_and_on_whole_minutes(expression: str, zone: str, start: dt.datetime) -> None:
    moment = start.replace(tzinfo=dt.UTC)
    for _number in range(4):
        following = next_after(expression, zone, moment)
        assert following > moment
        assert (following.second, following.microsecond, following.tzinfo) == (0, 0, dt.UTC)
        moment = following
