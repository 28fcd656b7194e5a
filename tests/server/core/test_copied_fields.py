"""What belongs to one record alone is described as not copied, whoever declares the resource."""

from __future__ import annotations

import pytest
from django.db.models import UniqueConstraint

from server.core.resources import all_resources


def described(resource: str) -> dict[str, bool]:
    """Each field of a resource, and whether its description lets a copy begin with it."""
    specs = all_resources()[resource].specs
    return {name: spec.as_json().get("copied", True) for name, spec in specs.items()}


@pytest.mark.parametrize("name", sorted(all_resources()))
def test_a_copy_begins_without_what_no_two_records_may_share_and_without_personal_data(name: str) -> None:
    resource, copied = all_resources()[name], described(name)
    alone = {resource.key, *resource.identifiers, *resource.personal, *resource.not_copied}
    for constraint in resource.model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            fields = [field for field in constraint.fields if field != "organization"]
            alone |= set(fields) if len(fields) == 1 else set()
    assert {field for field in alone & copied.keys() if copied[field]} == set()


def test_an_order_is_copied_with_its_terms_and_without_the_partners_own_reference() -> None:
    order, sale = described("purchase-orders"), described("sales-orders")
    assert not order["supplier_reference"] and not sale["customer_reference"]
    assert not order["external_id"] and not order["number"]
    assert order["supplier"] and order["payment_terms_days"] and order["notes"] and sale["customer"]


def test_a_colleague_is_not_the_same_person() -> None:
    copied = described("employees")
    assert copied["position"] and copied["department"] and copied["employment_type"]
    assert not any(copied[name] for name in ("badge", "first_name", "email", "birth_date", "user"))
