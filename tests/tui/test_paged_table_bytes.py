"""What a list of a million rows costs on the line: a cursor move is two lines, a scroll one screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual._compositor import CompositorUpdate

from erp_tui.app import ErpApp
from tests.tui.running import running, until
from tests.tui.sample import million_api
from tests.tui.settle import settled

pytestmark = [pytest.mark.client, pytest.mark.paints]

MOVE, SCROLL = 360, 3_000
"""Bytes at 120x40."""


class Line:
    """Counts what the app would send to its terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.updates: list[int] = []
        original = ErpApp._display

        def display(app: ErpApp, screen: Any, renderable: Any) -> None:
            if isinstance(renderable, CompositorUpdate):
                self.updates.append(len(app.shown.sent(renderable, app.console).encode()))
            original(app, screen, renderable)

        monkeypatch.setattr(ErpApp, "_display", display)


async def test_a_cursor_move_sends_two_lines_and_a_scroll_one_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(monkeypatch)
    alone = {"beside": False}
    async with running(million_api(), "products", tmp_path, size=(120, 40), settings=alone) as (app, pilot):
        table = app.screen.table  # type: ignore[attr-defined]
        for _move in range(4):  # the first ones draw the scroll bar too, once its size is known
            await pilot.press("down")
            await settled(pilot)
        line.updates.clear()
        for _move in range(10):
            await pilot.press("down")
        await settled(pilot)
        moves = sum(line.updates) / 10
        line.updates.clear()
        await pilot.press("pagedown")
        await until(pilot, lambda: table.current_row is not None)
        scroll = max(line.updates)
        print(f"{moves:.0f} bytes a move, {scroll} a scroll")
        assert 0 < moves <= MOVE
        assert 0 < scroll <= SCROLL
