"""Who acts, where, and with which rights (E-024)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from .changes import Change

FieldAccess = Literal["hidden", "read_only"]


@dataclass(slots=True, frozen=True)
class SecurityContext:
    """The actor of a request, a job or a command, inside one organization.

    `changes` collects what the work has changed so far, in order: the answer of a dry run and of an
    operation is made from it. A context is used for one piece of work and then dropped. `by_pin` says that nothing
    but a PIN at a shared terminal stands behind the session: what outlives it asks for the password. `takes_back`
    is the change set that this one takes back, where it is an undo.
    """

    organization_id: int
    user_id: int | None = None
    username: str = "system"
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    field_rules: Mapping[tuple[str, str], FieldAccess] = field(default_factory=dict)
    role_version: int = 0
    session_id: uuid.UUID | None = None
    api_key_id: int | None = None
    by_pin: bool = False
    ip_address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    reason: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    dry_run: bool = False
    change_set: uuid.UUID = field(default_factory=uuid.uuid4)
    takes_back: uuid.UUID | None = None
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def can(self, permission: str) -> bool:
        """Whether a role of the actor grants this permission."""
        return permission in self.permissions

    def access(self, resource: str, field_name: str) -> FieldAccess | None:
        """What a field rule leaves of a field: `hidden`, `read_only`, or None for no rule (X-15)."""
        return self.field_rules.get((resource, field_name))

    def taking_back(self, change_set: uuid.UUID) -> SecurityContext:
        """The same actor in the same piece of work, which is an undo of `change_set`."""
        return replace(self, takes_back=change_set)

    def fresh(self, *, dry_run: bool | None = None, reason: str | None = None) -> SecurityContext:
        """The same actor for another piece of work: a new change set and nothing changed yet."""
        return replace(
            self,
            dry_run=self.dry_run if dry_run is None else dry_run,
            reason=self.reason if reason is None else reason,
            change_set=uuid.uuid4(),
            takes_back=None,
            changes=[],
            warnings=[],
        )


def system_context(
    organization_id: int, *, reason: str = "", permissions: frozenset[str] = frozenset()
) -> SecurityContext:
    """The context of work that no person asked for, such as a reaction to an event."""
    return SecurityContext(organization_id=organization_id, reason=reason, permissions=permissions)
