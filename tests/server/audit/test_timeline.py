"""The timeline of a record, and what of the audit each actor may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.audit.timeline import PAGE, timeline
from server.core.context import SecurityContext
from server.core.resources import get_resource
from server.core.resources.reading import rows_of
from server.core.resources.writing import create_record, update_record
from server.organizations.models import Organization
from server.purchasing.services import Arrival
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop


@pytest.fixture
def supplier(actor: SecurityContext) -> Any:
    return create_record(actor, get_resource("suppliers"), {"code": "S-1", "name": "North Packing"})


def rename(actor: SecurityContext, supplier: Any, name: str) -> None:
    update_record(
        actor.fresh(reason="typo"), get_resource("suppliers"), supplier.pk, {"name": name}, version=None
    )


def test_the_timeline_tells_the_newest_first(actor: SecurityContext, supplier: Any) -> None:
    rename(actor, supplier, "North Packers")
    page = timeline(actor, "suppliers", supplier.pk, None)
    newest, oldest = page["results"]
    assert (newest["action"], newest["reason"], newest["undoable"]) == ("update", "typo", True)
    assert newest["fields"] == {"name": {"old": "North Packing", "new": "North Packers"}}
    assert oldest["action"] == "create"
    assert oldest["fields"]["code"] == {"old": None, "new": "S-1"}
    assert page["next"] is None


def test_a_long_timeline_comes_in_pages_without_loss(actor: SecurityContext, supplier: Any) -> None:
    for number in range(PAGE + 5):
        rename(actor, supplier, f"Name {number}")
    first = timeline(actor, "suppliers", supplier.pk, None)
    rest = timeline(actor, "suppliers", supplier.pk, first["next"])
    names = [row["fields"]["name"]["new"] for row in first["results"] + rest["results"]]
    assert names == [f"Name {number}" for number in reversed(range(PAGE + 5))] + ["North Packing"]
    assert rest["next"] is None


def test_what_stands_against_an_undo_is_found_together_for_a_page(
    actor: SecurityContext, supplier: Any
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = timeline(actor, "suppliers", supplier.pk, None)["results"]
        assert [row["undoable"] for row in page] == [True] + [False] * (len(page) - 1)
        return len(captured)

    rename(actor, supplier, "one")
    few = statements()
    for number in range(20):
        rename(actor, supplier, f"Name {number}")
    assert statements() == few


def test_a_hidden_field_is_left_out_of_the_timeline(
    organization: Organization,
    actor: SecurityContext,
    supplier: Any,
    make_actor: Callable[..., SecurityContext],
) -> None:
    rename(actor, supplier, "North Packers")
    blind = make_actor(organization, field_rules={("suppliers", "name"): "hidden"})
    assert "North" not in str(
        [row["fields"] for row in timeline(blind, "suppliers", supplier.pk, None)["results"]]
    )


def test_another_organization_sees_nothing_of_it(stranger: SecurityContext, supplier: Any) -> None:
    assert timeline(stranger, "suppliers", supplier.pk, None)["results"] == []


def test_the_change_of_a_line_stands_in_the_timeline_of_its_document(
    actor: SecurityContext, supplier: Any
) -> None:
    body = {"name": "Nora", "partners": [{"partner": supplier.pk}]}
    contact = create_record(actor, get_resource("contacts"), body)
    update_record(actor.fresh(), get_resource("contacts"), contact.pk, {"partners": []}, version=None)
    newest = timeline(actor, "contacts", contact.pk, None)["results"][0]
    assert newest["action"] == "delete"
    assert newest["fields"]["partner"] == {"old": supplier.pk, "new": None}


def test_what_a_receipt_did_to_an_order_can_be_undone_from_the_order(actor: SecurityContext) -> None:
    shop = Shop(actor)
    order = shop.order((shop.product(), "10"))
    shop.receive(order, Arrival(line=1, accepted=Decimal(4)))
    newest = timeline(actor, "purchase-orders", order.pk, None)["results"][0]
    assert (newest["action"], newest["undoable"]) == ("update", True)
    reader = replace(actor, permissions=actor.permissions - {"audit.undo"})
    assert timeline(reader, "purchase-orders", order.pk, None)["results"][0]["undoable"] is False


def test_the_list_shows_only_entries_of_what_the_actor_may_see(
    organization: Organization,
    actor: SecurityContext,
    supplier: Any,
    make_actor: Callable[..., SecurityContext],
) -> None:
    create_record(actor, get_resource("units"), {"code": "KG", "name": "Kilogram", "dimension": "weight"})

    def seen(who: SecurityContext) -> set[str]:
        resource = get_resource("audit")
        return {row["resource"] for row in rows_of(resource.queryset(who), {"resource": "resource"})}

    assert {"units", "partners"} <= seen(actor)
    assert seen(make_actor(organization, permissions=frozenset({"audit.view", "units.view"}))) == {"units"}
    blind = make_actor(organization, field_rules={("units", "name"): "hidden"})
    assert "units" not in seen(blind)


def test_the_timeline_over_http(organization: Organization) -> None:
    api = sign_in(organization, every_permission())
    made = api.post("suppliers/", {"code": "S-2", "name": "South [/x] Packing"}).json()
    body = api.get(f"suppliers/{made['id']}/timeline/").json()
    assert set(body) == {"results", "next"}
    assert body["results"][0]["user"] == api.user.username
    assert {
        "at",
        "user",
        "resource",
        "id",
        "label",
        "action",
        "change_set",
        "reason",
        "fields",
        "undoable",
        "why_not",
    } == set(body["results"][0])
    assert api.get("audit/").json()["results"][0]["user_username"] == api.user.username
    assert api.get(f"suppliers/{made['id']}/timeline/", after="x").status_code == 400
