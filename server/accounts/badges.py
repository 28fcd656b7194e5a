"""What a person shows at a shared terminal: the badge that an administrator assigns, the PIN of their own choice."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.resources.writing import raise_version

from . import pins
from .changes import user_changed
from .guard import check_may_manage
from .models import Membership, Session, User
from .models.users import normal_username
from .sessions import end_pin_sessions


@transaction.atomic
def assign_badge(*, actor: SecurityContext, user: User, badge: str) -> None:
    """Give a member this badge in place of any other; an empty one takes it away.

    Raises `Invalid` for a badge that somebody here has or that is somebody's name, `Conflict` for a service account, `Forbidden` where the user
    has more rights than the actor: who may say whose badge this is may come in as them.
    """
    if user.is_service:
        raise Conflict(_("A service account has no badge. Make an API key for it."))
    check_may_manage(actor, user)
    number = badge.strip() or None
    holder = Membership.objects.within(actor).filter(badge=number).select_related("user").first()
    if number is not None and holder is not None and holder.user_id != user.pk:
        raise Invalid.field(
            "badge",
            "duplicate",
            _("%(name)s has the badge %(badge)s. Take it away there first.")
            % {"name": holder.user.username, "badge": number},
        )
    named = User.objects.within(actor).filter(username=normal_username(badge)).exclude(pk=user.pk)
    if number is not None and named.exists():
        raise Invalid.field(
            "badge",
            "duplicate",
            _("“%(badge)s” is how somebody else signs in at a shared terminal. Give another badge.")
            % {"badge": number},
        )
    member = lock(Membership.objects.within(actor).filter(user=user))[0]
    before = member.badge
    if before == number:
        return
    member.badge = number
    member.save(update_fields=["badge"])
    raise_version(user)
    end_pin_sessions(user.pk, actor.organization_id, "badge changed")
    record_changes(actor, [user_changed(user, {"badge": before}, {"badge": number})])


@transaction.atomic
def set_pin(*, actor: SecurityContext, user: User, pin: str | None) -> None:
    """Set the actor's own PIN in their organization; None takes it away. Sessions that the old one opened end.

    The caller has confirmed the password. Raises `Invalid` for a PIN that cannot be accepted.
    """
    member = lock(Membership.objects.within(actor).filter(user=user))[0]
    if pin is not None:
        pins.check_new_pin(pin, context=[user.username, member.badge or ""])
    _keep_pin(actor, user, member, pin)
    own = Session.objects.within(actor).filter(pk=actor.session_id).values_list("family", flat=True).first()
    end_pin_sessions(user.pk, actor.organization_id, "PIN changed", keep_family=own)


@transaction.atomic
def clear_pin(*, actor: SecurityContext, user: User) -> None:
    """Take somebody's PIN away; they choose a new one with their password. Raises `Forbidden`, `Conflict`."""
    check_may_manage(actor, user)
    member = lock(Membership.objects.within(actor).filter(user=user))[0]
    if not member.pin:
        raise Conflict(_("%(name)s has no PIN.") % {"name": user.username})
    _keep_pin(actor, user, member, None)
    end_pin_sessions(user.pk, actor.organization_id, "PIN cleared")


def _keep_pin(actor: SecurityContext, user: User, member: Membership, pin: str | None) -> None:
    member.pin = pins.encode(member, pin) if pin is not None else ""
    member.pin_failures = 0
    member.save(update_fields=["pin", "pin_failures"])
    raise_version(user)
    record_changes(actor, [user_changed(user, {}, {"pin": "changed" if pin is not None else "removed"})])
