"""One parser each for filters, durations and periods; an error says where, and what would have been understood."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.core.parsers import durations, filters, periods
from server.core.parsers.durations import Duration, Unit
from server.core.parsers.errors import ParseError
from server.core.parsers.filters import Comparison, NamedFilter, Operator
from server.core.parsers.periods import Period

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
NOON = datetime(2025, 6, 18, 12, tzinfo=UTC)

names = st.from_regex(r"[a-z_][a-z0-9_.\-]{0,8}", fullmatch=True)
texts = st.text(max_size=8) | st.sampled_from(
    ["null", "", " a", 'say "x"', "a,b", "[a]", "=", ">=3", "\\", "\\n"]
)
singles = st.builds(Comparison, names, st.sampled_from(Operator), texts)
nulls = st.builds(Comparison, names, st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]), st.none())
lists = st.builds(
    Comparison, names, st.just(Operator.EQUAL), st.lists(texts, min_size=1, max_size=4).map(tuple)
)
terms = st.builds(NamedFilter, names) | singles | nulls | lists


@given(st.lists(terms, max_size=5).map(tuple))
def test_formatting_a_filter_and_parsing_it_gives_the_same_terms(written: tuple[filters.Term, ...]) -> None:
    assert filters.parse(filters.format(written)) == written


@given(st.text(alphabet='ab_=!<>~[]",\\ n', max_size=20) | st.text(max_size=20))
def test_any_text_is_either_understood_or_refused_at_a_position_within_it(text: str) -> None:
    try:
        understood = filters.parse(text)
    except ParseError as error:
        assert 1 <= error.position <= len(text) + 1
        assert error.expected
    else:
        assert filters.parse(filters.format(understood)) == understood


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("   ", ()),
        ("active", (NamedFilter("active"),)),
        (
            "department=Engineering,status=active",
            (
                Comparison("department", Operator.EQUAL, "Engineering"),
                Comparison("status", Operator.EQUAL, "active"),
            ),
        ),
        ("score>7", (Comparison("score", Operator.GREATER, "7"),)),
        ("score >= 7", (Comparison("score", Operator.GREATER_OR_EQUAL, "7"),)),
        ("score<=7,low-stock", (Comparison("score", Operator.LESS_OR_EQUAL, "7"), NamedFilter("low-stock"))),
        ("name~Smith & Sons", (Comparison("name", Operator.CONTAINS, "Smith & Sons"),)),
        ("closed_at=null", (Comparison("closed_at", Operator.EQUAL, None),)),
        ("closed_at != null", (Comparison("closed_at", Operator.NOT_EQUAL, None),)),
        ('name="null"', (Comparison("name", Operator.EQUAL, "null"),)),
        ('name=""', (Comparison("name", Operator.EQUAL, ""),)),
        ("state=[draft, confirmed]", (Comparison("state", Operator.EQUAL, ("draft", "confirmed")),)),
        ('name=["a,b",c]', (Comparison("name", Operator.EQUAL, ("a,b", "c")),)),
        (r'name="say \"hi\" \\ there"', (Comparison("name", Operator.EQUAL, 'say "hi" \\ there'),)),
        ("supplier=id:7", (Comparison("supplier", Operator.EQUAL, "id:7"),)),
        ("note=a=b", (Comparison("note", Operator.EQUAL, "a=b"),)),
        ("a=1;b=2, c", (Comparison("a", Operator.EQUAL, "1;b=2"), NamedFilter("c"))),
        (r"path=C:\temp", (Comparison("path", Operator.EQUAL, r"C:\temp"),)),
    ],
)
def test_the_three_spellings_of_the_founding_documents_are_one_grammar(
    text: str, expected: tuple[filters.Term, ...]
) -> None:
    assert filters.parse(text) == expected


def test_terms_know_where_they_stand() -> None:
    first, second = filters.parse("active, score > 7")
    assert isinstance(second, Comparison)
    assert (first.position, second.position, second.value_position) == (1, 9, 17)


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("a=1,", 5, "the name of a field"),
        (",a=1", 1, "the name of a field"),
        ("7>score", 1, "the name of a field"),
        ("score 7", 7, "one of ="),
        ("a=", 3, "a value"),
        ("a==1", 3, "double quotes"),
        ("a=[1", 5, "closing ]"),
        ("a=[]", 4, "a value"),
        ("a=[1,null]", 6, "null cannot stand in a list"),
        ("a!=[1]", 4, "a list can follow = only"),
        ("a>null", 3, "null can follow"),
        ('a="x', 5, "character 3"),
        ('a="x\\n"', 6, "backslash"),
        ('a=x"y"', 4, "double quotes"),
        ('a="x"y', 6, "a comma, or the end"),
        ("a=1]", 4, "a comma, or the end"),
        ("x" * 8001, 8001, "at most 8000 characters"),
    ],
)
def test_a_filter_that_cannot_be_read_says_where_and_what_was_expected(
    text: str, position: int, expected: str
) -> None:
    with pytest.raises(ParseError) as caught:
        filters.parse(text)
    assert caught.value.position == position
    assert expected in caught.value.expected
    assert caught.value.expected in caught.value.detail


def test_a_parse_error_is_a_refused_value_of_its_parameter() -> None:
    with pytest.raises(Invalid) as caught:
        periods.parse("fortnight", now=NOON, zone=UTC, parameter="within")
    (error,) = caught.value.errors
    assert (caught.value.status, error.field, error.code) == (422, "within", "invalid")
    assert "fortnight" in error.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30d", Duration(30, Unit.DAY)),
        ("24h", Duration(24, Unit.HOUR)),
        ("6m", Duration(6, Unit.MONTH)),
        ("90s", Duration(90, Unit.SECOND)),
        ("15min", Duration(15, Unit.MINUTE)),
        ("2w", Duration(2, Unit.WEEK)),
        (" 1Y ", Duration(1, Unit.YEAR)),
    ],
)
def test_durations_are_read_with_their_unit(text: str, expected: Duration) -> None:
    assert durations.parse(text) == expected
    assert durations.parse(str(expected)) == expected


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "1.5h", "0d", "30x", "3 d", "1d2h", "٣d", "1234567d"])
def test_a_duration_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        durations.parse(text)


def test_hours_elapse_and_days_and_months_follow_the_calendar() -> None:
    before_summer_time = datetime(2025, 3, 29, 12, tzinfo=BERLIN)
    assert durations.parse("24h").after(before_summer_time, BERLIN) == datetime(
        2025, 3, 30, 13, tzinfo=BERLIN
    )
    assert durations.parse("1d").after(before_summer_time, BERLIN) == datetime(2025, 3, 30, 12, tzinfo=BERLIN)
    end_of_january = datetime(2024, 1, 31, 8, tzinfo=UTC)
    assert durations.parse("1m").after(end_of_january) == datetime(2024, 2, 29, 8, tzinfo=UTC)
    assert durations.parse("13m").after(end_of_january) == datetime(2025, 2, 28, 8, tzinfo=UTC)
    assert durations.parse("1m").before(datetime(2024, 1, 15, tzinfo=UTC)) == datetime(
        2023, 12, 15, tzinfo=UTC
    )
    assert durations.parse("4y").before(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(
        2020, 2, 29, tzinfo=UTC
    )
    with pytest.raises(OverflowError):
        durations.parse("9999y").after(NOON)


@given(
    amount=st.integers(1, 400),
    unit=st.sampled_from(Unit),
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_before_and_after_go_opposite_ways(amount: int, unit: Unit, moment: datetime) -> None:
    duration = Duration(amount, unit)
    assert duration.before(moment, BERLIN) < moment < duration.after(moment, BERLIN)
    assert duration.after(moment, BERLIN).tzinfo is UTC


def span(start: datetime, end: datetime) -> Period:
    return Period(start.astimezone(UTC), end.astimezone(UTC))


def day(year: int, month: int, number: int, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(year, month, number, tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day", span(day(2025, 6, 18), day(2025, 6, 19))),
        ("week", span(day(2025, 6, 16), day(2025, 6, 23))),
        ("month", span(day(2025, 6, 1), day(2025, 7, 1))),
        ("Quarter", span(day(2025, 4, 1), day(2025, 7, 1))),
        ("year", span(day(2025, 1, 1), day(2026, 1, 1))),
        ("24h", span(NOON - timedelta(hours=24), NOON)),
        ("30d", span(NOON - timedelta(days=30), NOON)),
        ("2025-06", span(day(2025, 6, 1), day(2025, 7, 1))),
        ("2025-12", span(day(2025, 12, 1), day(2026, 1, 1))),
        ("2025-q4", span(day(2025, 10, 1), day(2026, 1, 1))),
        ("2024", span(day(2024, 1, 1), day(2025, 1, 1))),
        ("2024-02-29", span(day(2024, 2, 29), day(2024, 3, 1))),
        ("2025-01-01,2025-03-31", span(day(2025, 1, 1), day(2025, 4, 1))),
        ("2025-01, 2025-03", span(day(2025, 1, 1), day(2025, 4, 1))),
        ("2025-03-30,2025-03-30", span(day(2025, 3, 30), day(2025, 3, 31))),
    ],
)
def test_periods_are_whole_days_of_the_users_zone(text: str, expected: Period) -> None:
    assert periods.parse(text, now=NOON, zone=BERLIN) == expected


def test_the_current_month_is_the_one_of_the_users_clock() -> None:
    last_evening_in_utc = datetime(2025, 6, 30, 18, tzinfo=UTC)
    assert periods.parse("month", now=last_evening_in_utc, zone=AUCKLAND) == span(
        day(2025, 7, 1, AUCKLAND), day(2025, 8, 1, AUCKLAND)
    )


def test_a_day_of_the_clock_change_has_23_hours() -> None:
    period = periods.parse("2025-03-30", now=NOON, zone=BERLIN)
    assert period.end - period.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("fortnight", 1),
        ("2025-13", 1),
        ("2025-02-30", 1),
        ("2025-01-01,", 12),
        (",2025-01-01", 1),
        ("2025-01-01,2025-02-30", 12),
        ("2025-01-01, month", 13),
        ("2025-03-01,2025-02-01", 12),
        ("2025-01-01,2025-02-01,2025-03-01", 12),
        ("0001-01-01", 1),
        ("9999", 1),
        ("9999y", 1),
    ],
)
def test_a_period_that_cannot_be_read_says_where(text: str, position: int) -> None:
    with pytest.raises(ParseError) as caught:
        periods.parse(text, now=NOON, zone=BERLIN)
    assert caught.value.position == position


@given(
    st.sampled_from(periods.WORDS),
    st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC)).filter(lambda x: x.year < 9990),
)
def test_the_current_period_holds_now(word: str, now: datetime) -> None:
    for zone in (UTC, BERLIN, AUCKLAND):
        assert now in periods.parse(word, now=now, zone=zone)
