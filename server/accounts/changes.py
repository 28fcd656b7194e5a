"""What the audit keeps of accounts, where it is not simply the fields of a row."""

from __future__ import annotations

from collections.abc import Collection

from server.core.changes import Action, Change

from .models import Role, User


def permissions_changed(role: Role, before: Collection[str], after: Collection[str]) -> Change:
    """A role grants other permissions than before; only the difference is kept."""
    return Change(
        resource="roles",
        table=Role._meta.db_table,
        record_id=role.pk,
        label=role.name,
        action="update",
        old={"permissions": sorted(set(before) - set(after))},
        new={"permissions": sorted(set(after) - set(before))},
        root_table=Role._meta.db_table,
        root_id=role.pk,
        version=role.version,
    )


def user_changed(user: User, old: dict[str, object], new: dict[str, object], *, inverse: str = "") -> Change:
    """Something about a user that is no plain field: access to the organization, the password, the second factor."""
    return Change(
        resource="users",
        table=User._meta.db_table,
        record_id=user.pk,
        label=user.username,
        action="update",
        old=old,
        new=new,
        root_table=User._meta.db_table,
        root_id=user.pk,
        version=user.version,
        inverse=inverse,
    )


def user_event(user_id: int, username: str, action: Action, **values: object) -> Change:
    """A sign-in, a sign-out, or a refusal."""
    return Change(
        resource="users",
        table=User._meta.db_table,
        record_id=user_id,
        label=username,
        action=action,
        new=dict(values),
        root_table=User._meta.db_table,
        root_id=user_id,
    )
