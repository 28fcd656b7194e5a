"""`erp init` on the screen: asked in order, refused on the field, made once, and the password nowhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.core.initializing import LOCAL_SERVER
from erp_tui.core.remote.models import Change, Preview
from erp_tui.core.settings import Settings
from erp_tui.init_app import InitApp
from screens.system.init_wizard import ADMINISTRATOR, REVIEW, InitWizard
from tests.tui.running import shown, until
from tests.tui.settle import settled
from widgets.dialogs.draft_offer import DraftOffer

pytestmark = pytest.mark.client

PASSWORD = "four words on paper"


class Maker:
    """Notes what it is asked; refuses what it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], bool]] = []
        self.refusals: list[InvalidError] = []

    async def ask(self, values: Mapping[str, Any], *, dry_run: bool) -> Preview:
        self.asked.append((dict(values), dry_run))
        if self.refusals:
            raise self.refusals.pop(0)
        return Preview(changes=[Change(resource="organizations", label=values["code"], action="create")])

    @property
    def made(self) -> list[dict[str, Any]]:
        return [values for values, dry_run in self.asked if not dry_run]


@asynccontextmanager
async def wizard(
    monkeypatch: pytest.MonkeyPatch, folder: Path, maker: Maker, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[InitApp, InitWizard, Pilot[Any]]]:
    monkeypatch.setenv("ERP_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(folder / "config"))
    app = InitApp(initializer=maker)  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: any(isinstance(each, InitWizard) for each in app.screen_stack))
        (screen,) = (each for each in app.screen_stack if isinstance(each, InitWizard))
        yield app, screen, pilot


async def typed(pilot: Pilot[Any], *lines: str) -> None:
    """Each text and Enter."""
    for line in lines:
        await pilot.press(*line, "enter")
        await settled(pilot)


async def to_the_review(pilot: Pilot[Any], *, again: str = PASSWORD) -> None:
    await typed(pilot, "PRAIRIE", "Prairie Provisions", "eur", "", "", "")  # organization
    await typed(pilot, "")  # units
    await typed(pilot, "COLD", "Cold store", "")  # locations
    await typed(pilot, *[""] * 6)  # numbers
    await typed(pilot, "anna", "Anna Holm", "", PASSWORD, again)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_enter_alone_leads_from_the_first_field_to_the_review_and_f10_makes_it_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: tuple[int, int]
) -> None:
    maker = Maker()
    async with wizard(monkeypatch, tmp_path, maker, size) as (app, screen, pilot):
        await to_the_review(pilot)
        await until(pilot, lambda: screen.frame.index == REVIEW)
        assert "PRAIRIE" in shown(app)
        assert maker.made == [], "nothing is made before the last key"
        await pilot.press("f10", "f10")
        await until(pilot, lambda: screen.made)
        (made,) = maker.made
        assert made["base_currency"] == "eur" and made["password"] == PASSWORD
        assert "password_again" not in made
        assert [unit["code"] for unit in made["units"]] == ["EA", "CASE", "KG"]
        assert [place["code"] for place in made["locations"]] == ["MAIN", "COLD"]
        assert made["series"][0] == {"code": "purchase-order", "prefix": "PO-", "padding": 5}
        assert "erp serve" in shown(app)
        assert Settings.load().get("profiles.local")["url"] == LOCAL_SERVER
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_code == 0


