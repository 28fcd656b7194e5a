"""What a person may not do with a PIN alone, whatever their role allows: administration, what is critical, and
carrying personal data away.
"""

from __future__ import annotations

from functools import cache

from server.core.operations import all_operations
from server.core.resources import all_resources

from .permissions import declared_permissions

ADMINISTRATION = frozenset({"accounts", "organizations"})
"""Modules in which one person's rights decide about another's, or about the whole organization."""

HARMLESS = frozenset({"organizations.view", "number-series.view"})


@cache
def beyond_a_pin() -> frozenset[str]:
    """The permissions that a session opened by a PIN does not have, by name."""
    of_administration = {
        resource.name for resource in all_resources().values() if resource.module in ADMINISTRATION
    } | ADMINISTRATION
    critical = {
        operation.permission for operation in all_operations().values() if operation.kind == "critical"
    }
    return frozenset(
        name
        for name, spec in declared_permissions().items()
        if (spec.resource in of_administration or name in critical or spec.action == "export_personal")
        and name not in HARMLESS
    )
