"""What the client needs only after its first paint: HTTP, models and the keyring, 200 ms of imports."""

from __future__ import annotations

from erp_tui.core.drafts import Drafts
from erp_tui.core.outbox import Outbox
from erp_tui.core.scope import Scope
from erp_tui.core.session import Session, open_session

__all__ = ["open_session", "scoped_files"]


def scoped_files(session: Session) -> tuple[Drafts, Outbox]:
    """The drafts and the outbox of whom the session speaks for."""
    tokens, profile = session.api.tokens, session.profile
    scope = Scope(
        profile.url,
        tokens.username if tokens else profile.username,
        tokens.organization if tokens else profile.organization,
    )
    return Drafts(scope), Outbox(session.api, scope)
