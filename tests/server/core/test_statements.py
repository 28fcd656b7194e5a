"""A statement that is compiled once answers each time as the ORM would have, for whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.db import connection
from django.db.models import BigIntegerField, CharField, F, Sum
from django.test.utils import CaptureQueriesContext

from server.core.http.json import dumps
from server.core.resources.registry import get_resource
from server.core.statements import CountStatement, Parameter, Statement, StatementCache
from server.core.tenancy import OutsideTenancyScope
from server.inventory.models import Product
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.core.testapp.models import Entry
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db

COLUMNS = ("id", "name", "note", "rank", "quantity", "due", "at", "open")
MOMENTS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 23, 59, 59, 5, tzinfo=UTC))
QUANTITIES = (None, "0", "-0.000001", "0.5", "-12.25", "999999999999.999999")


@pytest.fixture
def entries() -> list[Entry]:
    return Entry.objects.bulk_create(
        Entry(
            name=f"entry {number}",
            note=None if number % 2 else "ünï \U0001f40d",
            rank=None if number % 2 else -number,
            quantity=None if quantity is None else Decimal(quantity),
            due=None if number % 2 else MOMENTS[0].date(),
            at=MOMENTS[number % 2],
            open=bool(number % 2),
        )
        for number, quantity in enumerate(QUANTITIES)
    )


def test_a_row_goes_out_as_the_orm_would_have_written_it(entries: list[Entry]) -> None:
    queryset = Entry.objects.order_by("id").values(*COLUMNS, again=F("quantity"))
    statement = Statement(queryset)
    sent = orjson.loads(dumps(statement.as_json(statement.fetch(), [*COLUMNS, "again"])))
    assert sent == orjson.loads(dumps(list(queryset)))
    assert [row["quantity"] for row in sent] == [
        None if quantity is None else f"{Decimal(quantity):.6f}" for quantity in QUANTITIES
    ]


def test_a_sum_goes_out_with_all_its_decimals(entries: list[Entry]) -> None:
    statement = Statement(Entry.objects.values("open").annotate(all=Sum("quantity")).order_by("open"))
    known = [quantity for quantity in QUANTITIES if quantity is not None]
    sums = [row["all"] for row in statement.as_json(statement.fetch(), ["all"])]
    assert sum(map(Decimal, sums)) == sum(map(Decimal, known))
    assert all(len(text.partition(".")[2]) == 6 for text in sums)


def test_each_run_has_its_own_parameters(entries: list[Entry]) -> None:
    statement = Statement(Entry.objects.filter(name=Parameter("name", CharField())).values("id"))
    for entry in entries:
        assert statement.first({"name": entry.name}) == {"id": entry.pk}
    assert statement.first({"name": "' OR 1=1 --"}) is None


def test_counting_stops_at_its_limit(entries: list[Entry]) -> None:
    assert CountStatement(Entry.objects.all()).fetch() == len(entries)
    assert CountStatement(Entry.objects.all(), 4).fetch() == 4
    assert CountStatement(Entry.objects.none()).fetch() == 0
    assert Statement(Entry.objects.none().values("id")).fetch() == []


def test_no_statement_is_compiled_that_names_no_organization() -> None:
    with pytest.raises(OutsideTenancyScope):
        Statement(Product.objects.values("id"))
    with pytest.raises(OutsideTenancyScope):
        CountStatement(Product.objects.all())
    everything = Product.objects.across_organizations()
    place = Parameter("organization", BigIntegerField())
    narrowed = everything.filter(organization_id=place).values("id")
    assert Statement(narrowed).fetch({"organization": 0}) == []


def test_the_oldest_statement_leaves_when_there_are_too_many() -> None:
    kept: StatementCache[str] = StatementCache(capacity=2)
    built = []

    def build(name: str) -> str:
        built.append(name)
        return name

    for name in ("a", "b", "a", "c", "b", "a"):
        kept.get(name, lambda name=name: build(name))
    assert built == ["a", "b", "c", "a"]


def products_of(organization: Any, make_actor: Any, name: str, count: int) -> Api:
    shop = Shop(make_actor(organization, permissions=every_permission()))
    for number in range(count):
        shop.product(f"{name}-{number}")
    return sign_in(organization, every_permission(), name)


def test_a_kept_list_shows_each_organization_its_own(
    organization: Any, other_organization: Any, make_actor: Any
) -> None:
    mine = products_of(organization, make_actor, "mine", 5)
    theirs = products_of(other_organization, make_actor, "theirs", 3)
    for _again in range(2):
        for api, name, count in ((mine, "mine", 5), (theirs, "theirs", 3)):
            first = api.get("products/", limit=2).json()
            rest = api.get("products/", limit=2, after=first["next"]).json()
            assert first["count"] == rest["count"] == count
            seen = [row["code"] for row in first["results"] + rest["results"]]
            assert seen == [f"{name}-{number}" for number in range(min(4, count))]


def test_the_next_page_is_read_without_building_its_query_anew(organization: Any, make_actor: Any) -> None:
    api = products_of(organization, make_actor, "mine", 5)
    statements = get_resource("products").statements
    page = api.get("products/", limit=2).json()
    second = api.get("products/", limit=2, after=page["next"]).json()
    kept = statements.size
    third = api.get("products/", limit=2, after=second["next"]).json()
    assert [row["code"] for row in third["results"]] == ["mine-4"]
    assert statements.size == kept


def test_a_page_that_shows_all_there_is_is_not_counted_again(organization: Any, make_actor: Any) -> None:
    api = products_of(organization, make_actor, "mine", 3)
    with CaptureQueriesContext(connection) as captured:
        assert api.get("products/", limit=5).json()["count"] == 3
    assert not [query for query in captured.captured_queries if "COUNT(*)" in query["sql"]]
