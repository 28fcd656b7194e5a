"""Records by their keys from a compiled statement: the same as the ORM gives, and never another organization's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.core.records_by_key import MOST_KEYS, records_of
from server.inventory.models import Product, UnitOfMeasure

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(organization: Any) -> list[Product]:
    unit = UnitOfMeasure.objects.create(
        organization=organization, code="KG", name="Kilogram", dimension="weight", factor=Decimal("1.5")
    )
    return [
        Product.objects.create(organization=organization, code=f"P{number}", name="Soap", unit=unit)
        for number in range(MOST_KEYS + 2)
    ]


@pytest.mark.parametrize("count", [0, 1, 3, MOST_KEYS, MOST_KEYS + 1])
def test_they_are_those_of_the_orm(actor: Any, products: list[Product], count: int) -> None:
    keys = [product.pk for product in products[:count]]
    with CaptureQueriesContext(connection) as queries:
        found = records_of(actor, Product, "pk", keys)
    assert len(queries) <= 1
    expected = list(Product.objects.within(actor).filter(pk__in=keys))
    names = [field.attname for field in Product._meta.concrete_fields]
    values = [[getattr(each, name) for name in names] for each in (*found, *expected)]
    assert sorted(values[:count]) == sorted(values[count:])
    assert not any(each._state.adding for each in found)


def test_all_of_a_model_where_no_key_is_named(actor: Any, products: list[Product]) -> None:
    (unit,) = records_of(actor, UnitOfMeasure)
    assert (unit.code, unit.factor) == ("KG", Decimal("1.5"))


def test_another_organization_s_are_none_also_when_its_statement_is_kept(
    actor: Any, stranger: Any, products: list[Product]
) -> None:
    keys = [products[0].pk]
    assert records_of(actor, Product, "pk", keys)
    assert records_of(stranger, Product, "pk", keys) == []
    assert records_of(stranger, UnitOfMeasure) == []
