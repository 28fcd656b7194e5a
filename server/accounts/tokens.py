"""Access tokens: short-lived JWTs (RFC 7519), pinned to one algorithm and one use (RFC 8725)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

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
        header = jwt.get_unverified_header(token)
        key = find_key(_PURPOSE, str(header.get("kid", "")))
        if key is None or header.get("typ") != TYPE:
            raise invalid_token()
        payload = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            # Two servers' clocks may differ by a moment; only the expiry decides.
            options={"require": list(_REQUIRED), "verify_iat": False},
        )
        return AccessClaims(int(payload["sub"]), int(payload["org"]), uuid.UUID(payload["sid"]))
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized(_("The access token has expired; refresh it."), code="token_expired") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
        raise invalid_token() from error


def invalid_token() -> Unauthorized:
    """The refusal of a token that is not ours."""
    return Unauthorized(_("The access token is not valid. Sign in again."), code="token_invalid")
