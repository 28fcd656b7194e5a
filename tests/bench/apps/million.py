"""The real client over a server in memory that has a million products; the first argument is the word it opens."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any, cast

from erp_tui.app import ErpApp
from erp_tui.core.profiles import Profile
from erp_tui.core.session import Session
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.generic.words import register_resources
from screens.registry import SCREENS
from tests.tui.sample import million_api


def main(word: str) -> None:
    api = million_api()
    register_resources(SCREENS, asyncio.run(api.meta()))
    api.answering = asyncio.Event()
    api.answering.set()
    profile = Profile(name="bench", url=api.base_url, organization="DEMO", username="clerk")
    settings = Settings.load(environment={})
    session: Any = SimpleNamespace(api=api, profile=profile, signed_in=True, settings=settings)
    ErpApp("bench", Options(word=word, session=cast("Session", session))).run()


if __name__ == "__main__":
    main(sys.argv[1])
