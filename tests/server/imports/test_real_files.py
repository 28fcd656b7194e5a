"""The two real files, through the whole session: what goes in, what is refused, and that a second run is idle."""

from __future__ import annotations

import pytest

from server.core.context import SecurityContext
from server.inventory.models import Category, Product, UnitOfMeasure
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.files import FOODS, MEAT_PLANTS, real_file
from tests.server.imports.sessions import plans, take_in, undo

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_the_meat_plants_go_in_as_suppliers_but_for_the_one_broken_row(
    actor: SecurityContext, organization: Organization
) -> None:
    data = real_file(MEAT_PLANTS)
    session = take_in(actor, data, filename=MEAT_PLANTS.name)
    print(f"meat plants: {session.rows} rows, {session.counts}, mapped {sorted(session.mapping)}")
    assert session.counts == {"created": 6286, "updated": 0, "unchanged": 0, "refused": 1, "warnings": 6}
    [broken] = plans(session, "refused")
    assert (broken.row, broken.values["code"]) == (5147, "M717M")
    assert broken.issues[0].code == "broken_quotes" and "40 cells" in broken.issues[0].message
    plants = Partner.objects.within(organization)
    assert plants.filter(is_supplier=True).count() == 6286
    assert plants.get(code="M7067+P7067").name == "1st Original Texas Chili Company, Inc."
    assert str(plants.get(code="M45790").grant_date) == "2016-03-10"
    assert plants.get(code="M31552+P31552+V31552").street == '2228 County Road "I""22'

    again = take_in(actor, data, filename=MEAT_PLANTS.name)
    print(f"meat plants again: {again.counts}")
    assert again.known_file
    assert again.counts == {"created": 0, "updated": 0, "unchanged": 6286, "refused": 1, "warnings": 6}
    assert not plants.exclude(version=1).exists()

    assert undo(actor, session) == {"deleted": 6286, "restored": 0}
    assert not plants.exists()


def test_the_foods_go_in_as_products_with_their_zeros(
    actor: SecurityContext, organization: Organization
) -> None:
    data = real_file(FOODS)
    UnitOfMeasure.objects.create(organization=organization, code="g", name="Gram")
    names = {line.split(b"~")[3].decode() for line in data.splitlines()}
    Category.objects.bulk_create(Category(organization=organization, code=code, name=code) for code in names)
    mapping = {
        "code": {"column": 0},
        "category": {"column": 1},
        "name": {"column": 2},
        "description": {"column": 4},
        "unit": {"constant": "g"},
    }
    session = take_in(actor, data, into="products", filename=FOODS.name, mapping=mapping)
    print(f"foods: {session.rows} rows, {session.counts}")
    assert session.counts == {"created": 8194, "updated": 0, "unchanged": 0, "refused": 0, "warnings": 0}
    foods = Product.objects.within(organization)
    butter = foods.select_related("category", "unit").get(code="01001")
    assert (butter.name, butter.category.code, butter.unit.code) == ("Butter, salted", "0100", "g")
    assert "“G performance O 2”" in foods.get(code="14460").name

    again = take_in(actor, data, into="products", filename=FOODS.name)
    print(f"foods again: {again.counts}")
    assert again.known_file
    assert again.mapping == mapping
    assert again.counts == {"created": 0, "updated": 0, "unchanged": 8194, "refused": 0, "warnings": 0}
    assert not foods.exclude(version=1).exists()
