"""Servers as contexts: a profile is a server, an organization on it, and who signs in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ProfileError(ErpError):
    """A profile that does not exist or cannot be; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A server context. ``production`` marks it by letter and ``colour`` so that it is never mistaken."""

    name: str
    url: str
    organization: str = ""
    username: str = ""
    production: bool = False
    colour: str = ""


def all_profiles(settings: Settings) -> list[Profile]:
    """Every profile of the configuration, by name. Raises ``ProfileError`` for a broken one."""
    stored = settings.get("profiles", {})
    return [_profile(name, stored[name]) for name in sorted(stored)]


def find_profile(settings: Settings, name: str = "") -> Profile:
    """The profile called ``name``, else the chosen one, else the only one.

    ``ERP_PROFILE`` chooses, ``ERP_URL`` names a server without any profile. Raises ``ProfileError``.
    """
    url = str(settings.get("url") or "")
    if url and not name:
        return checked(Profile("environment", url, username=str(settings.get("username") or "")))
    known = {profile.name: profile for profile in all_profiles(settings)}
    wanted = name or str(settings.get("profile") or "")
    if wanted in known:
        return known[wanted]
    if wanted:
        raise ProfileError(
            _(
                "There is no profile {name}. See erp profile list, or make it with erp profile add {name} URL."
            ).format(name=wanted)
        )
    if len(known) == 1:
        return next(iter(known.values()))
    if known:
        raise ProfileError(
            _("Which server? Choose a profile with erp profile use NAME; there are {names}.").format(
                names=", ".join(known)
            )
        )
    raise ProfileError(_("No server is known yet. Add one with erp profile add NAME URL, or try erp demo."))


def save_profile(settings: Settings, profile: Profile) -> None:
    """Keep ``profile``, in place of one with its name; the first one is chosen. Raises ``ProfileError``."""
    checked(profile)
    values = {name: value for name, value in asdict(profile).items() if value and name != "name"}
    settings.set(f"profiles.{profile.name}", values)
    if not settings.get("profile"):
        settings.set("profile", profile.name)
    settings.save()


def choose_profile(settings: Settings, name: str) -> Profile:
    """Make the profile called ``name`` the one that is used from now on. Raises ``ProfileError``."""
    profile = find_profile(settings, name)
    settings.set("profile", profile.name)
    settings.save()
    return profile


def checked(profile: Profile) -> Profile:
    """``profile`` as it was given. Raises ``ProfileError`` for an unusable name or address.

    Tokens never travel unencrypted: plain http is accepted on the own machine only.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", profile.name):
        raise ProfileError(
            _("{name} cannot be the name of a profile; use letters, digits, - and _.").format(
                name=profile.name
            )
        )
    parts = urlsplit(profile.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ProfileError(
            _("{url} is not the address of a server; enter one like https://erp.example.com.").format(
                url=profile.url
            )
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ProfileError(
            _("{url} would send your password unencrypted; use https, or a tunnel to this machine.").format(
                url=profile.url
            )
        )
    return profile


def _profile(name: str, stored: Any) -> Profile:
    if not isinstance(stored, Mapping) or not isinstance(stored.get("url"), str):
        raise ProfileError(
            _("The profile {name} has no url. Make it again with erp profile add {name} URL.").format(
                name=name
            )
        )
    known = {
        field: stored[field] for field in ("url", "organization", "username", "colour") if field in stored
    }
    return checked(
        Profile(
            name,
            **{field: str(value) for field, value in known.items()},
            production=bool(stored.get("production")),
        )
    )
