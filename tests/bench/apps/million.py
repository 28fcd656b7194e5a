"""The real client over a server in memory that has a million products; the first argument is the word it opens."""

from __future__ import annotations

import sys
from typing import cast

from erp_tui.app import ErpApp
from erp_tui.core.remote.api import Api
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from tests.tui.sample import million_api


def main(word: str) -> None:
    api = cast("Api", million_api())
    profile = Profile(name="bench", url=api.base_url, organization="DEMO", username="clerk")
    settings = Settings.load(environment={})
    settings.set("beside", value=False)  # the figures are those of the list alone
    session = Session(settings, profile, Vault(profile), api)
    ErpApp("bench", Options(word=word, session=session)).run()


if __name__ == "__main__":
    main(sys.argv[1])
