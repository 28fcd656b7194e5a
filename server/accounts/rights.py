"""What a user may do in an organization, kept in memory for as long as no role has changed there."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.core.context import FieldAccess

from .models import FieldRule, Permission, RightsVersion, Role

_CAPACITY = 5_000
_GENEROSITY = {FieldRule.Access.HIDDEN: 0, FieldRule.Access.READ_ONLY: 1, FieldRule.Access.EDITABLE: 2}


@dataclass(slots=True, frozen=True)
class Rights:
    """The names of the roles, what they grant together, and what they leave of single fields."""

    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    field_rules: Mapping[tuple[str, str], FieldAccess] = field(default_factory=dict)


_cache: OrderedDict[tuple[int, int], tuple[int, Rights]] = OrderedDict()
_guard = threading.Lock()


def rights_of(user_id: int, organization_id: int, version: int | None) -> Rights:
    """The rights of a member, current as of `version`, the organization's `RightsVersion` just read.

    The version is read with each request and never guessed, so a changed role counts from the next request on.
    """
    key = (user_id, organization_id)
    with _guard:
        kept = _cache.get(key)
        if kept is not None and kept[0] == version:
            _cache.move_to_end(key)
            return kept[1]
    rights = load_rights(user_id, organization_id)
    if version is not None:
        with _guard:
            _cache[key] = (version, rights)
            while len(_cache) > _CAPACITY:
                _cache.popitem(last=False)
    return rights


def load_rights(user_id: int, organization_id: int) -> Rights:
    """The rights as the database has them now."""
    roles = Role.objects.within(organization_id).filter(user_roles__user_id=user_id)
    return combined_rights(organization_id, dict(roles.values_list("pk", "name")))


def combined_rights(organization_id: int, roles: Mapping[int, str]) -> Rights:
    """What these roles, by key and name, grant together."""
    granted = Permission.objects.filter(role_permissions__role_id__in=roles).values_list(
        "role_permissions__role_id", "name", "resource"
    )
    rules = FieldRule.objects.within(organization_id).filter(role_id__in=roles)
    names: set[str] = set()
    roles_of_resource: dict[str, set[int]] = defaultdict(set)
    for role_id, name, resource in granted:
        names.add(name)
        roles_of_resource[resource].add(role_id)
    return Rights(
        roles=frozenset(roles.values()),
        permissions=frozenset(names),
        field_rules=_effective(
            rules.values_list("role_id", "resource", "field", "access"), roles_of_resource
        ),
    )


def _effective(
    rules: Iterable[tuple[int, str, str, str]], roles_of_resource: Mapping[str, set[int]]
) -> dict[tuple[str, str], FieldAccess]:
    """The most generous access of each ruled field (X-15).

    A role that grants anything on the resource and has no rule for the field leaves it editable; a role that has
    nothing to do with the resource says nothing about it.
    """
    by_field: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for role_id, resource, name, access in rules:
        by_field[resource, name][role_id] = access
    effective: dict[tuple[str, str], FieldAccess] = {}
    for (resource, name), by_role in by_field.items():
        if roles_of_resource[resource] - by_role.keys():
            continue
        access = max(by_role.values(), key=lambda value: _GENEROSITY[FieldRule.Access(value)])
        if access == FieldRule.Access.HIDDEN:
            effective[resource, name] = "hidden"
        elif access == FieldRule.Access.READ_ONLY:
            effective[resource, name] = "read_only"
    return effective


def rights_changed(organization_id: int) -> None:
    """Say that roles, grants or field rules have changed; call it in the transaction that changes them."""
    version = secrets.randbits(62)
    if not RightsVersion.objects.filter(organization_id=organization_id).update(version=version):
        RightsVersion.objects.update_or_create(organization_id=organization_id, defaults={"version": version})
