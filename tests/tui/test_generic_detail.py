"""The generic detail and operation screens: what a record is, what can be done with it, and what that would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.core.remote.models import Timeline
from screens.forms.operation_screen import OperationScreen
from screens.records.detail_screen import DetailScreen
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.action_menu import ActionMenu
from widgets.dialogs.preview_dialog import PreviewDialog

pytestmark = pytest.mark.client


async def test_a_detail_shows_fields_with_their_units_and_exact_numbers(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers S003", tmp_path) as (app, _pilot):
        text = shown(app)
        assert "Supplier S003 Supplier 3" in text
        assert "3,000.50 EUR" in text and "12.5" in text and "2026-02-28" in text and "Net 30" in text


async def test_a_missing_record_is_said_so_in_a_sentence(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers NOPE", tmp_path) as (app, pilot):
        await until(pilot, lambda: "There is no record code:NOPE." in shown(app))


async def test_a_disabled_action_stays_in_the_list_and_says_why(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        assert "orders refer to it" in shown(app)
        await pilot.press("end", "enter")
        await settled(pilot)
        assert "Delete cannot be done now: orders refer to it" in shown(app)
        assert api.counts["delete"] == 0


async def test_digits_open_the_related_list_narrowed_to_this_record(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("2")
        await until(pilot, lambda: "10023" in shown(app))
        assert api.arguments("list")[-1]["filter"] == "supplier=id:1"
        await pilot.press("enter")
        await until(pilot, lambda: getattr(app.screen, "resource", "") == "purchase-orders")
        assert "3 " in shown(app) and "Product 2" in shown(app) and "1.25" in shown(app)


async def test_the_timeline_shows_who_changed_what_from_what_to_what(tmp_path: Path) -> None:
    api = sample_api()
    api.timelines["suppliers", 1] = Timeline.model_validate(
        {
            "results": [
                {
                    "at": "2026-11-21T09:26:00Z",
                    "user": "buyer",
                    "resource": "suppliers",
                    "id": 1,
                    "action": "update",
                    "change_set": "c-1",
                    "reason": "new terms",
                    "fields": {"terms": {"old": "cash", "new": "net30"}},
                    "undoable": True,
                }
            ]
        }
    )
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "2026-11-21 09:26  buyer  changed it" in shown(app))
        assert "Terms: Cash → Net 30" in shown(app), "a choice by its title"
        assert "Reason: new terms" in shown(app) and "Ctrl+U takes it back" in shown(app)
        await pilot.press("down", "ctrl+u")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        done = [call for call in api.arguments("operate") if not call["dry"]]
        assert [call["params"] for call in done] == [{"change_set": "c-1"}]


async def test_what_stands_against_taking_a_change_back_is_said_at_its_key(tmp_path: Path) -> None:
    api = sample_api()
    entry = {"at": "2026-11-21T09:26:00Z", "user": "buyer", "resource": "suppliers", "id": 1}
    entry |= {"action": "update", "change_set": "c-1", "fields": {"terms": {"old": "cash", "new": "net30"}}}
    told = {"results": [{**entry, "undoable": False, "why_not": "It was changed again afterwards."}]}
    api.timelines["suppliers", 1] = Timeline.model_validate(told)
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "buyer  changed it" in shown(app))
        assert "Ctrl+U takes it back" not in shown(app)
        await pilot.press("down", "ctrl+u")
        await until(pilot, lambda: "It was changed again afterwards." in shown(app))
        assert api.arguments("operate") == []


async def test_what_takes_an_operation_back_is_named_as_a_person_knows_it(tmp_path: Path) -> None:
    api = sample_api()
    block = api.operations["partners.block"]
    api.operations["partners.block"] = block.model_copy(update={"inverse": "partners.unblock"})
    api.operations["partners.unblock"] = block.model_copy(
        update={"name": "partners.unblock", "title": "Let in again"}
    )
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OperationScreen) and app.screen.form)
        await pilot.press(*"late", "f10")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        assert "It can be taken back: Let in again." in shown(app)
        assert "partners.unblock" not in shown(app)


async def test_an_operation_is_previewed_then_done_once_on_the_version_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    api = sample_api()
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OperationScreen) and app.screen.form)
        await pilot.press(*"late", "f10")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        assert "Active: yes → no" in shown(app) and "It cannot be taken back." in shown(app)
        assert [call["dry"] for call in api.arguments("operate")] == [True]
        await pilot.press("f10")
        await until(pilot, lambda: "partners.block is done." in shown(app))
        done = api.arguments("operate")[-1]
        assert done["params"] == {"reason": "late", "supplier": 1} and done["version"] == 1
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))


async def test_a_refused_preview_puts_the_error_on_its_parameter(tmp_path: Path) -> None:
    api = sample_api()
    errors = (FieldError("reason", "too_long", "At most 3 letters."),)
    api.fail["operate"] = [InvalidError(422, "invalid", "Invalid", "Invalid", errors=errors)]
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("3", "enter")
        await until(pilot, lambda: isinstance(app.screen, OperationScreen) and app.screen.form)
        await pilot.press(*"late", "f10")
        await until(pilot, lambda: "At most 3 letters." in shown(app))
        assert app.screen.form.fields["reason"].has_focus_within  # type: ignore[attr-defined]
