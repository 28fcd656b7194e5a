"""Where a request comes from and with what it came."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.conf import settings

LONGEST_REASON = 1000
LONGEST_USER_AGENT = 300


@dataclass(slots=True, frozen=True)
class Client:
    """The other end of a request, as far as it can be known; `ip_address` is None where there is none."""

    ip_address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    reason: str = ""


def client_of(request: Any) -> Client:
    """The client of an HTTP request."""
    return Client(
        ip_address=_address(request),
        user_agent=_printable(request.headers.get("User-Agent", ""), LONGEST_USER_AGENT),
        request_id=getattr(request, "request_id", ""),
        reason=_printable(unquote(request.headers.get("X-Reason", "")), LONGEST_REASON),
    )


def _address(request: Any) -> str | None:
    """The peer's address, or what the trusted proxies in front of us say that it was.

    `TRUSTED_PROXIES` is their number: only so many entries from the right of `X-Forwarded-For` are not the
    client's own invention.
    """
    candidate = request.META.get("REMOTE_ADDR", "")
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            candidate = hops[-proxies]
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return None


def _printable(text: str, limit: int) -> str:
    # PostgreSQL stores no NUL; other control characters stay as they are and are made visible where shown.
    return text.replace("\x00", "")[:limit]
