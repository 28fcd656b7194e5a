"""Saved filters: a person's own, and those that are shared with everybody who may see the list."""

from __future__ import annotations

from typing import Any

import pytest

from server.accounts.models import Role
from server.accounts.permissions import synchronize_permissions
from tests.server.api_client import Api, sign_in

pytestmark = pytest.mark.django_db

KEEPING = frozenset(f"saved-filters.{verb}" for verb in ("view", "create", "update", "delete"))
CLERK = KEEPING | {"products.view", "suppliers.view"}
BODY = {"name": "Low", "resource": "products", "filter": "is_active=true", "ordering": "-code"}


@pytest.fixture
def anna(organization: Any) -> Api:
    return sign_in(organization, CLERK, "anna")


@pytest.fixture
def ben(organization: Any) -> Api:
    return sign_in(organization, CLERK, "ben")


def names(api: Api) -> list[str]:
    return [row["name"] for row in api.get("saved-filters/").json()["results"]]


def test_a_filter_is_seen_by_its_owner_alone_until_it_is_shared(anna: Api, ben: Api) -> None:
    saved = anna.post("saved-filters/", BODY).json()
    assert saved["owner"] == anna.user.pk
    assert (names(anna), names(ben)) == (["Low"], [])
    assert ben.get(f"saved-filters/{saved['id']}/").status_code == 404
    anna.patch(f"saved-filters/{saved['id']}/", {"shared": True}, version=1)
    assert names(ben) == ["Low"]


def test_what_is_shared_is_changed_by_its_owner_or_who_looks_after_it(
    organization: Any, anna: Api, ben: Api
) -> None:
    saved = anna.post("saved-filters/", {**BODY, "shared": True}).json()
    path = f"saved-filters/{saved['id']}/"
    assert ben.get(path).json()["_actions"]["update"]["enabled"] is False
    assert ben.patch(path, {"name": "Mine"}, version=1).status_code == 403
    assert ben.delete(path, version=1).status_code == 403
    keeper = sign_in(organization, CLERK | {"saved-filters.manage"}, "keeper")
    assert keeper.patch(path, {"name": "Better"}, version=1).status_code == 200
    assert anna.delete(path, version=2).status_code == 204


def test_a_filter_of_a_list_that_one_may_not_see_is_not_told(organization: Any, anna: Api) -> None:
    anna.post("saved-filters/", {**BODY, "shared": True})
    other = sign_in(organization, KEEPING | {"suppliers.view"}, "other")
    assert names(other) == []
    refused = other.post("saved-filters/", {**BODY, "name": "Mine"})
    assert refused.json()["errors"][0]["field"] == "resource"


@pytest.mark.parametrize(
    ("field", "text"),
    [("filter", "nothing=1"), ("filter", "code="), ("ordering", "nothing"), ("columns", "code,nothing")],
)
def test_what_the_list_would_refuse_is_not_kept(anna: Api, field: str, text: str) -> None:
    refused = anna.post("saved-filters/", {**BODY, field: text})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_one_name_stands_for_one_filter_of_a_list(anna: Api, ben: Api) -> None:
    assert anna.post("saved-filters/", BODY).status_code == 201
    assert anna.post("saved-filters/", BODY).status_code == 422
    assert ben.post("saved-filters/", BODY).status_code == 201
    assert anna.post("saved-filters/", {**BODY, "resource": "suppliers"}).status_code == 201


def test_everybody_who_works_may_keep_filters_of_their_own(organization: Any) -> None:
    synchronize_permissions()
    for role in Role.objects.within(organization).filter(is_system_role=True):
        granted = set(role.permissions.values_list("name", flat=True))
        # Who changes nothing finds what others share.
        expected = {"saved-filters.view"} if role.name == "Read-only" else KEEPING
        assert granted >= expected, role.name


def test_a_filter_is_kept_with_days_that_move(organization: Any) -> None:
    buyer = sign_in(organization, CLERK | {"purchase-orders.view"}, "buyer")
    body = {"name": "Week", "resource": "purchase-orders", "filter": "expected_on>=t-7,expected_on<=eom"}
    saved = buyer.post("saved-filters/", body)
    assert (saved.status_code, saved.json()["filter"]) == (201, body["filter"])
    refused = buyer.post("saved-filters/", {**body, "name": "Other", "filter": "expected_on>=someday"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "filter")
