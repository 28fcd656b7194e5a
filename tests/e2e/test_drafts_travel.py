"""P9 across terminals: what one terminal typed is gone on with at another, over the real server."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from screens.purchasing.order_wizard import OrderWizard
from tests.e2e.clients import client
from tests.e2e.shop import PRODUCT, Shop, house_like, open_shop
from tests.tui.running import shown, until
from widgets.dialogs.draft_offer import DraftOffer


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("drafts") / "data", "sqlite") as house:
        shop = open_shop(house)
        supplier = {"code": "S001", "name": "Prairie Pork"}
        status, body, _headers = shop.call("POST", "/suppliers/", supplier, key=uuid.uuid4().hex)
        assert status == 201, body
        yield shop


@asynccontextmanager
async def terminal(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[ErpApp, Pilot[Any]]]:
    """The client on a machine of its own, signed in as the one person; the order wizard is open."""
    async with client(shop, folder, monkeypatch, "po new", is_new_order) as opened:
        yield opened


def is_new_order(app: ErpApp) -> bool:
    return isinstance(app.screen, OrderWizard | DraftOffer)


async def test_an_order_begun_on_one_terminal_is_finished_on_another_and_offered_nowhere_again(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    async with terminal(shop, tmp_path / "dock", monkeypatch) as (app, pilot):
        await pilot.press(*"S001", "f10", *PRODUCT, "enter", *"4", "enter")
        await until(pilot, lambda: app.drafts.all())
        await until(pilot, lambda: all(app.drafts.is_on_server(draft) for draft in app.drafts.all()))
        # The terminal dies here: nothing is left in order.
    async with terminal(shop, tmp_path / "office", monkeypatch) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        assert "on dock. It was not sent." in shown(app)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, OrderWizard) and app.screen.is_changed)
        wizard: Any = app.screen
        assert wizard.steps.frame.index == 1 and wizard.steps.head.supplier is not None
        lines = wizard.steps.lines
        if not lines.lines:
            lines.fields["unit_price"].text = "2"
            assert lines.finish_entry()
        else:
            lines.lines[0] = {**lines.lines[0], "unit_price": "2.000000"}
        await pilot.press("f8")
        await until(pilot, lambda: "Nothing is ordered yet" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "is created as a draft." in shown(app))
        await until(pilot, lambda: not app.drafts.gone())
    async with terminal(shop, tmp_path / "dock", monkeypatch) as (app, pilot):
        await until(pilot, lambda: not app.drafts.all())
        assert isinstance(app.screen, OrderWizard)
