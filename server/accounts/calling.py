"""Who acts when a command is given on the server's own command line."""

from __future__ import annotations

import getpass
import os
import socket
import sys

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Forbidden, Malformed, NotFound, Unauthorized
from server.organizations.models import Organization

from . import totp
from .models import Membership
from .permissions import declared_permissions
from .rights import load_rights


def caller(user: str | None, organization: str | None) -> SecurityContext:
    """The context of a member, with the rights of now; the audit keeps the system's own user beside it.

    `ERP_USER` and `ERP_ORGANIZATION` stand in for what is not given. On a developer's machine both may be missing: it
    is then the system that acts, with every right, in the only organization. Raises `Malformed` where one is missing,
    `NotFound` and `Forbidden` where the user may not work there.
    """
    user = user or os.environ.get("ERP_USER")
    place = _organization(organization or os.environ.get("ERP_ORGANIZATION"))
    if not user:
        if not settings.DEBUG:
            raise Malformed(_("Say who does it by --user NAME, or --as NAME, or ERP_USER."))
        return SecurityContext(
            organization_id=place.pk,
            permissions=frozenset(declared_permissions()),
            user_agent=_seat(),
            language=_language(),
            time_zone=place.time_zone,
        )
    member = (
        Membership.objects.within(place.pk)
        .filter(user__username__iexact=user.strip())
        .select_related("user")
        .first()
    )
    if member is None:
        raise NotFound(
            _("There is no user “%(name)s” in %(organization)s.")
            % {"name": user[:60], "organization": place.code}
        )
    if not (member.is_active and member.user.is_active):
        raise Forbidden(_("%(name)s may not work here any more.") % {"name": member.user.username})
    rights = load_rights(member.user_id, place.pk)
    return SecurityContext(
        organization_id=place.pk,
        user_id=member.user_id,
        username=member.user.username,
        roles=rights.roles,
        permissions=rights.permissions,
        field_rules=rights.field_rules,
        user_agent=_seat(),
        language=_language(),
        time_zone=member.user.time_zone or place.time_zone,
    )


def confirm_caller(actor: SecurityContext, code: str | None) -> None:
    """Raises `Unauthorized` unless `code`, asked for where it is None, is a fresh one of the caller's authenticator."""
    if actor.user_id is None:
        return
    if not totp.has_second_factor(actor.user_id):
        raise Unauthorized(_("This is critical: it takes an authenticator. Enrol one first."))
    if code is None and sys.stdin.isatty():
        code = getpass.getpass(_("Code of your authenticator: "))
    if not code:
        raise Unauthorized(_("This is critical: give a fresh code of your authenticator by --totp."))
    if not totp.verify(actor.user_id, code.strip()):
        raise totp.wrong_code()


def _organization(code: str | None) -> Organization:
    active = Organization.objects.filter(is_active=True)
    if code:
        found = active.filter(code__iexact=code.strip()).first()
        if found is None:
            raise NotFound(_("There is no organization “%(code)s”.") % {"code": code[:60]})
        return found
    alone = list(active[:2])
    if settings.DEBUG and len(alone) == 1:
        return alone[0]
    raise Malformed(_("Say in which organization by --organization CODE, or ERP_ORGANIZATION."))


def _language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _seat() -> str:
    """Which user of the system gave the command, and where."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"manage.py {name}@{socket.gethostname()}"[:200]
