"""Walking a list page by page visits each row once, whichever way, on both databases in the same order."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.core.collation import columns_out_of_order, sort_by_code_point
from server.core.cursors import Cursor, Direction, InvalidCursor
from server.core.keyset import Keyset, Page, SortColumn, read_page
from tests.server.core.testapp.models import Entry

pytestmark = pytest.mark.django_db

words = st.text(alphabet="aAbBzZäÄéß _-0\U0001f40d\uff21", max_size=3)
entries = st.builds(
    Entry,
    name=words,
    note=st.none() | words,
    rank=st.none() | st.integers(-2, 2),
    quantity=st.none() | st.sampled_from([Decimal("-0.000001"), Decimal(0), Decimal("0.5"), Decimal(10)]),
    due=st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 3)),
    at=st.sampled_from(
        [
            datetime(2026, 1, 1, hour, tzinfo=UTC).replace(microsecond=micro)
            for hour in (0, 12)
            for micro in (0, 5)
        ]
    ),
    open=st.booleans(),
)
NOT_NULL = {"name", "at", "open", "id"}
orderings = st.lists(
    st.tuples(
        st.sampled_from(["name", "note", "rank", "quantity", "due", "at", "open", "id"]), st.booleans()
    ),
    max_size=3,
    unique_by=lambda column: column[0],
)
walks = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def keyset(ordering: list[tuple[str, bool]]) -> Keyset:
    return Keyset([SortColumn(name, descending, name not in NOT_NULL) for name, descending in ordering])


def in_order(rows: list[Entry], order: Keyset) -> list[int]:
    """The definition, in Python: nulls last, text by code point, ties by id."""

    def compare(one: Entry, other: Entry) -> int:
        for column in order.columns:
            left, right = getattr(one, column.name), getattr(other, column.name)
            if left == right:
                continue
            if left is None or right is None:
                return 1 if left is None else -1
            return (1 if left > right else -1) * (-1 if column.descending else 1)
        return 0

    return [row.pk for row in sorted(rows, key=cmp_to_key(compare))]


def walk(order: Keyset, limit: int, *, backward: bool) -> list[Page]:
    pages = [read_page(Entry.objects.all(), order, limit=limit, last=backward)]
    while (cursor := pages[-1].previous if backward else pages[-1].next) is not None:
        pages.append(read_page(Entry.objects.all(), order, limit=limit, cursor=cursor))
        assert len(pages) < 20, "the walk goes in circles"
    return pages


def ids(page: Page) -> list[int]:
    return [row.pk for row in page.rows]


@walks
@given(rows=st.lists(entries, max_size=9), ordering=orderings, limit=st.integers(1, 4))
def test_every_row_is_visited_once_in_order_forward_and_backward(
    rows: list[Entry], ordering: list[tuple[str, bool]], limit: int
) -> None:
    Entry.objects.all().delete()
    for row in rows:
        row.pk = None
        row.save(force_insert=True)
    order = keyset(ordering)
    expected = in_order(list(Entry.objects.all()), order)

    forward = walk(order, limit, backward=False)
    assert [pk for page in forward for pk in ids(page)] == expected

    backward = walk(order, limit, backward=True)
    assert [pk for page in reversed(backward) for pk in ids(page)] == expected

    assert forward[0].previous is None
    assert backward[0].next is None
    for before, page in itertools.pairwise(forward):
        assert page.previous is not None
        back = read_page(Entry.objects.all(), order, limit=limit, cursor=page.previous)
        assert ids(back) == ids(before)


@walks
@given(rows=st.lists(entries, min_size=4, max_size=6), ordering=orderings)
def test_rows_that_come_and_go_meanwhile_neither_hide_nor_repeat_the_others(
    rows: list[Entry], ordering: list[tuple[str, bool]]
) -> None:
    Entry.objects.all().delete()
    for row in rows:
        row.pk = None
        row.save(force_insert=True)
    order = keyset(ordering)
    expected = in_order(list(Entry.objects.all()), order)
    first = read_page(Entry.objects.all(), order, limit=2)
    Entry.objects.filter(pk=first.rows[-1].pk).delete()
    Entry.objects.create(name="a", at=datetime(2026, 1, 1, tzinfo=UTC))
    rest = read_page(Entry.objects.filter(pk__in=expected), order, limit=10, cursor=first.next)
    assert ids(rest) == expected[2:]


def make(count: int) -> list[Entry]:
    return [
        Entry.objects.create(name=f"n{index}", at=datetime(2026, 1, 1, tzinfo=UTC)) for index in range(count)
    ]


def test_the_way_back_from_a_page_that_vanished_includes_the_row_of_its_cursor() -> None:
    entries = make(4)
    order = keyset([("name", False)])
    first = read_page(Entry.objects.all(), order, limit=2)
    Entry.objects.filter(pk__in=[entry.pk for entry in entries[2:]]).delete()
    empty = read_page(Entry.objects.all(), order, limit=2, cursor=first.next)
    assert (empty.rows, empty.next) == ([], None)
    assert empty.previous is not None
    assert ids(read_page(Entry.objects.all(), order, limit=2, cursor=empty.previous)) == ids(first)


def test_rows_can_be_mappings_and_follow_relations() -> None:
    make(3)
    order = keyset([("name", True)])
    page = read_page(Entry.objects.values("id", "name"), order, limit=2)
    assert [row["name"] for row in page.rows] == ["n2", "n1"]
    assert page.next is not None
    assert page.next.values == ("n1", page.rows[-1]["id"])
    renamed = Entry.objects.annotate(label=F("name")).values("id", "label")
    page = read_page(
        renamed, order, limit=2, cursor=page.next, values_of=lambda row: (row["label"], row["id"])
    )
    assert [row["label"] for row in page.rows] == ["n0"]


def test_a_cursor_of_another_ordering_is_refused() -> None:
    cursor = Cursor(("name", "id"), ("n1", 1), Direction.AFTER)
    with pytest.raises(InvalidCursor):
        read_page(Entry.objects.all(), keyset([("name", True)]), limit=2, cursor=cursor)


def test_ties_go_the_way_of_the_last_column_so_that_one_index_serves_both() -> None:
    assert keyset([("name", True)]).ordering == ("-name", "-id")
    assert keyset([("note", True), ("name", False)]).ordering == ("-note", "name", "id")
    assert keyset([]).ordering == ("id",)
    assert keyset([("id", True)]).ordering == ("-id",)


def test_a_page_is_one_query_whatever_its_place(django_assert_num_queries: Any) -> None:
    make(5)
    order = keyset([("note", False), ("name", False)])
    with django_assert_num_queries(1):
        page = read_page(Entry.objects.all(), order, limit=2)
    with django_assert_num_queries(1):
        read_page(Entry.objects.all(), order, limit=2, cursor=page.next)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has the byte order only")
def test_a_database_that_sorts_by_a_language_is_given_the_byte_order() -> None:
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE testapp_entry ALTER COLUMN name TYPE varchar(50) COLLATE "en-x-icu"')
    for name in ("b", "B", "a", "ä", "Z"):
        Entry.objects.create(name=name, at=datetime(2026, 1, 1, tzinfo=UTC))
    by_language = list(Entry.objects.order_by("name").values_list("name", flat=True))
    assert by_language == ["a", "ä", "b", "B", "Z"]
    assert columns_out_of_order(connection) == [("testapp_entry", "name", "character varying(50)")]

    sort_by_code_point(connection)

    assert columns_out_of_order(connection) == []
    by_code_point = list(Entry.objects.order_by("name").values_list("name", flat=True))
    assert by_code_point == ["B", "Z", "a", "b", "ä"]
    assert Entry.objects.filter(name__icontains="Ä").count() == 1
