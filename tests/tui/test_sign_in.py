"""The way in: what the server refuses is said, a code is asked for only when it is needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input, Static

from erp_tui.app import ErpApp
from erp_tui.core.errors import ServerUnreachable, SignInRequired
from erp_tui.core.models import ChangeFeed, Meta
from erp_tui.core.profiles import Profile
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.home import HomeScreen
from screens.system.sign_in import SignInScreen
from tests.tui.running import shown, until
from tests.tui.settle import settled

pytestmark = pytest.mark.client


class Door:
    """An API that lets in who knows the password and the code."""

    tokens = None
    read_only = False

    def __init__(self) -> None:
        self.tries: list[tuple[str, str, str | None]] = []
        self.organizations: list[SimpleNamespace] = []
        self.switched: list[str] = []
        self.away = False

    async def sign_in(self, username: str, password: str, *, totp: str | None = None) -> Any:
        self.tries.append((username, password, totp))
        if self.away:
            raise ServerUnreachable("http://localhost:1", "refused")
        if password != "right":
            raise SignInRequired(
                401, "invalid_credentials", "Refused", detail="The name or the password is wrong."
            )
        if totp != "123456":
            raise SignInRequired(
                401, "totp_required", "Refused", detail="Enter the code of your authenticator."
            )
        return SimpleNamespace(
            user=SimpleNamespace(username=username),
            organization=SimpleNamespace(code="MEAT"),
            organizations=self.organizations,
        )

    async def switch(self, organization: str) -> Any:
        self.switched.append(organization)
        return SimpleNamespace(
            user=SimpleNamespace(username="clerk"), organization=SimpleNamespace(code=organization)
        )

    def listen(self, heard: object) -> None:
        """Nobody's calls are told here."""

    async def changes(self, after: int | None = None) -> ChangeFeed:
        return ChangeFeed(next=0, results=[])

    async def meta(self) -> Meta:
        return Meta.model_construct(resources={})


def door_app(door: Door, folder: Path, notice: str | None = None, hint: str = "") -> ErpApp:
    """The client before its sign-in screen."""
    session: Any = SimpleNamespace(
        api=door,
        profile=Profile("demo", "http://localhost:1"),
        signed_in=False,
        settings=Settings(folder / "config.yaml", {}, {}),
        vault=SimpleNamespace(notice=notice),
        hint=hint,
    )
    return ErpApp("demo", Options(session=session))


async def test_a_refusal_is_said_and_the_code_is_asked_for_only_when_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    door = Door()
    app = door_app(door, tmp_path)
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


async def test_a_person_of_several_organizations_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    door = Door()
    door.organizations = [SimpleNamespace(code=code, name=f"{code} [/x]") for code in ("FISH", "MEAT")]
    app = door_app(door, tmp_path, notice="The keyring is not used.")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        assert "The keyring is not used." in shown(app)
        await pilot.press(*"clerk", "enter", *"right", "enter")
        await settled(pilot)
        await pilot.press(*"123456", "enter")
        await until(pilot, lambda: "In which organization?" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert door.switched == ["FISH"] and app.status.organization == "FISH"


async def test_a_dead_server_says_what_to_start_and_nothing_typed_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    door = Door()
    door.away = True
    app = door_app(door, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*"clerk", "enter", *"right", "enter")
        await until(pilot, lambda: "erp serve" in shown(app))
        assert "http://localhost:1 does not answer" in shown(app) and "erp demo" in shown(app)
        assert app.screen.query_one("#username", Input).value == "clerk"
        assert app.screen.query_one("#password", Input).value == "right"


async def test_nothing_is_opened_before_somebody_is_signed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    app = door_app(Door(), tmp_path, hint="The users are clerk and buyer.")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        assert "The users are clerk and buyer." in shown(app)
        await pilot.press("ctrl+g", *"suppliers", "enter")
        await until(pilot, lambda: any("sign in first" in each.message for each in app._notifications))
        assert isinstance(app.screen, SignInScreen)
        assert "Ctrl+G" not in shown(app).splitlines()[-1]
