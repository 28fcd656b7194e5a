"""The organization (E-002), its named settings (E-003), and its currencies."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from server.core.context import SecurityContext
from server.core.errors import Invalid, NotFound
from server.core.resources import get_resource
from server.core.resources.writing import update_record
from server.organizations.currencies import CURRENCIES, currency, validate_currency
from server.organizations.models import Organization, SystemConfiguration
from tests.server.api_client import sign_in


def test_currencies_are_those_of_iso_4217_with_their_minor_units() -> None:
    assert {code: currency(code).minor_units for code in ("EUR", "USD", "JPY", "KWD", "CLP", "TND")} == {
        "EUR": 2,
        "USD": 2,
        "JPY": 0,
        "KWD": 3,
        "CLP": 0,
        "TND": 3,
    }
    assert all(re.fullmatch("[A-Z]{3}", code) for code in CURRENCIES)
    assert all(found.name and "=" not in found.name for found in CURRENCIES.values())
    assert len(CURRENCIES) > 150


@pytest.mark.parametrize("code", ["eur", "EURO", "XXX", ""])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        validate_currency(code)


def test_the_code_of_an_organization_is_unique(organization: Organization) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.create(code=organization.code, name="Another", base_currency="EUR")


def test_a_setting_is_named_once_in_each_organization(
    organization: Organization, other_organization: Organization
) -> None:
    for owner in (organization, other_organization):
        SystemConfiguration.objects.create(
            organization=owner, config_key="mail.sender", config_value={"name": "A"}
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        SystemConfiguration.objects.create(organization=organization, config_key="mail.sender")


def test_an_organization_sees_and_changes_itself_alone(
    organization: Organization, other_organization: Organization, actor: SecurityContext
) -> None:
    resource = get_resource("organizations")
    assert list(resource.queryset(actor)) == [organization]
    update_record(actor, resource, organization.pk, {"over_receipt_percent": "2.5"}, version=1)
    with pytest.raises(NotFound):
        update_record(actor, resource, other_organization.pk, {"name": "Mine"}, version=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_currency", "EUR"),
        ("code", "NEW"),
        ("time_zone", "Mars/Olympus"),
        ("language", "xx"),
        ("audit_retention_days", -1),
    ],
)
def test_what_would_harm_the_books_cannot_be_entered(
    organization: Organization, actor: SecurityContext, field: str, value: object
) -> None:
    with pytest.raises(Invalid) as refusal:
        update_record(actor, get_resource("organizations"), organization.pk, {field: value}, version=None)
    assert refusal.value.errors[0].field == field


def test_reading_takes_a_right_and_changing_another(organization: Organization) -> None:
    reader = sign_in(organization, frozenset({"organizations.view"}))
    assert [row["code"] for row in reader.get("organizations/").json()["results"]] == ["ACME"]
    refused = reader.patch(f"organizations/{organization.pk}/", {"name": "Mine"}, version=1)
    assert (refused.status_code, refused.json()["permission"]) == (403, "organizations.update")
