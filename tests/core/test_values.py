"""Numbers are exact or refused, dates take few keys."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_tui.core.entry.values import (
    COMMA,
    POINT,
    SCALES,
    BadValue,
    NumberFormat,
    datetime_for_server,
    datetime_from_server,
    decimal_for_server,
    decimal_from_server,
    format_datetime,
    format_decimal,
    parse_date,
    parse_datetime,
    parse_decimal,
    user_zone,
)

TODAY = date(2026, 11, 21)
BERLIN = user_zone("Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, 26, tzinfo=UTC)

scales = st.sampled_from(sorted(set(SCALES.values())))
formats = st.sampled_from([POINT, COMMA, NumberFormat(",", "'")])


@st.composite
def exact(draw: st.DrawFn) -> tuple[Decimal, int]:
    """A value that the server can hold, and its scale."""
    scale = draw(scales)
    scaled = draw(st.integers(-(2**63 - 1), 2**63 - 1))
    return Decimal((int(scaled < 0), tuple(map(int, str(abs(scaled)))), -scale)), scale


@given(exact(), formats, st.booleans())
def test_what_is_shown_is_read_back_as_the_same_number(
    value: tuple[Decimal, int], numbers: NumberFormat, grouped: bool
) -> None:
    number, scale = value
    shown = format_decimal(number, numbers=numbers, grouped=grouped)
    assert parse_decimal(shown, scale, numbers) == number


@given(exact())
def test_what_is_sent_is_read_back_digit_for_digit(value: tuple[Decimal, int]) -> None:
    number, scale = value
    sent = decimal_for_server(number)
    assert "E" not in sent
    assert decimal_from_server(sent).as_tuple() == number.as_tuple()
    assert parse_decimal(sent, scale).as_tuple() == number.as_tuple()


terms = st.integers(0, 9999) | st.decimals(0, 9999, places=3).map(lambda number: format(number, "f"))


@given(st.lists(terms, min_size=1, max_size=5), st.lists(st.sampled_from("+-*"), min_size=4, max_size=4))
def test_arithmetic_is_that_of_exact_fractions(numbers: list[object], operators: list[str]) -> None:
    text = str(numbers[0]) + "".join(
        f"{op}{number}" for op, number in zip(operators, numbers[1:], strict=False)
    )
    source = str.join("", [f"Fraction('{numbers[0]}')"]) + "".join(
        f"{op}Fraction('{number}')" for op, number in zip(operators, numbers[1:], strict=False)
    )
    wanted = eval(source, {"Fraction": Fraction})  # the arithmetic of Python's own parser, as the reference
    try:
        assert Fraction(parse_decimal(text, 8)) == wanted
    except BadValue:
        assert (wanted * 10**8).denominator != 1 or abs(wanted * 10**8) > 2**63 - 1


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("12*3", 6, "36"),
        (" (4+2)/8 ", 2, "0.75"),
        ("1,234.5", 4, "1234.5"),
        ("-5", 6, "-5"),
        ("2--3", 0, "5"),
        ("10/4", 1, "2.5"),
        (".5", 1, "0.5"),
        ("5.", 0, "5"),
        ("3×4", 0, "12"),
        ("007", 0, "7"),
    ],
)
def test_entry_takes_arithmetic(text: str, scale: int, value: str) -> None:
    assert parse_decimal(text, scale) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "scale", "says"),
    [
        ("", 6, "Enter a number"),
        ("ten", 6, "not a number"),
        ("1,5", 6, "not a number"),
        ("1.234.5", 6, "not a number"),
        ("10/3", 6, "more than 6 decimals"),
        ("1.05", 1, "more than 1 decimal;"),
        ("1.5", 0, "no decimals"),
        ("5/0", 6, "divides by zero"),
        ("5/(2-2)", 6, "divides by zero"),
        ("1e5", 6, "not a number"),
        ("2**9", 6, "not a number"),
        ("(1", 6, "not a number"),
        ("1)", 6, "not a number"),
        ("9223372036854.775808", 6, "too large"),
        ("9" * 81, 0, "too long"),
        ("(" * 40 + "1", 0, "not a number"),
        ("__import__('os')", 0, "not a number"),
        ("NaN", 6, "not a number"),
        ("∞", 6, "not a number"),
        ("٣", 6, "not a number"),
    ],
)
def test_what_is_no_exact_number_is_refused_with_a_sentence(text: str, scale: int, says: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_decimal(text, scale)
    assert says in caught.value.sentence()


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_the_entry(text: str) -> None:
    for parse in (
        lambda: parse_decimal(text, 6),
        lambda: parse_date(text, TODAY),
        lambda: parse_datetime(text, BERLIN, NOW),
    ):
        try:
            parse()
        except BadValue as refused:
            assert refused.sentence()


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        ("12.5000", 2, "12.50"),
        ("12.5050", 2, "12.505"),
        ("3.000000", 0, "3"),
        ("0.0000", 0, "0"),
        ("-0.0000", 2, "0.00"),
        ("-0.5", 0, "-0.5"),
        (7, 0, "7"),
    ],
)
def test_zeros_at_the_end_are_dropped_and_other_digits_never(
    value: object, decimals: int, shown: str
) -> None:
    assert format_decimal(value, decimals=decimals) == shown


def test_what_is_no_decimal_is_not_shown_as_one() -> None:
    with pytest.raises(ValueError, match="not an exact decimal"):
        format_decimal("twelve")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("t", "2026-11-21"),
        ("today", "2026-11-21"),
        ("+7", "2026-11-28"),
        ("-3", "2026-11-18"),
        ("+2w", "2026-12-05"),
        ("+3m", "2027-02-21"),
        ("eom", "2026-11-30"),
        ("som", "2026-11-01"),
        ("mon", "2026-11-23"),
        ("sat", "2026-11-28"),
        ("2802", "2027-02-28"),
        ("2810", "2026-10-28"),
        ("28.2.", "2027-02-28"),
        ("280226", "2026-02-28"),
        ("28022026", "2026-02-28"),
        ("28.02.2026", "2026-02-28"),
        ("28/2/26", "2026-02-28"),
        ("2026-02-28", "2026-02-28"),
        ("2902", "2028-02-29"),
    ],
)
def test_dates_take_few_keys(text: str, day: str) -> None:
    today = date(2027, 12, 1) if text == "2902" else TODAY
    assert parse_date(text, today).isoformat() == day


def test_the_order_of_day_and_month_is_the_persons() -> None:
    assert parse_date("0203", TODAY, day_first=False) == date(2027, 2, 3)
    assert parse_date("0203", TODAY) == date(2027, 3, 2)


def test_the_last_day_of_a_longer_month_falls_on_the_last_of_a_shorter_one() -> None:
    assert parse_date("+1m", date(2026, 1, 31)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    "text", ["", "3102", "32.1.", "2026-13-01", "tomorrowish", "+99999", "0000", "+9999m9"]
)
def test_what_is_no_date_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadValue, match="not a date"):
        parse_date(text, TODAY)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_with_its_year_is_that_date_in_every_writing(day: date) -> None:
    for shape in ("%Y-%m-%d", "%d%m%Y", "%d.%m.%Y", "%d%m%y"):
        assert parse_date(day.strftime(shape), TODAY) == day


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)), st.integers(-180, 180))
def test_a_date_without_its_year_is_the_nearest_one(today: date, away: int) -> None:
    day = today + timedelta(days=away)
    assert parse_date(day.strftime("%d%m"), today) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-21T09:26:00.000000Z"),
        ("14:30", "2026-11-21T13:30:00.000000Z"),
        ("2107 14:30", "2026-07-21T12:30:00.000000Z"),
        ("2026-07-21T14:30", "2026-07-21T12:30:00.000000Z"),
        ("t", "2026-11-20T23:00:00.000000Z"),
        ("25.10.2026 02:30", "2026-10-25T00:30:00.000000Z"),
    ],
)
def test_times_are_entered_in_the_persons_zone_and_sent_in_utc(text: str, moment: str) -> None:
    assert datetime_for_server(parse_datetime(text, BERLIN, NOW)) == moment


def test_a_time_that_summer_time_leaves_out_is_refused() -> None:
    with pytest.raises(BadValue, match="put forward"):
        parse_datetime("29.3.2026 02:30", BERLIN, NOW)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_moment_survives_the_wire(moment: datetime) -> None:
    assert datetime_from_server(datetime_for_server(moment)) == moment


def test_moments_are_shown_in_the_persons_zone() -> None:
    assert format_datetime("2026-11-21T09:26:00.123456Z", BERLIN) == "2026-11-21 10:26"
    with pytest.raises(ValueError, match="no time zone"):
        format_datetime("2026-11-21T09:26:00", BERLIN)
    assert user_zone("Mars/Olympus").key == "UTC"
