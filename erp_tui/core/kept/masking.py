"""What no file of this machine ever holds: secrets, told by the names of their members or by their description."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

MASK = "***"
SECRET = re.compile(r"(?i)password|badge|passphrase|secret|token|totp|recovery|api_?key|(^|_)pin($|_)")


def masked(value: Any, declared: Collection[str] = (), *, name: str = "") -> Any:
    """``value`` with every secret in it replaced: the members that are ``declared`` or whose names say so."""
    is_secret = name in declared or (name and SECRET.search(name))
    if is_secret and value not in (None, "", False, True):
        return MASK
    if isinstance(value, Mapping):
        return {key: masked(member, declared, name=str(key)) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [masked(member, declared) for member in value]
    return value


def has_mask(value: Any) -> bool:
    """Whether something of it was not kept because it is secret."""
    if isinstance(value, Mapping):
        return any(has_mask(member) for member in value.values())
    if isinstance(value, list):
        return any(has_mask(member) for member in value)
    return bool(value == MASK)


def secrets_among(fields: Iterable[FieldDescription]) -> tuple[str, ...]:
    """The names of the fields that the server describes as secret."""
    return tuple(field.name for field in fields if field.type == "secret")
