"""The way in: what the server refuses is said, a code is asked for only when it is needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input, Static

from erp_tui.app import ErpApp
from erp_tui.core.errors import ServerUnreachable, SignInRequired, ThrottledError
from erp_tui.core.remote.models import ChangeFeed, Meta
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.vault import Vault
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

    async def sign_out(self) -> None:
        """Nothing is kept of a session here."""

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
        user, organization = {"id": 1, "username": "clerk"}, {"id": 1, "code": "MEAT"}
        return Meta.model_validate({"versions": {"server": "1"}, "user": user, "organization": organization})


def door_app(door: Door, folder: Path, notice: str | None = None, hint: str = "") -> ErpApp:
    """The client before its sign-in screen."""
    profile = Profile("demo", "http://localhost:1")
    vault = Vault(profile, folder / "sessions")
    vault.notice = notice
    session: Any = SimpleNamespace(
        api=door,
        profile=profile,
        signed_in=False,
        by_key=False,
        settings=Settings(folder / "config.yaml", {}, {}),
        vault=vault,
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


async def test_after_a_sign_out_the_cursor_stands_where_something_is_to_be_typed_and_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    app = door_app(Door(), tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(*"clerk", "enter", *"right", "enter")
        await settled(pilot)
        await pilot.press(*"123456", "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("ctrl+g", *"logout", "enter")
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        assert app.screen.query_one("#username", Input).value == "clerk"
        assert app.screen.query_one("#password", Input).has_focus
        assert "You are signed out." in "\n".join(each.message for each in app._notifications)
        bar = shown(app).splitlines()[-1]
        assert "Take back" not in bar and "Following" not in bar and "Tour" not in bar


async def test_an_empty_field_is_asked_for_before_the_server_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    door = Door()
    app = door_app(door, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("f10")
        await until(pilot, lambda: "Type your user name" in shown(app))
        assert app.screen.query_one("#username", Input).has_focus
        await pilot.press(*"clerk", "f10")
        await until(pilot, lambda: "Type the password." in shown(app))
        assert app.screen.query_one("#password", Input).has_focus and not door.tries


async def test_any_refusal_empties_the_password_and_stays_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    door = Door()

    async def throttled(*_given: object, **_more: object) -> object:
        raise ThrottledError(429, "throttled", "Wait", detail="Too many attempts: wait a minute.")

    monkeypatch.setattr(door, "sign_in", throttled)
    app = door_app(door, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*"clerk", "enter", *"right", "enter")
        await until(pilot, lambda: "Too many attempts" in shown(app))
        password = app.screen.query_one("#password", Input)
        assert password.value == "" and password.has_focus
        await pilot.press("x")
        await settled(pilot)
        assert "Too many attempts" in shown(app), "the sentence stays while one types on"
