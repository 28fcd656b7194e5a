"""Keys of the server, derived from `SECRET_KEY` by purpose, so that one never serves two uses.

`SECRET_KEY_FALLBACKS` are the keys of before a rotation: they still verify, and nothing new is made with them.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings


@dataclass(slots=True, frozen=True)
class ServerKey:
    """`id` names the key without telling it; it is stored beside what the key made."""

    id: str
    secret: bytes


def keys(purpose: str) -> list[ServerKey]:
    """The keys of a purpose, the current one first."""
    return [_derive(root, purpose) for root in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def current_key(purpose: str) -> ServerKey:
    """The key that new things of this purpose are made with."""
    return _derive(settings.SECRET_KEY, purpose)


def find_key(purpose: str, key_id: str) -> ServerKey | None:
    """The key of this id, or None where it has been retired."""
    return next((key for key in keys(purpose) if key.id == key_id), None)


def keyed_hash(key: ServerKey, *parts: str) -> str:
    """HMAC-SHA256 in hexadecimal over the parts, which cannot run into each other."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key.secret, message, hashlib.sha256).hexdigest()


def _derive(root: str | bytes, purpose: str) -> ServerKey:
    material = root.encode() if isinstance(root, str) else root
    secret = hmac.new(material, f"erp-tui {purpose}".encode(), hashlib.sha256).digest()
    return ServerKey(hashlib.sha256(b"key id" + secret).hexdigest()[:16], secret)
