"""Users, roles and field rules as an administrator meets them over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponse

from server.accounts.models import Role, User
from server.accounts.permissions import declared_permissions
from server.accounts.services import add_member
from server.audit.models import AuditEntry
from server.core.context import SecurityContext
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

from .conftest import PASSWORD

Maker = Callable[..., User]
Post = Callable[..., HttpResponse]


@pytest.fixture
def admin(organization: Organization, roles: dict[str, Role]) -> Api:
    return sign_in(organization, frozenset(declared_permissions()), "admin")


def test_a_user_is_created_given_a_password_and_comes_in(admin: Api, post: Post) -> None:
    body = {"username": "dora", "full_name": "Dora Dock", "roles": [{"role": "Clerk"}]}
    made = admin.post("users/", body)
    assert made.status_code == 201
    user = made.json()
    assert (user["active"], [line["role_name"] for line in user["roles"]]) == (True, ["Clerk"])
    assert user["roles"][0]["granted_by_username"] == admin.user.username
    assert user["roles"][0]["granted_at"]
    assert post("sign-in/", {"username": "dora", "password": PASSWORD}).status_code == 401
    answer = admin.post(
        "operations/accounts.set-password/", {"user": "dora", "password": PASSWORD}, version=user["version"]
    )
    assert answer.status_code == 200
    assert PASSWORD not in answer.content.decode()
    assert post("sign-in/", {"username": "dora", "password": PASSWORD}).status_code == 200


def test_lines_of_a_user_are_the_whole_new_list_of_roles(admin: Api, clara: User) -> None:
    shown = admin.get(f"users/{clara.pk}/").json()
    kept = {"id": shown["roles"][0]["id"]}
    both = admin.patch(
        f"users/{clara.pk}/", {"roles": [kept, {"role": "Buyer"}]}, version=shown["version"]
    ).json()
    assert [line["role_name"] for line in both["roles"]] == ["Buyer", "Clerk"]
    assert both["roles"][1]["id"] == kept["id"]
    one = admin.patch(f"users/{clara.pk}/", {"roles": [{"role": "Buyer"}]}, version=both["version"]).json()
    assert [line["role_name"] for line in one["roles"]] == ["Buyer"]


def test_disabling_and_enabling_show_in_the_list_and_count_at_once(
    admin: Api, clara: User, post: Post, other_organization: Organization
) -> None:
    add_member(actor=SecurityContext(other_organization.pk), user=clara)
    version = admin.get("users/code:clara/").json()["version"]
    assert (
        admin.post("operations/accounts.disable-user/", {"user": "clara"}, version=version).status_code == 200
    )
    assert [row["username"] for row in admin.get("users/", filter="active=false").json()["results"]] == [
        "clara"
    ]
    actions = admin.get("users/code:clara/").json()["_actions"]
    assert actions["accounts.disable-user"] == {"enabled": False, "reason": "clara is disabled already."}
    # Elsewhere she still works: an organization ends access to itself alone.
    there = post("sign-in/", {"username": "clara", "password": PASSWORD}).json()
    assert there["organization"]["code"] == "OTHER"
    assert (
        admin.post("operations/accounts.enable-user/", {"user": "clara"}, version=version + 1).status_code
        == 200
    )
    assert admin.get("users/code:clara/").json()["active"] is True


def test_undo_enables_whom_a_mistake_disabled(admin: Api, clara: User) -> None:
    version = admin.get("users/code:clara/").json()["version"]
    done = admin.post("operations/accounts.disable-user/", {"user": "clara"}, version=version).json()
    undone = admin.post("operations/audit.undo/", {"change_set": done["change_set"]})
    assert undone.status_code == 200
    assert admin.get("users/code:clara/").json()["active"] is True


def test_users_of_another_organization_do_not_exist_here(
    admin: Api, clara: User, other_organization: Organization
) -> None:
    stranger = sign_in(other_organization, every_permission(), "stranger")
    for path in (f"users/{clara.pk}/", "users/code:clara/"):
        assert stranger.get(path).status_code == 404
    for operation in ("disable-user", "reset-second-factor"):
        answer = stranger.post(f"operations/accounts.{operation}/", {"user": "clara"}, version=1)
        assert answer.json()["errors"][0]["code"] == "not_found"
    answer = stranger.post(
        "users/", {"username": "eve", "roles": [{"role": f"id:{admin.user.user_roles.get().role_id}"}]}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"password": "x"},
        {"is_active": True},
        {"short_password": False},
        {"organization": 1},
        {"id": 7},
        {"version": 9},
    ],
)
def test_nothing_but_the_declared_fields_can_be_assigned(admin: Api, body: dict[str, object]) -> None:
    answer = admin.post("users/", {"username": "eve", **body})
    assert answer.status_code == 422
    assert {error["code"] for error in answer.json()["errors"]} <= {"unknown", "read_only"}
    assert not User.objects.filter(username="eve").exists()


@pytest.mark.parametrize("username", ["Dora", "dora dock", "", "-dora", "dora\n"])
def test_a_user_name_that_could_be_mistaken_is_refused_or_made_plain(admin: Api, username: str) -> None:
    answer = admin.post("users/", {"username": username})
    if username in ("Dora", "dora\n"):
        assert answer.json()["username"] == "dora"
    else:
        assert answer.json()["errors"][0]["field"] == "username"


def test_a_role_is_made_from_permissions_by_their_names(admin: Api) -> None:
    lines = [{"permission": "products.view"}, {"permission": "purchasing.receive"}]
    made = admin.post("roles/", {"name": "Gate", "permissions": lines})
    assert made.status_code == 201
    assert [line["permission_name"] for line in made.json()["permissions"]] == [
        "products.view",
        "purchasing.receive",
    ]
    unknown = admin.post("roles/", {"name": "Gate 2", "permissions": [{"permission": "products.fly"}]})
    assert [error["field"] for error in unknown.json()["errors"]] == ["permissions[0].permission"]
    entry = (
        AuditEntry.objects.within(admin.organization).filter(resource="roles", action="update").latest("pk")
    )
    assert entry.new_values == {"permissions": ["products.view", "purchasing.receive"]}


def test_a_field_rule_counts_from_the_next_request_on(
    admin: Api, organization: Organization, roles: dict[str, Role]
) -> None:
    role = admin.post("roles/", {"name": "Gate", "permissions": [{"permission": "users.view"}]}).json()
    viewer = sign_in(organization, frozenset(), "viewer")
    version = admin.get(f"users/{viewer.user.pk}/").json()["version"]
    granted = admin.post(
        "operations/accounts.grant-role/", {"user": viewer.user.username, "role": "Gate"}, version=version
    )
    assert granted.status_code == 200
    assert "email" in viewer.get("users/").json()["results"][0]
    body = {"role": role["id"], "resource": "users", "field": "email", "access": "hidden"}
    rule = admin.post("field-rules/", body)
    assert rule.status_code == 201
    assert "email" not in viewer.get("users/").json()["results"][0]
    assert admin.delete(f"field-rules/{rule.json()['id']}/", version=1).status_code == 204
    assert "email" in viewer.get("users/").json()["results"][0]
