"""Row locks, always taken in the same order: services lock tables from the lowest `lock_rank` of their models up,
and `lock` the rows of one by key.

On SQLite a write transaction begins IMMEDIATE and is itself the lock; `FOR UPDATE` is left out there.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from .tenancy import TenantQuerySet


def lock(queryset: TenantQuerySet) -> list[Any]:
    """The rows of a scoped queryset, locked until the transaction ends, in the order of their keys.

    Raises `RuntimeError` outside a transaction, where a lock would be released at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Locks are taken inside a transaction.")
    ordered = queryset.order_by("pk")
    if connection.features.has_select_for_update:
        ordered = ordered.select_for_update(of=("self",))
    return list(ordered)
