"""What the audit keeps of coming and going: sign-ins, sign-outs, refusals (C-062)."""

from __future__ import annotations

from server.core.changes import Action
from server.core.context import SecurityContext
from server.core.recording import record_changes

from .changes import user_event
from .client import Client
from .models import Session, User


def note(
    organization_id: int,
    user: User,
    client: Client,
    action: Action,
    *,
    session: Session | None = None,
    **values: object,
) -> None:
    """Write what a person did, or was refused, into an organization's audit. To be called in a transaction."""
    actor = SecurityContext(
        organization_id=organization_id,
        user_id=user.pk,
        username=user.username,
        session_id=session.pk if session else None,
        ip_address=client.ip_address,
        user_agent=client.user_agent,
        request_id=client.request_id,
        reason=client.reason,
    )
    record_changes(actor, [user_event(user.pk, user.username, action, **values)])
