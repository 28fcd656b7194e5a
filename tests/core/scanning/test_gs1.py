"""GS1 codes say what the standard says that they say; what is wrong in one is named."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_tui.core.scanning.check_digits import check_digit, is_gtin, with_check_digit
from erp_tui.core.scanning.digital_link import parse_link
from erp_tui.core.scanning.gs1 import GS, ElementString, made_of, moment_of, parse
from erp_tui.core.scanning.gs1_dates import day_text, full_year, parse_day
from erp_tui.core.scanning.identifiers import PREDEFINED, all_codes, identifier, length_of_identifier
from erp_tui.core.scanning.problems import ScanProblem
from server.inventory import gtin as servers

pytestmark = pytest.mark.client

TODAY = date(2026, 11, 21)
ITEM = "04006381333931"
DATED = frozenset({"11", "12", "13", "15", "16", "17", "7003", "7006", "7007", "7008", "7011", "8008"})


def test_one_code_says_item_lot_use_by_date_and_weight() -> None:
    said = parse(f"01{ITEM}17270228310300{1250:04}10LOT-9{GS}21S-1", TODAY)
    assert (said.gtin, said.lot, said.serial) == (ITEM, "LOT-9", "S-1")
    assert said.expiry(TODAY) == date(2027, 2, 28)
    assert said.kilograms == Fraction(5, 4)
    assert said.human() == f"(01){ITEM}(17)270228(3103)001250(10)LOT-9(21)S-1"
    assert said.unique == f"(01){ITEM}(21)S-1"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("0104006381333932", "(01) GTIN 04006381333932 has a wrong check digit"),
        ("010400638133393", "(01) GTIN needs 14 characters, but has 13"),
        (f"01{ITEM}171313", "(17) USE BY needs 6 characters, but has 4"),
        ("17271331", "(17) is a date, but 271331 is none"),
        ("170001", "(17) USE BY needs 6"),
        ("10" + "X" * 21, "at most 20"),
        ("10A B", "(10) BATCH/LOT cannot have ' '"),
        ("30ABC", "(30) VAR. COUNT has digits only"),
        ("10", "(10) BATCH/LOT needs 1 character, but has 0"),
        ("1899", "no GS1 identifier (18)"),
        ("3109000001", "no GS1 identifier (3109)"),
        (f"10A{GS}10B", "(10) BATCH/LOT stands twice"),
        ("", "nothing in this code"),
        (f"01{ITEM}10LOT21SERIALTHATISTOOLONG", "A separator may be missing"),
        ("8008261", "(8008) PROD TIME needs 8"),
        ("800826112112345", "half a number"),
        ("70032611219999", "(7003) is a date"),
        ("(18)1", "no GS1 identifier (18)"),
    ],
)
def test_what_is_wrong_is_said_with_its_identifier(text: str, wrong: str) -> None:
    with pytest.raises(ScanProblem) as refused:
        parse(text, TODAY)
    assert wrong in refused.value.sentence()


@pytest.mark.parametrize(
    ("year", "today", "full"),
    [
        (26, 2026, 2026), (76, 2026, 2076), (77, 2026, 1977), (99, 2026, 1999), (0, 2026, 2000),
        (0, 2051, 2100), (1, 2051, 2101), (2, 2051, 2002), (50, 2000, 2050), (51, 2000, 1951), (0, 2099, 2100), (49, 2099, 2149),
    ],
)  # fmt: skip
def test_the_century_is_the_one_that_lies_near(year: int, today: int, full: int) -> None:
    """GS1 General Specifications, 7.12."""
    assert full_year(year, date(today, 6, 1)) == full


@pytest.mark.parametrize(("text", "day"), [("270200", (2027, 2, 28)), ("280200", (2028, 2, 29)), ("271200", (2027, 12, 31))])  # fmt: skip
def test_a_day_of_zero_is_the_last_of_the_month(text: str, day: tuple[int, int, int]) -> None:
    assert parse_day(text, TODAY, "17") == date(*day)


def test_an_expiry_with_a_time_is_read_to_the_minute() -> None:
    assert moment_of("7003", "2701021530", TODAY) == datetime(2027, 1, 2, 15, 30)
    assert parse("70032701021530", TODAY).expiry(TODAY) == date(2027, 1, 2)


@pytest.mark.parametrize(
    ("text", "kilograms"),
    [
        ("3100000012", "12"),
        ("3105000001", "0.00001"),
        ("3202001000", "4.5359237"),
        ("3570000016", "0.45359237"),
    ],
)
def test_weights_are_kilograms_to_the_last_digit(text: str, kilograms: str) -> None:
    assert parse(text, TODAY).kilograms == Fraction(kilograms)


def test_amounts_and_counts_have_their_decimals() -> None:
    elements = {each.code: each for each in parse(f"3922001299{GS}3932978001299{GS}3012{GS}37144", TODAY)}
    assert elements["3922"].number == Decimal("12.99") and elements["3932"].number == Decimal("12.99")
    assert parse(f"3012{GS}", TODAY).count == 12


@pytest.mark.parametrize(
    ("link", "human"),
    [
        ("https://id.gs1.org/01/4006381333931/10/A-1?17=271231", f"(01){ITEM}(10)A-1(17)271231"),
        ("https://brand.example/de/shop/01/04006381333931/21/S%2F1?utm_source=x", f"(01){ITEM}(21)S/1"),
        ("HTTPS://ID.GS1.ORG/00/106141412345678908", "(00)106141412345678908"),
    ],
)
def test_a_digital_link_says_the_same_as_the_elements(link: str, human: str) -> None:
    said = parse_link(link, TODAY)
    assert said is not None and said.human() == human


def test_another_web_address_is_no_code_of_ours() -> None:
    assert parse_link("https://example.com/about/us", TODAY) is None
    assert parse_link("WIDGET-1", TODAY) is None


def values(code: str) -> st.SearchStrategy[str]:
    """Any data that this identifier allows."""
    known = identifier(code)
    assert known is not None
    if code in DATED and code not in {"7008"}:
        day = st.dates(date(1990, 1, 1), date(2075, 12, 28)).map(day_text)
        time = {"7003": "2359", "8008": "235959", "7011": "0000"}.get(code, "")
        return day.map(lambda text: text + time)
    parts = []
    for part in known.parts:
        if part.checked:
            digits = st.text("0123456789", min_size=part.most - 1, max_size=part.most - 1)
            parts.append(digits.map(with_check_digit))
        else:
            # A part that may be left out stands at the end, so it may be of any length only there.
            least = part.least if part is known.parts[-1] else part.most
            parts.append(st.text(sorted(part.alphabet - {"(", ")"}), min_size=least, max_size=part.most))
    return st.tuples(*parts).map("".join)


strings = st.lists(st.sampled_from(all_codes()), min_size=1, max_size=6, unique=True).flatmap(
    lambda codes: st.tuples(*(st.tuples(st.just(code), values(code)) for code in codes))
)


@settings(max_examples=300, deadline=None)
@given(strings)
def test_whatever_is_put_into_a_code_is_read_from_it(pairs: tuple[tuple[str, str], ...]) -> None:
    said = made_of(pairs, TODAY)
    assert isinstance(said, ElementString)
    assert [(each.code, each.data) for each in said] == list(pairs)
    assert parse(said.encode(), TODAY) == said
    assert parse(said.human(), TODAY) == said
    assert parse(GS + said.encode() + GS, TODAY) == said, "guns may send a separator where none is needed"


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=0, max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for read in (parse, parse_link):
        try:
            read(text, TODAY)
        except ScanProblem as problem:
            assert problem.sentence()


def test_the_table_agrees_with_itself() -> None:
    """Every identifier is as long as its first digits say, and predefined ones are as long as the standard says."""
    for code in all_codes():
        known = identifier(code)
        assert known is not None and known.parts, code
        assert length_of_identifier(code) == len(code), code
        if known.is_predefined:
            assert known.least == known.most == PREDEFINED[code[:2]] - len(code), code


@given(st.text("0123456789", min_size=7, max_size=13))
def test_client_and_server_know_an_item_number_by_the_same_rule(digits: str) -> None:
    for number in (with_check_digit(digits), digits):
        assert is_gtin(number) is servers.is_gtin(number)
    assert check_digit(digits) == servers.check_digit(digits)
