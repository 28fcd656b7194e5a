"""A text becomes exactly the value that it says, or is refused where it stands with a remedy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.formula_guard import guard, unguard
from server.imports.issues import WARNING, Flaw
from server.imports.values.numbers import NumberStyle
from server.imports.values.typed import CLEAR, LEAVE, Doubtful, Style, ValueRule, reader

SURE = Style(numbers=NumberStyle(".", sure=True))


def value(text: str, rule: ValueRule, **options: Any) -> Any:
    result = reader(rule, options.pop("style", SURE), **options)(text)
    return result.code if isinstance(result, Flaw) else result


@pytest.mark.parametrize("text", ["", "   ", "NULL", "\\N", "\t"])
def test_an_empty_cell_leaves_the_field_alone(text: str) -> None:
    assert value(text, ValueRule("name")) is LEAVE


def test_a_dash_clears_a_field_that_may_be_empty() -> None:
    assert value("-", ValueRule("phone")) is CLEAR
    assert value("-", ValueRule("name", required=True)) == "required"


def test_a_company_called_null_keeps_its_name() -> None:
    assert value("Null", ValueRule("name")) == "Null"


@pytest.mark.parametrize("text", ["01001", "0000", "00123E5x", "5e"])
def test_a_code_keeps_its_leading_zeros(text: str) -> None:
    assert value(text, ValueRule("code", type="code")) == text


def test_a_code_that_a_spreadsheet_rounded_is_pointed_out() -> None:
    result = reader(ValueRule("barcode", type="code"))("4.00638E+12")
    assert isinstance(result, Doubtful) and result.flaw.level == WARNING


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x1bb", "control_character"),
        ("a\x9bb", "control_character"),
        ("a\nb", "control_character"),
        ("x" * 11, "too_long"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(text: str, code: str) -> None:
    assert value(text, ValueRule("name", max_length=10)) == code


def test_line_breaks_stay_in_a_long_text_and_outer_blanks_go() -> None:
    assert value(" a\nb ", ValueRule("notes", type="long_text")) == "a\nb"


def test_markup_and_accents_are_only_letters() -> None:
    assert value("PN [/foo] Ünïcode\u00a0x", ValueRule("name")) == "PN [/foo] Ünïcode\u00a0x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.25", Decimal("1.2500")),
        ("1.250000", Decimal("1.2500")),
        ("1.23456", "too_many_decimals"),
        ("12345678901234.00000000000000000001", "too_many_decimals"),
        ("100000000000000", "too_large"),
        ("1E+400", "too_large"),
        ("99999999999999.9999", Decimal("99999999999999.9999")),
        ("ABC 32", "invalid"),
    ],
)
def test_money_is_exact_or_refused_never_rounded(text: str, expected: Any) -> None:
    result = value(text, ValueRule("price", type="money", scale=4))
    assert result == expected
    if isinstance(result, Decimal):
        assert str(result) == str(expected)


def test_limits_of_a_number_are_kept() -> None:
    assert value("0", ValueRule("q", type="quantity", scale=6, positive=True)) == "not_positive"
    assert value("-1", ValueRule("d", type="integer", minimum=Decimal(0))) == "too_small"
    assert value("1.5", ValueRule("d", type="integer")) == "too_many_decimals"
    assert value("7.0", ValueRule("d", type="integer")) == 7


@pytest.mark.parametrize(
    ("text", "expected"), [("Yes", True), ("0", False), ("FALSE", False), ("maybe", "not_a_choice")]
)
def test_yes_and_no(text: str, expected: Any) -> None:
    assert value(text, ValueRule("active", type="boolean")) == expected


def test_a_choice_is_taken_by_value_or_title_and_translated_where_the_mapping_says_so() -> None:
    rule = ValueRule("tracking", type="choice", choices={"lot": "By lot", "none": "Not at all"})
    assert value("LOT", rule) == "lot"
    assert value("by lot", rule) == "lot"
    assert value("batch", rule) == "not_a_choice"
    assert value("batch", rule, translations={"batch": "lot"}) == "lot"
    assert value("?", rule, translations={"?": ""}) is LEAVE


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#DIV/0!", "#####"])
def test_an_error_of_the_spreadsheet_is_no_value(text: str) -> None:
    assert value(text, ValueRule("name")) == "invalid"


def test_the_zeros_that_a_spreadsheet_formula_keeps_are_read() -> None:
    assert value('="00123"', ValueRule("code", type="code")) == "00123"


@given(st.text(alphabet=st.sampled_from("'=+-@\tab1 .,")))
def test_a_guarded_text_comes_back_equal_and_is_inert(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not guarded.startswith(("=", "@", "\t"))
