"""How many notes and files hang on a record, in one statement."""

from __future__ import annotations

from django.db.models import CharField, Count, Value

from server.core.context import SecurityContext

from .models import Attachment, Note

KINDS = {"notes": Note, "attachments": Attachment}


def counts(actor: SecurityContext, table: str, key: int) -> dict[str, int]:
    """The number of each kind, zero included."""
    parts = [
        model.objects.within(actor)
        .filter(table_name=table, record_id=key)
        .order_by()
        .values(kind=Value(kind, CharField()))
        .annotate(number=Count("pk"))
        for kind, model in KINDS.items()
    ]
    found = parts[0].union(*parts[1:], all=True)
    return dict.fromkeys(KINDS, 0) | {row["kind"]: row["number"] for row in found}
