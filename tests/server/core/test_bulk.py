"""Writing many rows with one statement: exactly those rows, exactly those fields, on both databases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from server.core.bulk import create_rows, update_rows
from server.core.tenancy import CrossTenantReference
from server.inventory.models import Product, UnitOfMeasure
from server.partners.models import Partner

pytestmark = pytest.mark.django_db


def partners(organization: Any, count: int) -> list[Partner]:
    return create_rows(
        Partner(organization=organization, code=f"P{n:04d}", name=f"No. {n}") for n in range(count)
    )


def test_created_rows_have_their_keys_and_are_what_a_read_gives(organization: Any) -> None:
    made = create_rows(
        [
            Partner(
                organization=organization,
                code="A",
                name="Ä [/x] \x1b",
                credit_limit=Decimal("12.5"),
                grant_date=dt.date(2026, 11, 21),
                custom_fields={"tier": [1, None]},
                is_supplier=True,
            ),
            Partner(organization=organization, code="B", name="B"),
        ]
    )
    for partner in made:
        read = Partner.objects.within(organization).get(pk=partner.pk)
        for field in Partner._meta.concrete_fields:
            assert getattr(read, field.attname) == getattr(partner, field.attname), field.name
        assert not partner._state.adding
    assert made[0].credit_limit == Decimal("12.5000")


def test_only_the_named_fields_of_the_given_rows_change(organization: Any, other_organization: Any) -> None:
    mine, theirs = partners(organization, 3), partners(other_organization, 1)
    for partner in mine[:2]:
        partner.rating, partner.credit_limit, partner.grant_date = 7, Decimal("1.25"), None
        partner.name = "not written"
    mine[0].grant_date = dt.date(2026, 1, 2)
    update_rows(mine[:2], ("rating", "credit_limit", "grant_date"))
    rows = list(Partner.objects.within(organization).order_by("code"))
    assert [(row.rating, row.credit_limit, row.grant_date) for row in rows] == [
        (7, Decimal("1.25"), dt.date(2026, 1, 2)),
        (7, Decimal("1.25"), None),
        (None, None, None),
    ]
    assert [row.name for row in rows] == ["No. 0", "No. 1", "No. 2"]
    assert Partner.objects.within(other_organization).get(pk=theirs[0].pk).rating is None


def test_a_row_of_another_organization_is_never_changed(organization: Any, other_organization: Any) -> None:
    mine, theirs = partners(organization, 1)[0], partners(other_organization, 1)[0]
    theirs.rating = mine.rating = 9
    with pytest.raises(RuntimeError, match="1 did"):
        update_rows([mine, theirs], ("rating",))


def test_a_row_that_has_gone_is_noticed(organization: Any) -> None:
    gone = partners(organization, 1)[0]
    Partner.objects.within(organization).filter(pk=gone.pk).delete()
    with pytest.raises(RuntimeError, match="0 did"):
        update_rows([gone], ("rating",))


def test_a_reference_into_another_organization_is_refused(organization: Any, other_organization: Any) -> None:
    unit = UnitOfMeasure.objects.create(organization=other_organization, code="KG", name="Kilogram")
    with pytest.raises(CrossTenantReference):
        create_rows([Product(organization=organization, code="X", name="X", unit_id=unit.pk)])
    assert not Product.objects.within(organization).exists()


def test_five_hundred_rows_cost_as_many_statements_as_two(organization: Any) -> None:
    def statements(count: int) -> int:
        Partner.objects.within(organization).delete()
        with CaptureQueriesContext(connection) as queries:
            rows = partners(organization, count)
            for row in rows:
                row.rating = 1
            update_rows(rows, ("rating", "name", "version"))
        return len(queries)

    assert statements(2) == statements(500)


def test_many_rows_are_stored_like_few_whatever_they_share(
    organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = {"tier": [1, None], "note": "tab\tand \\N"}

    def made(prefix: str) -> list[dict[str, Any]]:
        create_rows(
            Partner(
                organization=organization,
                code=f"{prefix}{number}",
                name="Ä\n[/x] \\",
                credit_limit=Decimal(number) if number % 2 else None,
                grant_date=dt.date(2026, 11, 21) if number else None,
                custom_fields=shared if number % 2 else {"own": number},
            )
            for number in range(6)
        )
        rows = Partner.objects.within(organization).filter(code__startswith=prefix).order_by("code")
        return list(rows.values("name", "credit_limit", "grant_date", "custom_fields", "version"))

    few = made("A")
    monkeypatch.setattr("server.core.bulk.COPY_ROWS", 2)
    assert made("B") == few
    monkeypatch.setattr("server.core.bulk._row_security", lambda _cursor, _model: True)
    assert made("C") == few


def test_a_row_that_breaks_a_constraint_among_many_is_an_error_of_the_orm(
    organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.core.bulk.COPY_ROWS", 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        create_rows(Partner(organization=organization, code="SAME", name="x") for _ in range(3))
    assert not Partner.objects.within(organization).exists()
