"""Cursors: a place in an ordered list that a client can keep and hand back, but neither read into nor forge.

A cursor holds the values of one row under the ordering of its list, so that a page can begin behind it even
if that row is gone. It is signed, not encrypted: order only by columns that the reader may see.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from server.core.errors import Malformed

Value = str | int | bool | Decimal | date | datetime | UUID | None

_MAC_BYTES = 16
_MAX_LENGTH = 8192


class Direction(StrEnum):
    """Which way a page goes from its cursor; the name of the parameter that takes it."""

    AFTER = "after"
    BEFORE = "before"


class InvalidCursor(Malformed):
    """The cursor was not made here, not for this list, or not for this parameter."""

    def __init__(self) -> None:
        super().__init__(
            _("This list cannot be continued from the given place. Read it again from its first page.")
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the ordering (`-date`, `id`), the values of a row under it, and the way to go.

    ``including`` means that the page begins with the row itself, if it is still there.
    """

    ordering: tuple[str, ...]
    values: tuple[Value, ...]
    direction: Direction
    including: bool = False


def encode(cursor: Cursor, *, key: bytes, scope: str) -> str:
    """The cursor as text for a URL, signed with ``key``.

    ``scope`` names what the place belongs to: the organization, the resource, its filter. It is not stored;
    `decode` accepts the cursor only for the same one. Raises ``TypeError`` for a value without an order.
    """
    payload = json.dumps(
        [
            cursor.direction.value,
            int(cursor.including),
            list(cursor.ordering),
            [_packed(value) for value in cursor.values],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return base64.urlsafe_b64encode(_signature(payload, key, scope) + payload).rstrip(b"=").decode()


def decode(text: str, *, key: bytes, scope: str) -> Cursor:
    """The cursor that `encode` made with the same key and scope; raises `InvalidCursor` for any other text."""
    if len(text) > _MAX_LENGTH:
        raise InvalidCursor
    try:
        signed = base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidCursor from None
    signature, payload = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
    if not hmac.compare_digest(signature, _signature(payload, key, scope)):
        raise InvalidCursor
    direction, including, ordering, values = json.loads(payload)
    return Cursor(
        tuple(ordering), tuple(_unpacked(value) for value in values), Direction(direction), bool(including)
    )


def _signature(payload: bytes, key: bytes, scope: str) -> bytes:
    # The lengths keep a scope and a payload from being shifted into each other.
    name = scope.encode()
    message = b"cursor:1:%d:%b:%b" % (len(name), name, payload)
    return hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]


def _packed(value: Value) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {"n": str(value)}
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case UUID():
            return {"u": value.hex}
    raise TypeError(f"{value!r} cannot be kept in a cursor: it has no order that both databases share.")


def _unpacked(value: Any) -> Value:
    match value:
        case {"n": number}:
            return Decimal(number)
        case {"t": moment}:
            return datetime.fromisoformat(moment)
        case {"d": day}:
            return date.fromisoformat(day)
        case {"u": key}:
            return UUID(key)
    plain: Value = value
    return plain
