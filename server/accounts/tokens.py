"""Access tokens: short-lived JWTs (RFC 7519), pinned to one algorithm and one use (RFC 8725)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache

import jwt
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.errors import Unauthorized

from .keys import current_key, find_key

ALGORITHM = "HS256"
TYPE = "at+jwt"  # RFC 9068: no other token of ours can stand in for an access token
ISSUER = "erp-tui"
AUDIENCE = "erp-tui-api"
_PURPOSE = "access token"
_REQUIRED = ("iss", "aud", "exp", "iat", "jti", "sub", "org", "sid")


@dataclass(slots=True, frozen=True)
class AccessClaims:
    """What a valid access token says: who, in which organization, by which session."""

    user_id: int
    organization_id: int
    session_id: uuid.UUID


def issue_access_token(claims: AccessClaims) -> str:
    """A token that is good for `ACCESS_TOKEN_SECONDS`."""
    now = int(timezone.now().timestamp())
    key = current_key(_PURPOSE)
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + settings.ACCESS_TOKEN_SECONDS,
        "jti": uuid.uuid4().hex,
        "sub": str(claims.user_id),
        "org": claims.organization_id,
        "sid": str(claims.session_id),
    }
    return jwt.encode(payload, key.secret, algorithm=ALGORITHM, headers={"kid": key.id, "typ": TYPE})


def read_access_token(token: str) -> AccessClaims:
    """The claims of a token of ours. Raises `Unauthorized` with `token_expired` or `token_invalid`."""
    try:
        claims, expires_at = _verified(token, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
        if expires_at <= timezone.now().timestamp():
            raise jwt.ExpiredSignatureError
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized(_("The access token has expired; refresh it."), code="token_expired") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
        raise invalid_token() from error
    return claims


@lru_cache(maxsize=2_048)
def _verified(token: str, _roots: tuple[str | bytes, ...]) -> tuple[AccessClaims, float]:
    """What the token says and when it ends, in seconds since 1970; its signature is checked once.

    The server's keys are part of what is remembered: a retired one takes its tokens along. A refusal is an
    exception and therefore not kept.
    """
    header = jwt.get_unverified_header(token)
    key = find_key(_PURPOSE, str(header.get("kid", "")))
    if key is None or header.get("typ") != TYPE:
        raise jwt.InvalidTokenError
    payload = jwt.decode(
        token,
        key.secret,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        # Two servers' clocks may differ by a moment; only the expiry decides.
        options={"require": list(_REQUIRED), "verify_iat": False},
    )
    claims = AccessClaims(int(payload["sub"]), int(payload["org"]), uuid.UUID(payload["sid"]))
    return claims, float(payload["exp"])


def invalid_token() -> Unauthorized:
    """The refusal of a token that is not ours."""
    return Unauthorized(_("The access token is not valid. Sign in again."), code="token_invalid")
