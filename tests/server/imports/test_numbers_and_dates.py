"""Numbers and dates are read exactly as their writer meant them, or refused with a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from server.imports.issues import WARNING
from server.imports.values.dates import DateEvidence, DateStyle, read_date, read_datetime
from server.imports.values.numbers import NumberEvidence, NumberStyle, read_number

POINT = NumberStyle(".", sure=True)
COMMA = NumberStyle(",", sure=True)


def number(
    text: str, style: NumberStyle = POINT, *, money: bool = True, percent: bool = False
) -> Decimal | str:
    value, flaw = read_number(text, style, money=money, percent=percent)
    if value is None:
        assert flaw is not None and flaw.remedy
        return flaw.code
    return value


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("32.000,00", COMMA, "32000.00"),
        ("(32,000.00)", POINT, "-32000.00"),
        ("$ 1,200", POINT, "1200"),
        ("1'200.50-", POINT, "-1200.50"),
        ("€ 1.200,5", COMMA, "1200.5"),
        ("1 234 567,89 kr", COMMA, "1234567.89"),
        ("1\u202f234,5", COMMA, "1234.5"),
        ("−5", POINT, "-5"),
        ("-$5.25", POINT, "-5.25"),
        ("+7", POINT, "7"),
        (".5", POINT, "0.5"),
        ("5.", POINT, "5"),
        ("1.2E+3", POINT, "1200"),
        ("USD 12.50", POINT, "12.50"),
        ("12.50 EUR", POINT, "12.50"),
        ("1,23,456.00", POINT, "invalid"),
        ("12345678901234.5678", POINT, "12345678901234.5678"),
    ],
)
def test_a_number_as_people_write_it_is_read_exactly(text: str, style: NumberStyle, expected: str) -> None:
    result = number(text, style)
    assert result == (expected if expected == "invalid" else Decimal(expected))


@pytest.mark.parametrize(
    "text",
    ["ABC 32", "twelve", "1.2.3", "12,34,5", "(5", "5)", "--5", "(-5)", "$5€", "0x10", "1_000", "٣a", "NaN"],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    assert number(text) == "invalid"


def test_a_currency_is_refused_where_a_quantity_is_asked() -> None:
    assert number("$ 5", money=False) == "invalid"
    assert number("5 %", percent=True) == Decimal(5)
    assert number("5 %") == "invalid"


def test_the_column_settles_what_one_number_leaves_open() -> None:
    evidence = NumberEvidence()
    evidence.add(["1.200", "7", "3,5"])
    style = evidence.style()
    assert style == NumberStyle(",", sure=True)
    assert number("1.200", style) == Decimal(1200)


def test_an_open_number_is_read_by_custom_and_says_so() -> None:
    evidence = NumberEvidence()
    evidence.add(["1,200", "2,500"])
    value, flaw = read_number("1,200", evidence.style(), money=False, percent=False)
    assert value == Decimal(1200)
    assert flaw is not None and (flaw.code, flaw.level) == ("ambiguous", WARNING)


def test_a_column_that_contradicts_itself_refuses_only_what_is_open() -> None:
    evidence = NumberEvidence()
    evidence.add(["1.5", "2,5"])
    style = evidence.style()
    assert number("1,200", style) == "ambiguous"
    assert number("2,5", style) == Decimal("2.5")
    assert number("1.234,5", style) == Decimal("1234.5")


def test_a_declared_decimal_mark_wins_over_the_evidence() -> None:
    evidence = NumberEvidence()
    evidence.add(["1.5"])
    assert number("1.200", evidence.style(declared=",")) == Decimal(1200)


def test_two_currencies_in_one_column_are_refused() -> None:
    evidence = NumberEvidence()
    evidence.add(["$ 5.00", "€ 6.00", "7"])
    style = evidence.style()
    assert number("$ 5.00", style) == "invalid"
    assert number("7", style) == Decimal(7)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-11-21", None, date(2026, 11, 21)),
        ("20261121", None, date(2026, 11, 21)),
        ("2026/1/2", None, date(2026, 1, 2)),
        ("6/27/2016", None, date(2016, 6, 27)),
        ("27/6/2016", None, date(2016, 6, 27)),
        ("3/4/2016", "MDY", date(2016, 3, 4)),
        ("3/4/2016", "DMY", date(2016, 4, 3)),
        ("4/4/2016", None, date(2016, 4, 4)),
        ("3.4.2016", None, date(2016, 4, 3)),
        ("3.4.68", None, date(2068, 4, 3)),
        ("3.4.69", None, date(1969, 4, 3)),
        ("16-04-03", "YMD", date(2016, 4, 3)),
        ("21 Nov 2026", None, date(2026, 11, 21)),
        ("Nov 21st, 2026", None, date(2026, 11, 21)),
        ("21. Dezember 2026", None, date(2026, 12, 21)),
        ("2016-06-27 00:00:00", None, date(2016, 6, 27)),
    ],
)
def test_a_date_as_people_write_it_is_read(text: str, order: str | None, expected: date) -> None:
    assert read_date(text, DateStyle(order)) == (expected, None)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "31/31/2026", "yesterday", "45000", "1/2", "21 Foo 2026", "1/2/345"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    value, flaw = read_date(text, DateStyle())
    assert value is None and flaw is not None and flaw.code == "invalid"


def test_day_and_month_are_never_guessed() -> None:
    value, flaw = read_date("3/4/2016", DateStyle())
    assert value is None and flaw is not None and flaw.code == "ambiguous" and "DMY" in flaw.remedy


def test_one_telling_date_settles_the_column() -> None:
    evidence = DateEvidence()
    evidence.add(["3/4/2016", "6/27/2016"])
    assert evidence.style() == DateStyle("MDY")
    evidence.add(["27/6/2016"])
    assert evidence.style() == DateStyle(None, mixed=True)


def test_a_date_that_breaks_the_declared_order_is_refused() -> None:
    value, flaw = read_date("27/6/2016", DateStyle("MDY"))
    assert value is None and flaw is not None


def test_a_moment_is_kept_in_utc() -> None:
    zone = timezone(timedelta(hours=2))
    assert read_datetime("2026-06-01T12:00", DateStyle(), zone) == (
        datetime(2026, 6, 1, 10, tzinfo=UTC),
        None,
    )
    assert read_datetime("2026-06-01T12:00Z", DateStyle(), zone) == (
        datetime(2026, 6, 1, 12, tzinfo=UTC),
        None,
    )


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text", ["1" + " " * 100_000 + "x", "-" + " " * 100_000, "9" * 100_000, "1" + ",000" * 30_000]
)
def test_a_hostile_text_is_refused_at_once(text: str) -> None:
    assert number(text) == "invalid"
    assert read_date(text, DateStyle())[0] is None
    evidence, dates = NumberEvidence(), DateEvidence()
    evidence.add([text])
    dates.add([text])
    assert evidence.style() == NumberStyle() and dates.style() == DateStyle()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 de marzo de 2026", date(2026, 3, 3)),
        ("1er février 2026", date(2026, 2, 1)),
        ("14 juillet 2026", date(2026, 7, 14)),
        ("15 septiembre 2025", date(2025, 9, 15)),
        ("12 août 26", date(2026, 8, 12)),
        ("5. März 2026", date(2026, 3, 5)),
        ("3 brumaire 2026", None),
    ],
)
def test_months_are_known_in_the_languages_of_the_product(text: str, day: date | None) -> None:
    assert read_date(text, DateStyle())[0] == day
