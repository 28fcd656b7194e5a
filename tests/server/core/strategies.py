"""Values for property tests of the core."""

from decimal import Context, Decimal

from hypothesis import strategies as st

WIDE = Context(prec=60)


def exact_decimals(places: int, digits: int = 18) -> st.SearchStrategy[Decimal]:
    """Every decimal that a column of this scale can hold; small ones often, so that equal ones meet."""
    largest = 10**digits - 1
    unscaled = st.one_of(
        st.integers(-3, 3), st.integers(-(10**places), 10**places), st.integers(-largest, largest)
    )
    return unscaled.map(lambda number: Decimal(number).scaleb(-places, context=WIDE))


quantities = exact_decimals(6)
money = exact_decimals(4)
