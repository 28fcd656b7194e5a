"""What forms, operations and wizards promise together: refusals land where they are mended, a window may shrink."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.core.remote.models import OperationDescription
from screens.forms.operation_screen import OperationScreen
from screens.purchasing.order_wizard import OrderWizard
from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import BLOCK, field, sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi
from widgets.dialogs.stale_dialog import StaleDialog
from widgets.lines.conflict import Conflict

pytestmark = pytest.mark.client

ADJUST = OperationDescription.model_validate(
    {
        "name": "partners.adjust",
        "title": "Adjust",
        "target": {"resource": "suppliers", "parameter": "supplier"},
        "parameters": [field("reason", required=True).model_dump(), field("note").model_dump()],
        "lines": {
            "name": "lines",
            "fields": [
                field("code", required=True).model_dump(),
                field("quantity", "quantity", required=True).model_dump(),
            ],
        },
        "etag": "a1",
    }
)


def refusal(*fields: tuple[str, str]) -> InvalidError:
    errors = tuple(FieldError(name, "invalid", message) for name, message in fields)
    return InvalidError(422, "invalid", "Invalid", "Invalid", errors=errors)


def operation(api: FakeApi, described: OperationDescription) -> OperationScreen:
    api.operations[described.name] = described
    return OperationScreen(described.name, FakeApi._record(api.resources["suppliers"].rows[0]))


async def test_a_refused_parameter_of_an_operation_is_mended_in_its_place(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "", tmp_path) as (app, pilot):
        screen = operation(api, BLOCK)
        app.push_screen(screen)
        await until(pilot, lambda: screen.form is not None)
        api.fail["operate"] = [refusal(("reason", "Say more than that."))]
        await pilot.press(*"x", "f10")
        await until(pilot, lambda: "✗ Say more than that." in shown(app))
        assert screen.form is not None and screen.form.fields["reason"].has_focus_within
        assert screen.form.fields["reason"].text == "x"


async def test_a_refused_line_of_an_operation_opens_at_its_cell(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "", tmp_path) as (app, pilot):
        screen = operation(api, ADJUST)
        app.push_screen(screen)
        await until(pilot, lambda: screen.lines is not None)
        await pilot.press(
            *"why", "enter", "enter", *"A", "enter", *"1", "enter", *"B", "enter", *"2", "enter"
        )
        api.fail["operate"] = [refusal(("lines[1].quantity", "There is only one of B."))]
        await pilot.press("f10")
        await until(pilot, lambda: "There is only one of B." in shown(app))
        lines: Any = screen.lines
        assert lines.editing == 1 and lines.fields["quantity"].has_focus_within


async def test_a_window_that_shrinks_in_the_middle_of_a_wizard_loses_nothing(tmp_path: Path) -> None:
    async with running(TradeApi(), "po new", tmp_path, size=(80, 24)) as (app, pilot):
        await pilot.press(*"S001", "f10", *"P1", "enter", *"4", "enter", *"P2", "enter", *"1")
        for size in ((20, 5), (120, 40), (20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            await pilot.press("2")
        screen = app.screen
        assert isinstance(screen, OrderWizard) and screen.steps is not None
        lines = screen.steps.lines
        await until(pilot, lambda: lines.fields["quantity"].text == "12222")
        assert screen.steps.frame.index == 1 and lines.fields["product"].text == "P2"
        assert [line["quantity"] for line in lines.lines] == ["4.000000"]
        assert "▸ 2 Lines" in shown(app)


async def test_of_many_conflicts_the_one_under_the_cursor_is_always_in_sight_and_told_whole(
    tmp_path: Path,
) -> None:
    conflicts = [
        Conflict(f"f{n}", f"Field {n}", "was", f"theirs {n}", f"mine {n} " + "and a long text " * 3)
        for n in range(30)
    ]
    async with running(sample_api(), "", tmp_path, size=(80, 24)) as (app, pilot):
        app.push_screen(StaleDialog("Order 10023", conflicts))
        await until(pilot, lambda: "Field 0" in shown(app))
        for number in (*range(1, 30), *range(28, -1, -1)):
            await pilot.press("down" if number > 0 and app.screen.cursor < number else "up")  # type: ignore[attr-defined]
            await settled(pilot)
            now = app.screen.cursor  # type: ignore[attr-defined]
            lines = shown(app).split("\n")
            assert any(f"Field {now} " in line for line in lines), shown(app)
            assert "mine: mine" in shown(app), "a value that the column cuts is told whole below"
            assert "F10: save" in shown(app)
