"""The change feed over HTTP: where it is now, what came after, and nothing that one may not see."""

from __future__ import annotations

import pytest

from server.core.context import SecurityContext
from server.core.dispatcher import number_events
from server.core.events import emit
from server.organizations.models import Organization
from tests.server.api_client import sign_in

pytestmark = pytest.mark.django_db


def test_a_client_that_starts_learns_where_the_feed_is_and_then_only_what_comes(
    organization: Organization, actor: SecurityContext
) -> None:
    api = sign_in(organization, frozenset({"suppliers.view"}))
    emit(actor, "supplier_changed", entity_type="suppliers", entity_id=1)
    number_events()
    start = api.get("changes/").json()
    assert start["results"] == []
    emit(actor, "supplier_changed", entity_type="suppliers", entity_id=2)
    emit(actor, "product_changed", entity_type="products", entity_id=3)
    number_events()
    answer = api.get("changes/", after=start["next"]).json()
    assert [(each["resource"], each["record"]) for each in answer["results"]] == [("suppliers", 2)]
    assert api.get("changes/", after=answer["next"]).json() == {"next": answer["next"], "results": []}


def test_another_organizations_events_do_not_move_the_feed(
    organization: Organization, stranger: SecurityContext
) -> None:
    api = sign_in(organization, frozenset({"suppliers.view"}))
    emit(stranger, "supplier_changed", entity_type="suppliers", entity_id=1)
    number_events()
    assert api.get("changes/").json() == {"next": 0, "results": []}