async def test_the_password_is_never_shown_and_never_in_a_draft(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with wizard(monkeypatch, tmp_path, Maker()) as (app, screen, pilot):
        await to_the_review(pilot)
        await until(pilot, lambda: screen.frame.index == REVIEW)
        assert PASSWORD not in shown(app)
        await pilot.press("f7")
        await settled(pilot)
        assert "•••" in shown(app) and PASSWORD not in shown(app)
        screen.save_draft()
        kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
        assert any("Prairie Provisions" in text for text in kept)
        assert not any(PASSWORD in text for text in kept)


async def test_two_different_passwords_are_said_at_once_and_go_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    maker = Maker()
    async with wizard(monkeypatch, tmp_path, maker) as (app, screen, pilot):
        await to_the_review(pilot, again="four words on papyrus")
        assert screen.frame.index == ADMINISTRATOR
        assert "not the same" in shown(app)
        assert maker.asked == []


FIELDS_OF_STEPS = ("base_currency", "units[1].code", "locations[1].code", "series[1].prefix", "password")


async def test_a_refusal_is_shown_on_its_own_field(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    maker = Maker()

    def refuse(path: str) -> None:
        wrong = FieldError(path, "invalid", f"It cannot be so, {path}.")
        maker.refusals.append(InvalidError(422, "invalid", "Refused", errors=(wrong,)))

    async with wizard(monkeypatch, tmp_path, maker) as (app, screen, pilot):
        for step, path in enumerate(FIELDS_OF_STEPS):
            refuse(path)
            await (pilot.press("f8") if step else to_the_review(pilot))
            await until(pilot, lambda step=step: not maker.refusals and screen.frame.index == step)
            assert f"It cannot be so, {path}." in " ".join(shown(app).split())
            assert app.focused is not None and screen.frame.step in app.focused.ancestors
        assert maker.made == []


async def test_f8_stops_at_the_first_step_that_is_not_complete(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with wizard(monkeypatch, tmp_path, Maker()) as (app, screen, pilot):
        await typed(pilot, "PRAIRIE", "Prairie Provisions")
        await pilot.press("f8")
        await settled(pilot)
        assert screen.frame.index == 0 and "Base currency" in shown(app)
        await typed(pilot, "eur")
        await pilot.press("f8")
        await settled(pilot)
        assert screen.frame.index == ADMINISTRATOR


async def test_without_a_unit_one_does_not_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with wizard(monkeypatch, tmp_path, Maker()) as (app, screen, pilot):
        await typed(pilot, "PRAIRIE", "Prairie Provisions", "eur", "", "", "")
        for unit in screen.units.ticks.ticked:
            screen.units.ticks.deselect(unit)
        await pilot.press("enter")
        await settled(pilot)
        assert "at least one unit" in shown(app)
        await pilot.press("space", "enter")
        await settled(pilot)
        assert screen.frame.step is screen.locations


async def test_what_was_typed_is_offered_again_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    async with wizard(monkeypatch, tmp_path, Maker()) as (_app, _screen, pilot):
        await typed(pilot, "PRAIRIE", "Prairie Provisions")
        await pilot.press("f3")
        await pilot.pause()
    async with wizard(monkeypatch, tmp_path, Maker()) as (app, screen, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press("y")
        await until(pilot, lambda: app.screen is screen)
        assert screen.organization.fields["name"].text == "Prairie Provisions"


async def test_a_word_of_the_command_line_is_refused_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with wizard(monkeypatch, tmp_path, Maker()) as (app, screen, pilot):
        app.open_word("po new")
        await settled(pilot)
        assert app.screen is screen and "no server yet" in shown(app)


async def test_a_program_that_ended_while_it_was_made_says_how_to_find_out_whether_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)

    left: list[str] = []

    class Making(Maker):
        """Looks at what a kill in the middle of the making would leave behind."""

        async def ask(self, values: Mapping[str, Any], *, dry_run: bool) -> Preview:
            if not dry_run:
                left.extend(path.read_text() for path in tmp_path.rglob("drafts/*/*.json"))
            return await super().ask(values, dry_run=dry_run)

    async with wizard(monkeypatch, tmp_path, Making()) as (app, screen, pilot):
        await to_the_review(pilot)
        await until(pilot, lambda: screen.frame.index == REVIEW)
        (draft,) = app.drafts.all()
        await pilot.press("f10")
        await until(pilot, lambda: screen.made)
        (kept,) = left
        app.drafts.save_now(draft.form, json.loads(kept)["data"], draft.title, draft.copy)
    async with wizard(monkeypatch, tmp_path, Maker()) as (app, screen, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press("y")
        await until(pilot, lambda: "This was being made" in shown(app))
        assert screen.frame.index == ADMINISTRATOR


async def test_what_was_refused_is_being_made_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    maker = Maker()
    async with wizard(monkeypatch, tmp_path, maker) as (app, screen, pilot):
        await to_the_review(pilot)
        await until(pilot, lambda: screen.frame.index == REVIEW)
        maker.refusals.append(
            InvalidError(422, "invalid", "Refused", errors=(FieldError("code", "invalid", "Taken."),))
        )
        await pilot.press("f10")
        await until(pilot, lambda: screen.frame.index == 0)
        screen.save_draft()
        assert [draft.data["making"] for draft in app.drafts.all()] == [False]
