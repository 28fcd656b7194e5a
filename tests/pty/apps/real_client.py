"""The real client, signed in over a server in memory, with one word open: for what happens to its process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from erp_tui.app import ErpApp
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.generic.words import register_resources
from screens.registry import SCREENS
from tests.tui.all_screens.company import Company
from tests.tui.fake_api import FakeApi


def main(word: str) -> int:
    """Runs until it is left; the exit status."""
    api: FakeApi = Company()
    register_resources(SCREENS, asyncio.run(api.meta()))
    # What waits belongs to a loop, and the app has a loop of its own.
    api.answering = asyncio.Event()
    api.answering.set()
    folder = Path(os.environ["ERP_DATA_DIR"])
    profile = Profile(name="test", url=api.base_url, organization="DEMO", username="clerk")
    session: Any = SimpleNamespace(
        api=api,
        profile=profile,
        signed_in=True,
        by_key=False,
        settings=Settings(folder / "config.yaml", {}, {}),
        vault=Vault(profile, folder / "sessions"),
        hint="",
    )
    app = ErpApp("test", Options(word=word, session=cast("Session", session)))
    result = app.run()
    return result if result is not None else app.return_code or 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
