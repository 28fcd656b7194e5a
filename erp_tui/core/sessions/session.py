"""What a face of the client starts from: the profile, its stored session, and the API that speaks for it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from erp_tui.core.kept.paths import data_folder
from erp_tui.core.sessions.profiles import Profile, find_profile
from erp_tui.core.sessions.vault import Vault, VaultStore
from erp_tui.core.settings import Settings

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api


@dataclass(frozen=True, slots=True)
class Session:
    """A server, who speaks to it, and where that is kept. ``vault.notice`` is worth showing to the person,
    and ``hint`` to whoever signs in."""

    settings: Settings
    profile: Profile
    vault: Vault
    api: Api
    hint: str = ""

    @property
    def signed_in(self) -> bool:
        """True where a session is stored or an API key is given; the server may still refuse it."""
        return self.api.tokens is not None or self.by_key

    @property
    def by_key(self) -> bool:
        """True where an API key speaks: it has no drafts on the server, which are a person's own."""
        return bool(os.environ.get("ERP_API_KEY"))


def open_session(profile_name: str = "", settings: Settings | None = None) -> Session:
    """The session of a profile (the chosen one unless named), without asking the server.

    ``ERP_API_KEY`` speaks in place of a person. Raises ``ProfileError`` and ``SettingsError``.
    """
    settings = settings or Settings.load()
    profile = find_profile(settings, profile_name)
    vault = Vault(profile)
    return Session(settings, profile, vault, _api_of(settings, profile, vault))


def reopened(session: Session) -> Session:
    """The same session through connections of its own: it can go on elsewhere while the other comes to its end."""
    settings, profile, vault = session.settings, session.profile, session.vault
    return replace(session, api=_api_of(settings, profile, vault))


def _api_of(settings: Settings, profile: Profile, vault: Vault) -> Api:
    from erp_tui.core.remote.api import Api

    api = Api(
        profile.url,
        store=VaultStore(vault),
        tokens=vault.peek(),
        api_key=os.environ.get("ERP_API_KEY") or None,
        cache_folder=data_folder() / "descriptions",
    )
    api.read_only = bool(settings.get("read_only"))
    return api
