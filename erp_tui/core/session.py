"""What a face of the client starts from: the profile, its stored session, and the API that speaks for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erp_tui.core.paths import data_folder
from erp_tui.core.profiles import Profile, find_profile
from erp_tui.core.settings import Settings
from erp_tui.core.vault import Vault, VaultStore

if TYPE_CHECKING:
    from erp_tui.core.api import Api


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
        return self.api.tokens is not None or bool(os.environ.get("ERP_API_KEY"))


def open_session(profile_name: str = "", settings: Settings | None = None) -> Session:
    """The session of a profile (the chosen one unless named), without asking the server.

    ``ERP_API_KEY`` speaks in place of a person. Raises ``ProfileError`` and ``SettingsError``.
    """
    from erp_tui.core.api import Api

    settings = settings or Settings.load()
    profile = find_profile(settings, profile_name)
    vault = Vault(profile)
    api = Api(
        profile.url,
        store=VaultStore(vault),
        tokens=vault.peek(),
        api_key=os.environ.get("ERP_API_KEY") or None,
        cache_folder=data_folder() / "descriptions",
    )
    api.read_only = bool(settings.get("read_only"))
    return Session(settings, profile, vault, api)
