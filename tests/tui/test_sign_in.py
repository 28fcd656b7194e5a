"""The way in: what the server refuses is said, a code is asked for only when it is needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input, Static

from erp_tui.app import ErpApp
from erp_tui.core.errors import SignInRequired
from erp_tui.core.models import ChangeFeed, Meta
from erp_tui.core.profiles import Profile
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.home import HomeScreen
from screens.system.sign_in import SignInScreen
from tests.tui.settle import settled

pytestmark = pytest.mark.client


class Door:
    """An API that lets in who knows the password and the code."""

    tokens = None
    read_only = False

    def __init__(self) -> None:
        self.tries: list[tuple[str, str, str | None]] = []

    async def sign_in(self, username: str, password: str, *, totp: str | None = None) -> Any:
        self.tries.append((username, password, totp))
        if password != "right":
            raise SignInRequired(
                401, "invalid_credentials", "Refused", detail="The name or the password is wrong."
            )
        if totp != "123456":
            raise SignInRequired(
                401, "totp_required", "Refused", detail="Enter the code of your authenticator."
            )
        return SimpleNamespace(
            user=SimpleNamespace(username=username), organization=SimpleNamespace(code="MEAT")
        )

    def listen(self, heard: object) -> None:
        """Nobody's calls are told here."""

    async def changes(self, after: int | None = None) -> ChangeFeed:
        return ChangeFeed(next=0, results=[])

    async def meta(self) -> Meta:
        return Meta.model_construct(resources={})


async def test_a_refusal_is_said_and_the_code_is_asked_for_only_when_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    door = Door()
    session: Any = SimpleNamespace(
        api=door,
        profile=Profile("demo", "http://localhost:1"),
        signed_in=False,
        settings=Settings(tmp_path / "config.yaml", {}, {}),
    )
    app = ErpApp("demo", Options(session=session))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, SignInScreen)
        assert not screen.query_one("#totp", Input).display
        await pilot.press(*"clerk", "enter", *"wrong", "enter")
        await settled(pilot)
        assert "password is wrong" in str(screen.query_one("#problem", Static).render())
        assert screen.query_one("#password", Input).value == ""
        await pilot.press(*"right", "enter")
        await settled(pilot)
        assert screen.query_one("#totp", Input).has_focus
        await pilot.press(*"123456", "enter")
        await settled(pilot)
        assert isinstance(app.screen, HomeScreen)
        assert app.status.user == "clerk"
        assert door.tries[-1] == ("clerk", "right", "123456")
