"""Going on elsewhere: on another server, in another organization; nothing of before is lost or goes with it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from erp_tui import start
from erp_tui.app import ErpApp
from erp_tui.core.errors import ApiError, ServerUnreachable
from erp_tui.core.remote import models
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from screens.forms.form_screen import FormScreen
from screens.home import HomeScreen
from screens.system.sign_in import SignInScreen
from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from widgets.dialogs.action_menu import ActionMenu

pytestmark = pytest.mark.client

PROFILES = {
    "profile": "test",
    "profiles": {
        "test": {"url": "http://127.0.0.1:1", "username": "clerk", "organization": "DEMO"},
        "prod": {
            "url": "https://erp.example.com",
            "username": "boss",
            "organization": "LIVE",
            "production": True,
        },
    },
}


def prod_session(app: ErpApp, api: FakeApi, **more: Any) -> Session:
    profile = Profile("prod", "https://erp.example.com", "LIVE", "boss", production=True)
    assert app.session is not None
    given = {"api": api, "profile": profile, "signed_in": True, **more}
    return cast("Session", SimpleNamespace(**{**vars(app.session), **given}))


async def typed_form(app: ErpApp, pilot: Any) -> FormScreen:
    app.open_word("suppliers new")
    await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.form is not None)
    await pilot.press(*"S900", "enter", *"Northern")
    screen = app.screen
    assert isinstance(screen, FormScreen)
    return screen


async def test_another_profile_is_entered_in_its_own_name_and_production_is_said_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sample_api(), "home", tmp_path, settings=PROFILES, size=(120, 40)) as (app, pilot):
        prod = sample_api(3)
        monkeypatch.setattr(start, "open_session", lambda name, settings: prod_session(app, prod))
        await pilot.press("colon", *"profile prod", "enter")
        await until(pilot, lambda: "You are on prod now: PRODUCTION" in shown(app))
        assert "From now on everything you do is done in LIVE." in " ".join(shown(app).split())
        await until(
            pilot, lambda: "P! prod │ LIVE │ boss" in shown(app) and isinstance(app.screen, HomeScreen)
        )
        assert app.api is prod  # type: ignore[comparison-overlap]


async def test_what_was_typed_before_a_switch_is_a_draft_of_the_one_who_typed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sample_api(), "home", tmp_path, settings=PROFILES) as (app, pilot):
        await typed_form(app, pilot)
        mine = app.drafts
        monkeypatch.setattr(start, "open_session", lambda name, settings: prod_session(app, sample_api()))
        await pilot.press("ctrl+g", *"profile prod", "enter")
        await until(pilot, lambda: app.status.profile == "prod" and isinstance(app.screen, HomeScreen))
        assert [draft.form for draft in mine.all()] == ["suppliers/new"]
        assert "Northern" in str(mine.all()[0].data)
        assert app.drafts.all() == [] and app.drafts is not mine


async def test_a_form_left_by_going_back_keeps_its_draft_over_a_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sample_api(), "home", tmp_path, settings=PROFILES) as (app, pilot):
        await typed_form(app, pilot)
        mine = app.drafts
        app.action_go_back()
        monkeypatch.setattr(start, "open_session", lambda name, settings: prod_session(app, sample_api()))
        await pilot.press("colon", *"profile prod", "enter")
        await until(pilot, lambda: app.status.profile == "prod")
        assert "Northern" in str(mine.all()[0].data) and app.drafts.all() == []
        app.action_go_forward()
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_a_server_that_is_away_leaves_everything_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sample_api(), "suppliers S001", tmp_path, settings=PROFILES) as (app, pilot):
        screen = app.screen
        prod = sample_api()
        prod.fail["health"] = [ServerUnreachable("https://erp.example.com")]
        monkeypatch.setattr(start, "open_session", lambda name, settings: prod_session(app, prod))
        await pilot.press("colon", *"profile prod", "enter")
        await until(pilot, lambda: "does not answer" in " ".join(shown(app).split()))
        assert app.screen is screen and app.status.profile == "test"


async def test_a_profile_without_a_session_asks_for_a_sign_in_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sample_api(), "home", tmp_path, settings=PROFILES) as (app, pilot):
        signed_out = prod_session(app, sample_api(), signed_in=False, hint="")
        monkeypatch.setattr(start, "open_session", lambda name, settings: signed_out)
        await pilot.press("colon", *"profile prod", "enter")
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        assert "https://erp.example.com" in shown(app)


async def test_profile_alone_lists_those_that_are_known_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path, settings=PROFILES) as (app, pilot):
        await pilot.press("colon", *"profile", "enter")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        assert "PRODUCTION" in shown(app) and "you are there" in shown(app)
        await pilot.press("escape", "colon", *"profile nowhere", "enter")
        await until(pilot, lambda: "There is no profile nowhere" in " ".join(shown(app).split()))


class TwoOrganizations(FakeApi):
    """A person of two organizations."""

    here = "DEMO"

    async def whoami(self) -> models.Identity:
        both = [{"id": 1, "code": "DEMO", "name": "Demo"}, {"id": 2, "code": "SECOND", "name": "Second"}]
        now = next(each for each in both if each["code"] == self.here)
        return models.Identity.model_validate(
            {"user": {"id": 1, "username": "clerk"}, "organization": now, "organizations": both}
        )

    async def switch(self, organization: str) -> None:
        await self._called("switch", organization)
        if organization != "SECOND":
            raise ApiError(404, "not_found", "Not found", f"There is no organization {organization}.")
        self.here = organization
        self.tokens = SimpleNamespace(username="clerk", organization=organization)  # type: ignore[assignment]


async def test_another_organization_is_chosen_from_ones_own_and_the_switch_is_unmistakable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, second = (
        TwoOrganizations(*sample_api().resources.values()),
        TwoOrganizations(*sample_api(2).resources.values()),
    )
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        assert app.session is not None
        session = app.session
        opened = cast("Session", SimpleNamespace(**{**vars(session), "api": second}))
        monkeypatch.setattr(start, "reopened", lambda given: opened)
        await pilot.press("colon", *"organization", "enter")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu) and "SECOND  Second" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "everything you do is done in SECOND" in " ".join(shown(app).split()))
        assert isinstance(app.screen, HomeScreen) and "SECOND" in shown(app).splitlines()[-2]
        # The connection of before has never heard of the switch: nothing of it can write in the new place.
        assert api.counts["switch"] == 0 and second.counts["switch"] == 1


async def test_an_organization_that_is_not_ones_own_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = TwoOrganizations(*sample_api().resources.values())
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        monkeypatch.setattr(start, "reopened", lambda given: given)
        screen = app.screen
        await pilot.press("colon", *"organization NOPE", "enter")
        await until(pilot, lambda: "There is no organization NOPE" in " ".join(shown(app).split()))
        assert app.screen is screen and app.status.organization == "DEMO"


async def test_who_came_to_a_sign_in_by_mistake_finds_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = sample_api()
    async with running(api, "home", tmp_path, settings=PROFILES) as (app, pilot):
        here = app.session
        signed_out = prod_session(app, sample_api(), signed_in=False, hint="")
        sessions = {"prod": signed_out, "test": here}
        monkeypatch.setattr(start, "open_session", lambda name, settings: sessions[name])
        await pilot.press("colon", *"profile prod", "enter")
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen) and app.status.profile == "test")
