"""A cursor comes back as it was made, or not at all."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.cursors import Cursor, Direction, InvalidCursor, Value, decode, encode

KEY = b"a key of the tests"
SCOPE = "1:products:active"

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(max_size=20),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
)
cursors = st.builds(
    Cursor,
    st.lists(st.text(max_size=8), max_size=4).map(tuple),
    st.lists(values, max_size=4).map(tuple),
    st.sampled_from(Direction),
    st.booleans(),
)
A_CURSOR = Cursor(("-date", "id"), (date(2026, 11, 21), 7), Direction.AFTER)


@given(cursors)
def test_a_cursor_comes_back_with_its_values_and_their_types(cursor: Cursor) -> None:
    again = decode(encode(cursor, key=KEY, scope=SCOPE), key=KEY, scope=SCOPE)
    assert again == cursor
    assert [type(value) for value in again.values] == [type(value) for value in cursor.values]


def test_numbers_keep_all_their_decimals() -> None:
    values: tuple[Value, ...] = (
        Decimal("12.5000"),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        uuid4(),
        True,
    )
    cursor = Cursor(("a", "b", "c", "d"), values, Direction.BEFORE)
    again = decode(encode(cursor, key=KEY, scope=SCOPE), key=KEY, scope=SCOPE)
    assert str(again.values[0]) == "12.5000"
    assert again.values[3] is True


@given(position=st.integers(0, 10**6), character=st.sampled_from("Aa0_-=+/ \n%é"))
def test_a_cursor_with_one_other_character_is_refused(position: int, character: str) -> None:
    text = encode(A_CURSOR, key=KEY, scope=SCOPE)
    position %= len(text)
    changed = text[:position] + character + text[position + 1 :]
    if changed == text:
        return
    with pytest.raises(InvalidCursor):
        decode(changed, key=KEY, scope=SCOPE)


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode(text, key=KEY, scope=SCOPE)


def test_a_cursor_opens_no_other_list_and_no_other_server() -> None:
    text = encode(A_CURSOR, key=KEY, scope=SCOPE)
    with pytest.raises(InvalidCursor):
        decode(text, key=KEY, scope="2:products:active")
    with pytest.raises(InvalidCursor):
        decode(text, key=b"another key", scope=SCOPE)


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 17, -1])
def test_a_shortened_cursor_is_refused(cut: int) -> None:
    with pytest.raises(InvalidCursor):
        decode(encode(A_CURSOR, key=KEY, scope=SCOPE)[:cut], key=KEY, scope=SCOPE)


def test_an_endless_cursor_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidCursor):
        decode("A" * 10_000, key=KEY, scope=SCOPE)


def test_a_value_without_a_shared_order_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="no order"):
        encode(Cursor(("x",), (1.5,), Direction.AFTER), key=KEY, scope=SCOPE)  # type: ignore[arg-type]


def test_a_refused_cursor_tells_a_person_what_to_do() -> None:
    with pytest.raises(InvalidCursor) as caught:
        decode("nonsense", key=KEY, scope=SCOPE)
    assert (caught.value.status, caught.value.code) == (400, "malformed")
    assert "first page" in caught.value.detail
