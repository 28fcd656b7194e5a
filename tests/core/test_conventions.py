"""Numbers and days are written and read as where the person lives; what is shown can be typed back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from erp_tui.core.entry.conventions import (
    INTERNATIONAL,
    conventions,
    conventions_of,
    use_conventions,
    with_preferences,
)
from erp_tui.core.entry.values import (
    BadValue,
    format_count,
    format_date,
    format_datetime,
    format_decimal,
    parse_date,
    parse_datetime,
    parse_decimal,
)

TODAY = date(2026, 11, 21)
NARROW = "\u00a0"


@pytest.fixture(autouse=True)
def _international_again() -> Iterator[None]:
    yield
    use_conventions(INTERNATIONAL)


@pytest.mark.parametrize(
    ("tag", "number", "day"),
    [
        ("en", "1,234,567.50", "2026-02-03"),
        ("en-US", "1,234,567.50", "02/03/2026"),
        ("en-GB", "1,234,567.50", "03/02/2026"),
        ("es", "1.234.567,50", "03/02/2026"),
        ("fr", f"1{NARROW}234{NARROW}567,50", "03/02/2026"),
        ("de", "1.234.567,50", "03.02.2026"),
        ("sv", f"1{NARROW}234{NARROW}567,50", "2026-02-03"),
        ("zz-ZZ", "1,234,567.50", "2026-02-03"),
        ("no tag at all", "1,234,567.50", "2026-02-03"),
    ],
)
def test_what_is_shown_is_of_the_place_and_can_be_typed_back(tag: str, number: str, day: str) -> None:
    use_conventions(conventions_of(tag))
    assert format_decimal("1234567.5", decimals=2, grouped=True) == number
    assert format_date("2026-02-03") == day
    assert parse_decimal(number, 4) == Decimal("1234567.5")
    assert parse_date(day, TODAY) == date(2026, 2, 3)


@pytest.mark.parametrize("tag", ["en", "en-US", "es", "fr", "de"])
def test_iso_is_understood_everywhere(tag: str) -> None:
    use_conventions(conventions_of(tag))
    assert parse_date("2026-02-03", TODAY) == date(2026, 2, 3)


def test_a_moment_is_written_in_the_zone_and_manner_of_the_person() -> None:
    use_conventions(conventions_of("es"))
    madrid = ZoneInfo("Europe/Madrid")
    shown = format_datetime("2026-11-21T23:26:00Z", madrid)
    assert shown == "22/11/2026 00:26"
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert parse_datetime(shown, madrid, now) == datetime(2026, 11, 21, 23, 26, tzinfo=UTC)


def test_digits_without_a_year_are_read_in_the_order_of_the_place() -> None:
    use_conventions(conventions_of("en-US"))
    assert parse_date("1103", TODAY) == date(2026, 11, 3)
    use_conventions(conventions_of("es"))
    assert parse_date("0311", TODAY) == date(2026, 11, 3)


def test_a_french_thousand_typed_with_a_space_is_one_number_and_two_numbers_are_none() -> None:
    use_conventions(conventions_of("fr"))
    assert parse_decimal("1 234,5 * 2", 4) == Decimal(2469)
    with pytest.raises(BadValue):
        parse_decimal("12 34", 4)


def test_a_point_where_a_comma_is_the_mark_is_refused_and_not_read_as_something_else() -> None:
    use_conventions(conventions_of("es"))
    with pytest.raises(BadValue, match=r"12\.5"):
        parse_decimal("12.5", 4)


def test_the_persons_own_wishes_go_before_the_language() -> None:
    use_conventions(with_preferences(conventions_of("es"), {"decimal_mark": ".", "date_order": "iso"}))
    assert format_decimal("1234.5", grouped=True) == "1,234.5"
    assert format_date("2026-02-03") == "2026-02-03"
    use_conventions(with_preferences(conventions_of("en"), {"decimal_mark": "", "date_order": "mdy"}))
    assert format_date("2026-02-03") == "02/03/2026"
    assert conventions().typed == "mdy"


@pytest.mark.parametrize(
    ("tag", "written"), [("en", "1,234,567"), ("es", "1.234.567"), ("fr", f"1{NARROW}234{NARROW}567")]
)
def test_a_count_is_parted_as_where_the_person_lives(tag: str, written: str) -> None:
    use_conventions(conventions_of(tag))
    assert format_count(1_234_567) == written
    assert format_count(7) == "7"
