"""The audit as a read-only resource. What the values were stands in the timelines, under the field rules there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from server.core.reasons import reasons
from server.core.resources import Resource, naming, register

from .models import AuditEntry
from .visibility import visible_entries

register(
    Resource(
        name="audit",
        model=AuditEntry,
        module="audit",
        title=_("Audit"),
        title_one=_("Audit entry"),
        key="id",
        label=("action", "label"),
        fields=(
            "created_at",
            "user",
            "action",
            "resource",
            "record_id",
            "label",
            "reason",
            "change_set",
            "ip_address",
            "user_agent",
            "session_id",
            "request_id",
        ),
        personal=("ip_address", "user_agent"),
        columns=("created_at", "user_username", "action", "resource", "label", "reason"),
        search=("label", "reason"),
        names={"action": naming.actions, "resource": naming.records, "reason": reasons},
        ordering="-created_at",
        visible=visible_entries,
        operations=("list", "export"),
    )
)
