"""What the client needs only after its first paint: HTTP, models and the keyring, 200 ms of imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from erp_tui.core.kept.drafts import Drafts
from erp_tui.core.kept.known_codes import KnownCodes
from erp_tui.core.kept.outbox import Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.core.sessions.session import Session, open_session, reopened

if TYPE_CHECKING:
    from erp_tui.core.remote.models import ChangeEvent

Subscribe = Callable[[str, "Callable[[Sequence[ChangeEvent]], None]"], Any]

__all__ = ["known_codes_of", "open_session", "reopened", "scope_of", "scoped_files"]


def scoped_files(session: Session) -> tuple[Drafts, Outbox]:
    """The drafts and the outbox of whom the session speaks for."""
    scope = scope_of(session)
    return Drafts(scope), Outbox(session.api, scope)


def known_codes_of(session: Session, subscribe: Subscribe) -> KnownCodes:
    """The codes that this person used lately; what changes on the server is forgotten as soon as it is told."""

    def watch(resource: str) -> None:
        subscribe(resource, lambda events: known.forget(resource, [event.record for event in events]))

    known = KnownCodes(scope_of(session), watch=watch)
    return known


def scope_of(session: Session) -> Scope:
    """Whom the session speaks for, where."""
    tokens, profile = session.api.tokens, session.profile
    return Scope(
        profile.url,
        tokens.username if tokens else profile.username,
        tokens.organization if tokens else profile.organization,
    )
