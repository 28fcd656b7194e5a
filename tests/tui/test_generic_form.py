"""The generic form: drawn from its description, nothing typed is lost, errors stand where they belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import FieldError, InvalidError, OutcomeUnknown
from screens.forms.form_screen import FormScreen
from screens.lists.list_screen import ListScreen
from screens.records.detail_screen import DetailScreen
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.stale_dialog import StaleDialog

pytestmark = [pytest.mark.client, pytest.mark.usefixtures("generic_orders")]


def form_of(app: Any) -> Any:
    return app.screen.form


async def test_enter_goes_from_field_to_field_and_f10_creates_once_with_a_key(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(
            *"ACME", "enter", *"Acme [/x]", "enter", *"12*3", "enter", *"2.5", "enter", *"7", "enter"
        )
        await pilot.press(*"2802", "enter")
        assert app.screen.form.fields["active"].has_focus_within  # type: ignore[attr-defined]
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        (sent,) = api.arguments("create")
        assert sent["data"]["code"] == "ACME" and sent["data"]["name"] == "Acme [/x]"
        assert sent["data"]["credit_limit"] == "36.0000" and sent["data"]["minimum_order"] == "2.500000"
        assert sent["data"]["lead_time"] == 7 and sent["data"]["since"].endswith("-02-28")
        assert sent["data"]["active"] is True and "note" not in sent["data"]
        assert sent["key"]


async def test_bad_input_stays_with_a_sentence_and_the_cursor_stays_too(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        form = form_of(app)
        form.fields["credit_limit"].focus()
        await pilot.press(*"12x", "enter")
        await settled(pilot)
        assert form.fields["credit_limit"].text == "12x"
        assert form.fields["credit_limit"].has_focus_within
        assert "is not a number" in shown(app)
        await pilot.press("tab")
        assert form.fields["credit_limit"].text == "12x"


async def test_errors_of_the_server_land_on_their_fields_with_the_cursor_in_the_first(tmp_path: Path) -> None:
    api = sample_api()
    errors = (
        FieldError("name", "duplicate", "This name is taken."),
        FieldError("lead_time", "too_large", "At most 90 days."),
        FieldError("", "contradiction", "A blocked supplier cannot be active."),
    )
    api.fail["create"] = [InvalidError(422, "invalid", "Invalid", "Invalid", errors=errors)]
    async with running(api, "suppliers new", tmp_path, size=(100, 30)) as (app, pilot):
        await pilot.press(*"ACME", "enter", *"Acme", "f10")
        await until(pilot, lambda: "This name is taken." in shown(app))
        form = form_of(app)
        assert form.fields["name"].has_focus_within
        assert "At most 90 days." in shown(app)
        assert "A blocked supplier cannot be active." in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        first, second = api.arguments("create")
        assert first["key"] != second["key"], "a refused intent is over"


async def test_only_what_was_changed_is_sent_with_the_version_that_it_was_changed_from(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "suppliers S002", tmp_path) as (app, pilot):
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        form_of(app).fields["name"].focus()
        await settled(pilot)
        await pilot.press(*"Better", "f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        (sent,) = api.arguments("update")
        assert sent == {"resource": "suppliers", "id": 2, "data": {"name": "Better"}, "version": 1}
        await until(pilot, lambda: "Better" in shown(app))


async def test_a_stale_record_shows_three_sides_and_saves_the_chosen_values(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers S002", tmp_path) as (app, pilot):
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        row = api.resources["suppliers"].rows[1]
        row |= {"name": "Theirs", "lead_time": 99, "version": 2}
        form_of(app).fields["name"].focus()
        await settled(pilot)
        await pilot.press(*"Mine", "f10")
        await until(pilot, lambda: isinstance(app.screen, StaleDialog))
        await until(
            pilot, lambda: "Theirs" in shown(app) and "Mine" in shown(app) and "Supplier 2" in shown(app)
        )
        assert "Changed by somebody else and kept: Lead time." in shown(app)
        await pilot.press("m", "f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert api.arguments("update")[-1]["version"] == 2
        assert row["name"] == "Mine" and row["lead_time"] == 99


async def test_stale_lines_are_chosen_field_by_field_and_what_somebody_added_stays(tmp_path: Path) -> None:
    api = sample_api()
    order = api.resources["purchase-orders"].rows[0]
    order["lines"] = [
        {
            "id": n,
            "product": n - 70,
            "product_code": f"P{n - 70}",
            "quantity": "1.000000",
            "unit_price": "1.000000",
        }
        for n in (71, 72, 73)
    ]
    async with running(api, "purchase-orders 10023", tmp_path) as (app, pilot):
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.lines)
        lines = app.screen.lines  # type: ignore[attr-defined]
        lines.edit(0)
        lines.fields["quantity"].text = "5"
        assert lines.finish_entry()
        lines.edit(1)
        lines.fields["unit_price"].text = "9"
        assert lines.finish_entry()
        lines.table.focus()
        await settled(pilot)
        lines.table.cursor = 2
        await pilot.press("delete")
        theirs = [dict(line) for line in order["lines"]]
        theirs[0] |= {"quantity": "7.000000", "note": "theirs"}
        theirs.append(
            {"id": 74, "product": 4, "product_code": "P4", "quantity": "4.000000", "unit_price": "1.000000"}
        )
        order |= {"lines": theirs, "version": 4}
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, StaleDialog))
        text = shown(app)
        assert "! Line 1 Quantity" in text and "  Line 2 Unit price" in text and "taken out" in text
        assert "kept: P4 4 1.00" in text and "▸7" in text
        await pilot.press("f10")
        await until(pilot, lambda: len(api.arguments("update")) == 2)
        sent = {line.get("id"): line for line in api.arguments("update")[-1]["data"]["lines"]}
        assert set(sent) == {71, 72, 74}, "what I took out is out, what they added stays"
        assert sent[71]["quantity"] == "7.000000", "a real conflict is theirs until mine is chosen"
        assert sent[71]["note"] == "theirs" and sent[72]["unit_price"] == "9.000000"


async def test_escape_asks_only_when_something_was_typed(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and form_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and form_of(app))
        await pilot.press("x", "escape")
        await until(pilot, lambda: "Throw away what you typed?" in shown(app))
        await pilot.press("enter")
        await settled(pilot)
        assert "Throw away what you typed?" in shown(app), "Enter is typed ahead most and confirms nothing"
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))


async def test_what_was_typed_is_offered_again_after_the_screen_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME", "enter", *"Acm", "f3")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))
        app.open_word("suppliers new")
        await until(pilot, lambda: "Go on with what you typed here before?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "ACME" in shown(app) and "Acm" in shown(app))


async def test_an_unanswered_save_is_never_called_failed_and_is_settled_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.forms.sending.CHECK_AGAIN_AFTER", (0.01,))
    api = sample_api()
    api.fail["create"] = [OutcomeUnknown("k")]
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME", "enter", *"Acme", "f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        first, second = api.arguments("create")
        assert first["key"] == second["key"]


async def test_f8_shows_what_would_change_without_changing_it(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME", "enter", *"Acme", "f8")
        await until(pilot, lambda: "F10 does it" in shown(app))
        assert "Name: – → Acme" in shown(app)
        assert [call["dry"] for call in api.arguments("create")] == [True]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        assert form_of(app).fields["name"].text == "Acme"


async def test_a_choice_is_taken_by_the_start_of_its_title(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        form_of(app).fields["terms"].focus()
        await pilot.press(*"ca", "enter")
        await settled(pilot)
        assert form_of(app).fields["terms"].value == "cash"
        assert form_of(app).fields["terms"].text == "Cash"


async def test_lines_grow_on_enter_and_are_sent_with_the_document(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "enter", *"t", "enter")
        await pilot.press(*"P1", "enter", *"3", "enter", *"1.25", "enter")
        await pilot.press(*"P2", "enter", *"2*6", "enter", *"0.5", "enter")
        await until(pilot, lambda: "2 lines · total 9.75" in shown(app))
        assert "Product 1" in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        (sent,) = api.arguments("create")
        assert sent["data"]["supplier"] == 1
        assert sent["data"]["lines"] == [
            {"product": 1, "quantity": "3.000000", "unit_price": "1.250000"},
            {"product": 2, "quantity": "12.000000", "unit_price": "0.500000"},
        ]


async def test_an_error_in_a_line_opens_that_line_at_its_field(tmp_path: Path) -> None:
    api = sample_api()
    errors = (FieldError("lines[1].quantity", "too_small", "The supplier delivers ten or more."),)
    api.fail["create"] = [InvalidError(422, "invalid", "Invalid", "Invalid", errors=errors)]
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "enter", *"t", "enter")
        await pilot.press(
            *"P1", "enter", *"30", "enter", *"1", "enter", *"P2", "enter", *"2", "enter", *"1", "enter"
        )
        await pilot.press("f10")
        await until(pilot, lambda: "The supplier delivers ten or more." in shown(app))
        lines = app.screen.lines  # type: ignore[attr-defined]
        assert lines.editing == 1
        assert lines.fields["quantity"].has_focus_within
        await pilot.press(*"10", "enter")
        await settled(pilot)
        assert lines.lines[1]["quantity"] == "10.000000"
        assert lines.lines[1]["product"] == 2


async def test_a_removed_line_can_be_put_back(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "po 10023", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Product 2" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.lines)
        lines = app.screen.lines  # type: ignore[attr-defined]
        lines.table.focus()
        await settled(pilot)
        await pilot.press("delete")
        assert lines.lines == []
        await pilot.press("ctrl+r")
        assert lines.lines[0]["product"] == 2
