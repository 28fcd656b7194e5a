"""From the headers of a request to the actor: who, in which organization, with which rights (E-024)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.db.models import BigIntegerField, CharField, F, UUIDField
from django.utils import timezone, translation
from rest_framework.authentication import BaseAuthentication

from server.core.context import SecurityContext
from server.core.statements import Parameter, Statement

from .api_keys import touch_api_key, verify_api_key
from .client import client_of
from .models import ApiKey, Session
from .pin_rights import beyond_a_pin
from .rights import rights_of
from .sessions import session_ended
from .tokens import invalid_token, read_access_token

# What the rights and the person are made of, read with every request by one joined query, so that a disabled
# user, a revoked session or an ended membership is out with the next request.
_PERSON = {
    "user_active": F("user__is_active"),
    "username": F("user__username"),
    "full_name": F("user__full_name"),
    "user_language": F("user__language"),
    "user_time_zone": F("user__time_zone"),
    "member": F("user__memberships__is_active"),
    "organization_active": F("organization__is_active"),
    "organization_language": F("organization__language"),
    "organization_time_zone": F("organization__time_zone"),
    "rights_version": F("organization__rights_version__version"),
}
_IN_THIS_ORGANIZATION = {"user__memberships__organization_id": F("organization_id")}


@dataclass(slots=True, frozen=True)
class SignedInUser:
    """The person of a request, as far as a view needs one."""

    id: int
    username: str
    full_name: str
    language: str
    time_zone: str
    is_authenticated: bool = True

    @property
    def pk(self) -> int:
        """The user's key, by the name that Django's own code asks for."""
        return self.id


class ContextAuthentication(BaseAuthentication):
    """`request.user` is a `SignedInUser`, `request.auth` the `SecurityContext`.

    Raises `Unauthorized`: `token_expired` (a refresh helps), `token_invalid`, `session_revoked`.
    """

    def authenticate(self, request: Any) -> tuple[SignedInUser, SecurityContext] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if token and scheme.lower() == "bearer":
            return _by_access_token(request, token.strip())
        if key := request.headers.get("X-Api-Key"):
            return _by_api_key(request, key)
        return None

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


def _by_access_token(request: Any, token: str) -> tuple[SignedInUser, SecurityContext]:
    claims = read_access_token(token)
    row = _session_statement().first(
        {"session": claims.session_id, "user": claims.user_id, "organization": claims.organization_id}
    )
    if (
        row is None
        or row["revoked_at"] is not None
        or row["expires_at"] <= timezone.now()
        or not _may_enter(row)
    ):
        raise session_ended()
    return _actor(request, row, session_id=claims.session_id, by_pin=row["by_pin"])


def _by_api_key(request: Any, key: str) -> tuple[SignedInUser, SecurityContext]:
    prefix = verify_api_key(key)
    row = _api_key_statement().first({"prefix": prefix})
    if row is None or not _may_enter(row):
        raise invalid_token()
    touch_api_key(row["pk"], row["last_used_at"])
    user, actor = _actor(request, row, api_key_id=row["pk"], scopes=row["scopes"])
    return user, actor


@cache
def _session_statement() -> Statement:
    key = BigIntegerField()
    return Statement(
        Session.objects.across_organizations()
        .filter(
            pk=Parameter("session", UUIDField()),
            user_id=Parameter("user", key),
            organization_id=Parameter("organization", key),
            **_IN_THIS_ORGANIZATION,
        )
        .values("user_id", "organization_id", "revoked_at", "expires_at", "by_pin", **_PERSON)
    )


@cache
def _api_key_statement() -> Statement:
    return Statement(
        ApiKey.objects.across_organizations()
        .filter(prefix=Parameter("prefix", CharField()), **_IN_THIS_ORGANIZATION)
        .values("pk", "user_id", "organization_id", "scopes", "last_used_at", **_PERSON)
    )


def _may_enter(row: dict[str, Any]) -> bool:
    return bool(row["user_active"] and row["member"] and row["organization_active"])


def _actor(
    request: Any, row: dict[str, Any], *, scopes: list[str] | None = None, **identity: Any
) -> tuple[SignedInUser, SecurityContext]:
    rights = rights_of(row["user_id"], row["organization_id"], row["rights_version"])
    permissions = rights.permissions.intersection(scopes) if scopes else rights.permissions
    if identity.get("by_pin"):
        permissions -= beyond_a_pin()
    language = _language(request, row)
    translation.activate(language)
    structlog.contextvars.bind_contextvars(organization=row["organization_id"], user=row["username"])
    client = client_of(request)
    user = SignedInUser(
        row["user_id"], row["username"], row["full_name"], row["user_language"], row["user_time_zone"]
    )
    actor = SecurityContext(
        organization_id=row["organization_id"],
        user_id=row["user_id"],
        username=row["username"],
        roles=rights.roles,
        permissions=permissions,
        field_rules=rights.field_rules,
        role_version=row["rights_version"] or 0,
        ip_address=client.ip_address,
        user_agent=client.user_agent,
        request_id=client.request_id,
        reason=client.reason,
        language=language,
        time_zone=row["user_time_zone"] or row["organization_time_zone"],
        **identity,
    )
    return user, actor


def _language(request: Any, row: dict[str, Any]) -> str:
    """The session's, where one was chosen, else the account's, else what the client asks for, else the organization's."""
    chosen = request.headers.get("X-Language", "").partition("-")[0]
    if any(chosen == code for code, _name in settings.LANGUAGES):
        return str(chosen)
    if row["user_language"]:
        return str(row["user_language"])
    if request.headers.get("Accept-Language"):
        return translation.get_language() or str(row["organization_language"])
    return str(row["organization_language"])
