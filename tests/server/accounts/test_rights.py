"""Roles and permissions as data (E-020…E-023), field rules (X-15), and that nobody gives what they lack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.accounts.models import FieldRule, Permission, Role, RolePermission, User, UserRole
from server.accounts.permissions import declared_permissions, synchronize_permissions
from server.accounts.rights import load_rights, rights_of
from server.accounts.roles import create_role, delete_role, grant_role, revoke_role, update_role
from server.accounts.services import change_password, create_user, disable_user, reset_second_factor
from server.audit.models import AuditEntry
from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid
from server.organizations.models import Organization

Maker = Callable[..., User]


def acting(user: User, organization: Organization) -> SecurityContext:
    rights = load_rights(user.pk, organization.pk)
    return SecurityContext(
        organization_id=organization.pk,
        user_id=user.pk,
        username=user.username,
        roles=rights.roles,
        permissions=rights.permissions,
        field_rules=rights.field_rules,
    )


def keys(*names: str) -> list[int]:
    return list(Permission.objects.filter(name__in=names).values_list("pk", flat=True))


def test_permissions_are_made_from_what_is_declared_once(roles: dict[str, Role]) -> None:
    names = set(Permission.objects.values_list("name", flat=True))
    assert names == set(declared_permissions())
    assert {"users.view", "roles.update", "audit.undo", "accounts.grant-role"} <= names
    permission = Permission.objects.get(name="accounts.grant-role")
    assert (permission.resource, permission.action) == ("accounts", "grant-role")
    before = (Permission.objects.count(), AuditEntry.objects.across_organizations().count())
    synchronize_permissions()
    assert (Permission.objects.count(), AuditEntry.objects.across_organizations().count()) == before


def test_a_permission_that_nothing_declares_any_more_disappears(roles: dict[str, Role]) -> None:
    Permission.objects.create(name="abacus.use", resource="abacus", action="use")
    synchronize_permissions()
    assert not Permission.objects.filter(name="abacus.use").exists()


def test_the_administrator_may_everything_and_reading_changes_nothing(roles: dict[str, Role]) -> None:
    def granted(name: str) -> set[str]:
        return set(roles[name].permissions.values_list("name", flat=True))

    assert granted("Administrator") == set(declared_permissions())
    assert all(name.endswith((".view", ".export")) for name in granted("Read-only"))
    assert not any(name.startswith("employees.") for name in granted("Buyer") | granted("Clerk"))
    assert all(role.is_system_role for role in roles.values())


def test_a_grant_keeps_who_gave_it_and_when(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    ada, bob = make_user("ada", "Administrator"), make_user("bob")
    version = bob.version
    grant = grant_role(actor=acting(ada, organization), user=bob, role=roles["Buyer"])
    assert grant.granted_by == ada
    assert grant.granted_at is not None
    assert User.objects.get(pk=bob.pk).version == version + 1
    entry = AuditEntry.objects.within(organization).filter(root_id=bob.pk, resource="users").latest("pk")
    assert entry.user == ada
    assert entry.new_values == {"role": "Buyer"}


def test_granting_twice_grants_once(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    ada, bob = make_user("ada", "Administrator"), make_user("bob")
    for _time in range(2):
        grant_role(actor=acting(ada, organization), user=bob, role=roles["Buyer"])
    assert UserRole.objects.within(organization).filter(user=bob).count() == 1


def test_role_names_are_unique_in_an_organization_and_free_in_another(
    organization: Organization, other_organization: Organization, make_actor: Callable[..., SecurityContext]
) -> None:
    create_role(actor=make_actor(organization), data={"name": "Night shift"})
    create_role(actor=make_actor(other_organization), data={"name": "Night shift"})
    with pytest.raises(Invalid) as refusal:
        create_role(actor=make_actor(organization), data={"name": "Night shift"})
    assert refusal.value.errors[0].code == "duplicate"


@pytest.mark.parametrize("deed", ["grant", "create", "update", "user"])
def test_nobody_gives_a_permission_that_they_lack(
    deed: str, organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    bob = make_user("bob", "Buyer")
    own = create_role(
        actor=SecurityContext(organization.pk), data={"name": "Bidders"}, permissions=keys("products.view")
    )
    actor = acting(bob, organization)
    deeds: dict[str, Callable[[], Any]] = {
        "grant": lambda: grant_role(actor=actor, user=bob, role=roles["Administrator"]),
        "create": lambda: create_role(actor=actor, data={"name": "Mine"}, permissions=keys("users.update")),
        "update": lambda: update_role(actor=actor, role=own, data={}, permissions=keys("users.update")),
        "user": lambda: create_user(actor=actor, username="eve", roles=[roles["Administrator"]]),
    }
    with pytest.raises(Forbidden) as refusal:
        deeds[deed]()
    assert refusal.value.extra["permission"]
    assert not UserRole.objects.within(organization).filter(role=roles["Administrator"]).exists()
    assert (
        not RolePermission.objects.within(organization)
        .filter(role=own, permission__name="users.update")
        .exists()
    )


@pytest.mark.parametrize("deed", [disable_user, reset_second_factor])
def test_nobody_takes_over_somebody_who_has_more_rights(
    deed: Callable[..., Any], organization: Organization, make_user: Maker
) -> None:
    ada, bob = make_user("ada", "Administrator"), make_user("bob", "Buyer")
    with pytest.raises(Forbidden):
        deed(actor=acting(bob, organization), user=ada)
    with pytest.raises(Forbidden):
        change_password(actor=acting(bob, organization), user=ada, password="a long way to the cold store")


def test_the_last_administrator_stays(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    ada, alan = make_user("ada", "Administrator"), make_user("alan", "Administrator")
    actor = acting(ada, organization)
    revoke_role(actor=actor, user=alan, role=roles["Administrator"])
    with pytest.raises(Conflict, match="last administrator"):
        revoke_role(actor=actor, user=ada, role=roles["Administrator"])
    with pytest.raises(Conflict):
        disable_user(actor=SecurityContext(organization.pk), user=ada)


def test_a_person_of_two_organizations_is_changed_by_neither(
    organization: Organization, other_organization: Organization, make_user: Maker
) -> None:
    from server.accounts.services import add_member, update_user

    ada, bob = make_user("ada", "Administrator"), make_user("bob")
    add_member(actor=SecurityContext(other_organization.pk), user=bob)
    with pytest.raises(Conflict, match="another organization"):
        change_password(actor=acting(ada, organization), user=bob, password="a long way to the cold store")
    with pytest.raises(Conflict, match="another organization"):
        update_user(actor=acting(ada, organization), user=bob, data={"email": "x@example.org"})


def test_a_system_role_follows_the_program_alone(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    actor = acting(make_user("ada", "Administrator"), organization)
    with pytest.raises(Conflict):
        update_role(actor=actor, role=roles["Clerk"], data={"name": "Clerks"})
    with pytest.raises(Conflict):
        delete_role(actor=actor, role=roles["Clerk"])
    RolePermission.objects.within(organization).filter(role=roles["Clerk"]).first().delete()
    synchronize_permissions()
    assert set(load_rights(make_user("clem", "Clerk").pk, organization.pk).permissions) == {
        name for name in declared_permissions() if system_role("Clerk").grants(name)
    }


def system_role(name: str) -> Any:
    from server.accounts.system_roles import SYSTEM_ROLES

    return next(role for role in SYSTEM_ROLES if role.name == name)


def rule(role: Role, name: str, access: str) -> None:
    FieldRule.objects.create(
        organization_id=role.organization_id, role=role, resource="users", field=name, access=access
    )


def test_of_several_field_rules_the_most_generous_counts(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    system = SecurityContext(organization.pk)
    one = create_role(actor=system, data={"name": "One"}, permissions=keys("users.view"))
    two = create_role(actor=system, data={"name": "Two"}, permissions=keys("users.view"))
    bob = make_user("bob")
    for role in (one, two):
        grant_role(actor=system, user=bob, role=role)
    rule(one, "email", "hidden")
    rule(two, "email", "read_only")
    rule(one, "full_name", "hidden")
    rule(two, "full_name", "hidden")
    rule(one, "language", "hidden")  # the other role sees users and has no rule: editable
    rules = load_rights(bob.pk, organization.pk).field_rules
    assert rules == {("users", "email"): "read_only", ("users", "full_name"): "hidden"}


def test_a_role_without_a_say_on_the_resource_does_not_undo_its_rule(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    system = SecurityContext(organization.pk)
    seeing = create_role(actor=system, data={"name": "Seeing"}, permissions=keys("users.view"))
    other = create_role(actor=system, data={"name": "Other"}, permissions=keys("roles.view"))
    bob = make_user("bob")
    for role in (seeing, other):
        grant_role(actor=system, user=bob, role=role)
    rule(seeing, "email", "hidden")
    assert load_rights(bob.pk, organization.pk).field_rules == {("users", "email"): "hidden"}


def test_nobody_gives_access_to_a_field_that_is_hidden_from_them(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    system = SecurityContext(organization.pk)
    blind = create_role(
        actor=system, data={"name": "Blind"}, permissions=keys("users.view", "accounts.grant-role")
    )
    seeing = create_role(actor=system, data={"name": "Seeing"}, permissions=keys("users.view"))
    bob = make_user("bob")
    grant_role(actor=system, user=bob, role=blind)
    rule(blind, "email", "hidden")
    with pytest.raises(Forbidden):
        grant_role(actor=acting(bob, organization), user=bob, role=seeing)


def test_rights_kept_in_memory_are_current_after_a_change(
    organization: Organization, roles: dict[str, Role], make_user: Maker
) -> None:
    bob = make_user("bob", "Read-only")

    def rights() -> frozenset[str]:
        organization.rights_version.refresh_from_db()
        return rights_of(bob.pk, organization.pk, organization.rights_version.version).roles

    assert rights() == {"Read-only"}
    grant_role(actor=SecurityContext(organization.pk), user=bob, role=roles["Buyer"])
    assert rights() == {"Read-only", "Buyer"}


def test_rights_are_read_once_for_each_version(
    organization: Organization, roles: dict[str, Role], make_user: Maker, django_assert_num_queries: Any
) -> None:
    bob = make_user("bob", "Read-only")
    organization.refresh_from_db()
    version = organization.rights_version.version
    rights_of(bob.pk, organization.pk, version)
    with django_assert_num_queries(0):
        rights_of(bob.pk, organization.pk, version)
