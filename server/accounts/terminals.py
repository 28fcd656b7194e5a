"""Terminals that several people share: enrolled once by an administrator, known afterwards by their token."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.errors import Forbidden, Unauthorized
from server.core.recording import record_changes
from server.core.records import created, snapshot, updated
from server.core.resources.constraints import translated

from .keys import current_key, find_key, keyed_hash
from .models import Session, Terminal
from .permissions import declare_permission

ENROL = declare_permission(
    "accounts.enrol-terminal", gettext_lazy("Enrol terminals at which badges and PINs are good")
)
_PURPOSE = "terminal"
_MARK = "terminal"
_TOUCH_EVERY = dt.timedelta(minutes=1)


@transaction.atomic
def enrol_terminal(*, actor: SecurityContext, name: str) -> tuple[Terminal, str]:
    """A new terminal of the actor's organization, and its token, which cannot be shown again.

    Raises `Forbidden` without the right and for a session that a PIN opened, `Invalid` for a name that is in use.
    """
    if not actor.can(ENROL):
        raise Forbidden(
            _("Your role does not let you enrol a terminal. Ask an administrator to do it here."),
            permission=ENROL,
        )
    key = current_key(_PURPOSE)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    terminal = Terminal(
        organization_id=actor.organization_id,
        name=name,
        prefix=prefix,
        hash=keyed_hash(key, prefix, secret),
        key_id=key.id,
        enrolled_by_id=actor.user_id,
    )
    with translated(terminal):
        terminal.save()
    record_changes(actor, [created(terminal)])
    return terminal, f"{_MARK}.{prefix}.{secret}"


@transaction.atomic
def revoke_terminal(*, actor: SecurityContext, terminal: Terminal) -> int:
    """Badges and PINs are good there no more, and every session opened there ends; answers how many did.

    Revoking it twice changes nothing.
    """
    if terminal.revoked_at is not None:
        return 0
    before = snapshot(terminal)
    terminal.revoked_at = timezone.now()
    terminal.version += 1
    terminal.save(update_fields=["revoked_at", "version"])
    record_changes(actor, [change for change in (updated(terminal, before),) if change])
    sessions = Session.objects.within(actor).filter(terminal=terminal, revoked_at__isnull=True)
    return sessions.update(revoked_at=terminal.revoked_at, revoked_reason="terminal revoked")


def verify_terminal(token: str) -> Terminal:
    """The terminal of a token that is good now, its organization at hand. Raises `Unauthorized`."""
    mark, _dot, rest = token.partition(".")
    prefix, _dot, secret = rest.partition(".")
    terminal = (
        Terminal.objects.across_organizations()
        .filter(prefix=prefix, revoked_at__isnull=True, organization__is_active=True)
        .select_related("organization")
        .first()
        if mark == _MARK and prefix and secret
        else None
    )
    key = find_key(_PURPOSE, terminal.key_id) if terminal else None
    if terminal is None or key is None:
        raise unknown_terminal()
    if not hmac.compare_digest(keyed_hash(key, prefix, secret).encode(), terminal.hash.encode()):
        raise unknown_terminal()
    return terminal


def touch_terminal(terminal: Terminal) -> None:
    """Note that a terminal was used."""
    now = timezone.now()
    if terminal.last_used_at is None or now - terminal.last_used_at > _TOUCH_EVERY:
        Terminal.objects.within(terminal).filter(pk=terminal.pk).update(last_used_at=now)


def unknown_terminal() -> Unauthorized:
    """The refusal of a terminal that was never enrolled, or is no longer."""
    return Unauthorized(
        _(
            "This terminal is not enrolled, or no longer. Sign in with name and password, "
            "or ask an administrator to enrol it."
        ),
        code="terminal_unknown",
    )
