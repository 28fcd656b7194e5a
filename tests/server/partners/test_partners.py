"""Partners: one party with roles (X-19), whose contacts may be shared (B-032)."""

from __future__ import annotations

from typing import Any

import pytest

from server.partners.models import Contact, Partner
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def test_a_party_is_listed_under_each_of_its_roles_and_is_one_record(api: Api) -> None:
    made = api.post("suppliers/", {"code": "P-1", "name": "Both Ways"}).json()
    assert api.get("customers/", count="exact").json()["count"] == 0
    changed = api.patch(f"partners/{made['id']}/", {"is_customer": True}, version=made["version"])
    assert changed.status_code == 200, changed.content
    for name in ("suppliers", "customers", "partners"):
        assert [row["id"] for row in api.get(f"{name}/").json()["results"]] == [made["id"]]
    assert Partner.objects.within(api.organization).count() == 1


def test_a_supplier_is_looked_up_among_suppliers_only(api: Api) -> None:
    api.post("customers/", {"code": "C-1", "name": "Corner Grill"})
    refused = api.post("purchase-orders/", {"supplier": "C-1"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "supplier")


def test_a_contact_is_shared_by_partners(api: Api) -> None:
    keys = [api.post("partners/", {"code": code, "name": code}).json()["id"] for code in ("A", "B")]
    body = {
        "name": "Ana Novak",
        "email": "ana@example.com",
        "partners": [{"partner": key, "role": "Quality"} for key in keys],
    }
    made = api.post("contacts/", body)
    assert made.status_code == 201, made.content
    for key in keys:
        rows = api.get("contact-links/", filter=f"partner=id:{key}").json()["results"]
        assert [(row["contact_name"], row["email"]) for row in rows] == [("Ana Novak", "ana@example.com")]
    assert Contact.objects.within(api.organization).get().partners.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "no address"), ("rating", 101), ("currency", "XXQ"), ("website", "not a url")],
)
def test_a_value_that_cannot_be_is_refused_by_its_field(api: Api, field: str, value: Any) -> None:
    refused = api.post("partners/", {"code": "P-1", "name": "One", field: value})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_a_partner_with_documents_is_kept(api: Api) -> None:
    supplier = api.post("suppliers/", {"code": "S-1", "name": "North Packing"}).json()
    place = api.post("locations/", {"code": "MAIN", "name": "Main"}).json()
    api.post("purchase-orders/", {"supplier": supplier["id"], "location": place["id"]})
    refused = api.delete(f"suppliers/{supplier['id']}/", version=supplier["version"])
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert refused.json()["used_by"] == [{"resource": "purchase-orders", "count": 1}]


def test_control_characters_and_markup_in_a_name_are_kept_as_they_are(api: Api) -> None:
    name = "PN [/foo] \x1b]0;x\x07"
    made = api.post("suppliers/", {"code": "P-1", "name": name}).json()
    assert api.get(f"suppliers/{made['id']}/").json()["name"] == name
