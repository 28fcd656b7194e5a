"""Filters are read by the person's conventions, sent in the server's grammar, and kept for every day and country."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_tui.core.commands.filter_reading import (
    BadFilter,
    Reading,
    filter_as_typed,
    may_name_a_day,
    read_filter,
    read_for_a_program,
    terms_of,
)
from erp_tui.core.entry.conventions import INTERNATIONAL, conventions_of, use_conventions
from erp_tui.core.remote.models import Description

pytestmark = pytest.mark.client

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, 26, tzinfo=UTC)


def field(name: str, type: str, title: str, **more: object) -> dict[str, object]:
    return {"name": name, "title": title, "type": type, "filterable": True, **more}


MOVES = Description.model_validate(
    {
        "name": "stock-moves",
        "title": "Stock moves",
        "fields": [
            field("number", "code", "Number"),
            field("expected_on", "date", "Expected", nullable=True),
            field("effective_at", "datetime", "Effective"),
            field("quantity", "quantity", "Quantity"),
            field("lines", "integer", "Lines"),
            field("product", "reference", "Product", reference="products", display=["product_code"]),
        ],
        "filters": [{"name": "open", "title": "Not finished"}],
    }
)


@pytest.fixture(autouse=True)
def _international_again() -> Iterator[None]:
    yield
    use_conventions(INTERNATIONAL)


def read(text: str, tag: str = "en") -> Reading:
    use_conventions(conventions_of(tag))
    return read_filter(MOVES, text, zone=BERLIN, now=NOW)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("expected_on=t", "expected_on=2026-11-21"),
        ("expected_on>=-7", "expected_on>=2026-11-14"),
        ("expected_on >= t-7 , open", "expected_on>=2026-11-14, open"),
        ("expected_on<=eom,number=A1", "expected_on<=2026-11-30,number=A1"),
        ("expected_on=2802", "expected_on=2027-02-28"),
        ("expected_on!=28/2/26", "expected_on!=2026-02-28"),
        ('expected_on="t"', "expected_on=2026-11-21"),
        ("expected_on=[t,+1,2026-12-24]", "expected_on=[2026-11-21,2026-11-22,2026-12-24]"),
        ("expected_on=som..eom", "expected_on>=2026-11-01,expected_on<=2026-11-30"),
        ("expected_on=28.2...3.3.", "expected_on>=2027-02-28,expected_on<=2027-03-03"),
        ("expected_on=t-7..", "expected_on>=2026-11-14"),
        ("expected_on=..t", "expected_on<=2026-11-21"),
        ("expected_on=null", "expected_on=null"),
        ("quantity>1,234.5,open", "quantity>1234.5,open"),
        ("quantity=1.5..2.5", "quantity>=1.5,quantity<=2.5"),
        ("quantity=[1.5,3*4]", "quantity=[1.5,12]"),
        ("lines<10", "lines<10"),
        ("number=t,number=1.5", "number=t,number=1.5"),
        ("product=t", "product=t"),
        ("open", "open"),
        ("unheard_of=t", "unheard_of=t"),
        ('number="a,1",quantity=2', 'number="a,1",quantity=2'),
    ],
)
def test_what_a_field_takes_is_sent_as_the_server_writes_it(typed: str, sent: str) -> None:
    assert read(typed).sent == sent


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("quantity>12,5,open", "quantity>12.5,open"),
        ("quantity>1.234,5", "quantity>1234.5"),
        ('quantity=["1,5","2,5"]', "quantity=[1.5,2.5]"),
        ("quantity=1,5..2,5", "quantity>=1.5,quantity<=2.5"),
        ("expected_on=3/4/2026", "expected_on=2026-04-03"),
        ("number=1,open", "number=1,open"),
    ],
)
def test_numbers_and_days_are_read_as_where_the_person_lives(typed: str, sent: str) -> None:
    assert read(typed, "es").sent == sent


def test_the_order_of_day_and_month_is_that_of_the_place() -> None:
    assert read("expected_on=3/4/2026", "en-US").sent == "expected_on=2026-03-04"


DAY, NEXT = "2026-11-20T23:00:00.000000Z", "2026-11-21T23:00:00.000000Z"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("effective_at=t", f"effective_at>={DAY},effective_at<{NEXT}"),
        ("effective_at>t", f"effective_at>={NEXT}"),
        ("effective_at>=t", f"effective_at>={DAY}"),
        ("effective_at<t", f"effective_at<{DAY}"),
        ("effective_at<=t", f"effective_at<{NEXT}"),
        ("effective_at=t..t", f"effective_at>={DAY},effective_at<{NEXT}"),
        ("effective_at<=now", "effective_at<=2026-11-21T09:26:00.000000Z"),
        (
            "effective_at=14:30",
            "effective_at>=2026-11-21T13:30:00.000000Z,effective_at<2026-11-21T13:31:00.000000Z",
        ),
        ("effective_at>=2026-11-21T09:26:00Z", "effective_at>=2026-11-21T09:26:00.000000Z"),
        # The day on which the clocks are put back has 25 hours.
        (
            "effective_at=25.10.2026",
            "effective_at>=2026-10-24T22:00:00.000000Z,effective_at<2026-10-25T23:00:00.000000Z",
        ),
    ],
)
def test_a_day_of_moments_is_the_persons_own_from_midnight_to_midnight(typed: str, sent: str) -> None:
    assert read(typed).sent == sent


@pytest.mark.parametrize(
    ("typed", "position", "says"),
    [
        ("open,expected_on>=tomorrowish", 18, "Expected: tomorrowish is not a date"),
        ("quantity>few", 9, "Quantity: few is not a number"),
        ("lines=1.5", 6, "Lines: 1.5 has more than no decimals"),
        ("expected_on!=t..eom", 13, "a range follows = only"),
        ("expected_on=t..nonsense", 12, "nonsense is not a date"),
        ("effective_at!=t", 14, "ask with <"),
        ("effective_at=[t]", 13, "t-7..t"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_field_and_the_place(
    typed: str, position: int, says: str
) -> None:
    with pytest.raises(BadFilter, match=r"\S") as refused:
        read(typed)
    assert says in refused.value.sentence()
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("expected_on>=T-7,quantity>12,5", "expected_on>=t-7,quantity>12.5"),
        ("expected_on=som-1m..eom-1m", "expected_on>=som-1m,expected_on<=eom-1m"),
        ("expected_on=3/4/2026", "expected_on=2026-04-03"),
        ("effective_at=t", "effective_at=t"),
        ("effective_at=t-7..t", "effective_at>=t-7,effective_at<=t"),
        ('quantity=["1,5","2"]', "quantity=[1.5,2]"),
    ],
)
def test_a_kept_filter_holds_for_another_day_and_another_country(typed: str, kept: str) -> None:
    assert read(typed, "es").kept == kept
    again = filter_as_typed(MOVES, kept, zone=BERLIN, now=NOW)
    assert read(again, "es").sent == read(typed, "es").sent


def test_a_week_before_the_day_of_use_moves_with_it() -> None:
    kept = read("expected_on>=t-7").kept
    later = datetime(2026, 12, 21, 9, 26, tzinfo=UTC)
    assert read_filter(MOVES, kept, zone=BERLIN, now=later).sent == "expected_on>=2026-12-14"


def test_a_kept_number_is_shown_with_the_persons_own_mark() -> None:
    use_conventions(conventions_of("es"))
    assert filter_as_typed(MOVES, "quantity>1234.5,open", zone=BERLIN, now=NOW) == "quantity>1234,5,open"


def test_what_was_understood_is_said_in_the_persons_own_writing() -> None:
    assert read("expected_on=t-7..t,quantity>1.234,5,open", "es").said == (
        "Expected from 14/11/2026 up to 21/11/2026, Quantity more than 1.234,5"
    )
    assert read("open,number=A1").said == ""


def test_the_place_of_a_refusal_is_found_in_what_was_typed() -> None:
    reading = read("expected_on=t-7..t,number=A1,unheard=1")
    assert reading.typed_position(reading.sent.index("unheard")) == reading.typed.index("unheard")
    assert reading.typed_position(0) == reading.typed.index("t-7")
    assert reading.typed_position(10_000) == len(reading.typed)


def test_terms_are_parted_as_the_server_parts_them_but_within_a_number() -> None:
    use_conventions(conventions_of("es"))
    assert terms_of(MOVES, 'quantity>1,5,number="a,b",lines=[1,2],open') == [
        "quantity>1,5",
        'number="a,b"',
        "lines=[1,2]",
        "open",
    ]


@given(st.text(alphabet='expectd_onquantity=<>!~,."[]t0123-+\\ é', max_size=40))
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    try:
        reading = read(text)
    except BadFilter as bad:
        assert 0 <= bad.position <= len(text)
    else:
        assert reading.typed == text


def test_a_program_means_the_persons_day_and_writes_numbers_the_same_everywhere() -> None:
    use_conventions(conventions_of("de-DE"))
    text = "effective_at=2026-11-21,quantity>1.5"
    sent = read_for_a_program(MOVES, text, zone=BERLIN, now=NOW).sent
    begin, end = "2026-11-20T23:00:00.000000Z", "2026-11-21T23:00:00.000000Z"
    assert sent == f"effective_at>={begin},effective_at<{end},quantity>1.5"


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("effective_at=t-7", True),
        ("effective_at>=2026-11-21,open", True),
        ("effective_at=som..eom", True),
        ("effective_at<now", True),
        ("effective_at=[2802]", True),
        ('effective_at="28.2."', True),
        ("effective_at>14:30", True),
        ("effective_at>=2026-11-21T14:30:00Z", True),
        ("state=confirmed,number~PN-1002", False),
        ("open", False),
        ("lines<10,quantity=[1,2]", False),
    ],
)
def test_a_filter_without_a_day_need_not_be_read(text: str, may: bool) -> None:
    assert may_name_a_day(text) is may
