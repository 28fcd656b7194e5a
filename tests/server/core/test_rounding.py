"""Money is computed exactly and rounded once, half up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core import rounding
from server.core.fields import QuantityField, RateField, UnitPriceField
from tests.server.core.strategies import exact_decimals, money, quantities

D = Decimal
prices = exact_decimals(UnitPriceField.scale)
rates = exact_decimals(RateField.scale).map(abs).filter(bool)


def half_up(value: Fraction, decimals: int) -> Fraction:
    """The definition, in integers: the nearest multiple, ties away from zero."""
    unscaled = abs(value) * 10**decimals
    nearest = (2 * unscaled.numerator + unscaled.denominator) // (2 * unscaled.denominator)
    return Fraction(nearest if value >= 0 else -nearest, 10**decimals)


@given(quantity=quantities, price=prices)
def test_a_line_amount_is_the_exact_product_rounded_once(quantity: Decimal, price: Decimal) -> None:
    assert Fraction(rounding.amount(quantity, price)) == half_up(Fraction(quantity) * Fraction(price), 4)


@given(quantity=quantities, price=prices)
def test_a_credit_mirrors_its_invoice(quantity: Decimal, price: Decimal) -> None:
    assert rounding.amount(-quantity, price) == -rounding.amount(quantity, price)


@given(value=money, rate=rates)
def test_conversion_is_the_exact_product_rounded_once(value: Decimal, rate: Decimal) -> None:
    assert Fraction(rounding.convert(value, rate)) == half_up(Fraction(value) * Fraction(rate), 4)


@given(amounts=st.lists(money, max_size=30), minor_units=st.integers(0, 4))
def test_a_total_rounds_the_sum_and_not_each_line(amounts: list[Decimal], minor_units: int) -> None:
    exact = sum((Fraction(each) for each in amounts), Fraction(0))
    assert Fraction(rounding.total(amounts, minor_units)) == half_up(exact, minor_units)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (D("0.005"), 2, "0.01"),
        (D("-0.005"), 2, "-0.01"),
        (D("2.5"), 0, "3"),
        (D("-2.5"), 0, "-3"),
        (D("-0.004"), 2, "0.00"),
        (D("1.00499999999999999999999999999999"), 2, "1.00"),
        (7, 2, "7.00"),
    ],
)
def test_ties_go_away_from_zero_and_zero_has_no_sign(
    value: Decimal | int, decimals: int, expected: str
) -> None:
    assert str(rounding.round_half_up(value, decimals)) == expected


def test_a_result_has_all_decimals_of_money() -> None:
    assert str(rounding.amount(3, D("2.5"))) == "7.5000"
    assert str(rounding.total([], 2)) == "0.00"
    assert str(rounding.convert(100, D("0.92"))) == "92.0000"


def test_floats_and_truth_values_are_no_money() -> None:
    for wrong in (1.5, True, "1.5", None):
        with pytest.raises(TypeError, match="Decimal and int only"):
            rounding.amount(wrong, D(1))  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [D(0), D("-1")])
def test_a_rate_that_is_not_positive_is_refused(rate: Decimal) -> None:
    with pytest.raises(ValueError, match="positive"):
        rounding.convert(D(1), rate)


def test_the_largest_numbers_of_two_columns_multiply_without_loss() -> None:
    largest = QuantityField().to_python("999999999999.999999")
    assert largest is not None
    assert Fraction(rounding.amount(largest, largest)) == half_up(Fraction(largest) ** 2, 4)
