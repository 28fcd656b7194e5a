"""The permissions that exist: made from what the apps declare, never by hand (E-020)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from server.core.operations import all_operations
from server.core.resources import all_resources
from server.organizations.models import Organization

from .models import Permission
from .system_roles import synchronize_system_roles

VERBS = {
    "list": "See",
    "create": "Create",
    "update": "Change",
    "delete": "Delete",
    "import": "Import",
    "export": "Export",
}


@dataclass(slots=True, frozen=True)
class PermissionSpec:
    """A permission as declared: its name and what it allows, in English."""

    name: str
    description: str

    @property
    def resource(self) -> str:
        """What is acted on: a resource, or the module of an operation."""
        return self.name.rpartition(".")[0]

    @property
    def action(self) -> str:
        """What is done to it."""
        return self.name.rpartition(".")[2]


_further: dict[str, PermissionSpec] = {}


def declare_permission(name: str, description: str) -> str:
    """Declare a permission that is neither a resource's nor an operation's, and answer its name.

    For what goes beyond an operation, such as receiving more than is tolerated. Raises `ValueError` for a name
    without a dot or one that is declared already.
    """
    if "." not in name or name in _further:
        raise ValueError(f"{name} is no name for a further permission.")
    _further[name] = PermissionSpec(name, description)
    return name


def declared_permissions() -> dict[str, PermissionSpec]:
    """All permissions of resources and operations, and the further ones, by name."""
    specs = dict(_further)
    for resource in all_resources().values():
        for verb in resource.operations:
            name = resource.permission(verb)
            specs[name] = PermissionSpec(name, f"{VERBS[verb]} {resource.name}")
    for operation in all_operations().values():
        specs.setdefault(operation.permission, PermissionSpec(operation.permission, f"Run {operation.name}"))
    return specs


@transaction.atomic
def synchronize_permissions() -> None:
    """Bring the permissions and the system roles of every organization to what the program declares.

    Run after each migration and before each set-up; running it again changes nothing.
    """
    declared = declared_permissions()
    stored = {permission.name: permission for permission in Permission.objects.all()}
    Permission.objects.filter(name__in=stored.keys() - declared.keys()).delete()
    Permission.objects.bulk_create(
        Permission(name=spec.name, resource=spec.resource, action=spec.action, description=spec.description)
        for name, spec in declared.items()
        if name not in stored
    )
    reworded = []
    for name, permission in stored.items():
        if name in declared and permission.description != declared[name].description:
            permission.description = declared[name].description
            reworded.append(permission)
    Permission.objects.bulk_update(reworded, ["description"])
    for organization in Organization.objects.all():
        synchronize_system_roles(organization)
