"""A shared terminal end to end: the real client and the real server, from the enrolment to the next person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from erp_tui.app import ErpApp
from erp_tui.core.errors import ForbiddenError, SignInRequired
from erp_tui.core.remote.api import Api
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault, VaultStore
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.system.lock_screen import LockScreen
from tests.e2e.shop import ORGANIZATION, PASSWORD, USERNAME, Shop, house_like, open_shop
from tests.tui.running import shown, until
from tests.tui.settle import settled

PIN = "735191"
BADGE = "B-100234"


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("gate") / "data", "sqlite") as house:
        yield open_shop(house)


async def enrolled(api: Api) -> str:
    """The token of a new terminal; the administrator has a badge and a PIN from now on."""
    await api.sign_in(USERNAME, PASSWORD)
    terminal = await api.enrol_terminal("Gate 3")
    assert terminal.organization.code == ORGANIZATION
    await api.set_pin(PASSWORD, PIN)
    (me,) = (await api.list("users", filter=f"username={USERNAME}")).rows
    await api.operate("accounts.assign-badge", {"user": me["id"], "badge": BADGE}, version=int(me["version"]))
    return terminal.token


async def test_from_the_enrolment_to_a_session_by_badge_and_pin(shop: Shop) -> None:
    api = Api(f"http://127.0.0.1:{shop.house.port}")
    at_gate = Api(f"http://127.0.0.1:{shop.house.port}")
    try:
        token = await enrolled(api)
        answer = await at_gate.sign_in_at_terminal(token, BADGE, PIN)
        assert (answer.user.username, answer.organization.code) == (USERNAME, ORGANIZATION)
        assert (await at_gate.meta()).organization.lock_after_minutes == 0
        assert (await at_gate.list("products", limit=1)).rows
        with pytest.raises(ForbiddenError):
            await at_gate.list("users")
        assert await at_gate.unlock(PIN, terminal=token) == "pin"
        assert await api.unlock(PASSWORD) == "password"
        with pytest.raises(SignInRequired) as refusal:
            await at_gate.unlock("864202", terminal=token)
        assert refusal.value.code == "invalid_credentials"
        assert at_gate.tokens is not None, "a wrong PIN signs nobody out"
        await at_gate.sign_out()
        with pytest.raises(SignInRequired) as refusal:
            await at_gate.sign_in_at_terminal("terminal.not.enrolled", BADGE, PIN)
        assert refusal.value.code == "terminal_unknown"
    finally:
        await api.aclose()
        await at_gate.aclose()


async def test_the_next_person_takes_over_and_the_one_before_comes_back_to_their_typing(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("ERP_KEYRING", "off")
    profile = Profile("gate", f"http://127.0.0.1:{shop.house.port}", ORGANIZATION, USERNAME)
    vault = Vault(profile)
    api = Api(profile.url, store=VaultStore(vault))
    await api.sign_in(USERNAME, PASSWORD)
    buyer = await api.create("users", {"username": "buyer", "roles": [{"role": "Buyer"}]})
    await api.operate(
        "accounts.set-password", {"user": buyer.id, "password": PASSWORD}, version=buyer.version
    )
    session = Session(Settings(tmp_path / "config.yaml", {}, {}), profile, vault, api)
    app = ErpApp("gate", Options(session=session))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.open_word("suppliers new")
        await settled(pilot)
        await pilot.press(*"ACME-77")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        assert "ACME-77" not in shown(app)
        await pilot.press(*"buyer", "enter", *PASSWORD.replace(" ", "_").split("_")[0])
        await pilot.press("enter")
        await until(pilot, lambda: "password is wrong" in shown(app))
        for letter in PASSWORD:
            await pilot.press("space" if letter == " " else letter)
        await pilot.press("enter")
        await until(pilot, lambda: app.status.user == "buyer" and not app.locking.locked)
        assert (await app.api.whoami()).user.username == "buyer"
        assert vault.load().username == "buyer"  # type: ignore[union-attr]
        assert app.drafts.all() == []
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        for letter in f"{USERNAME}\n{PASSWORD}\n":
            await pilot.press({" ": "space", "\n": "enter"}.get(letter, letter))
        await until(pilot, lambda: app.status.user == USERNAME and "ACME-77" in shown(app))
