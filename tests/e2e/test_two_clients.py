"""P5 seen by people: two real clients on one record of one real server; nothing is overwritten, nothing done twice."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from screens.forms.form_screen import FormScreen
from screens.purchasing.order_wizard import DRAFT, OrderWizard
from screens.purchasing.receiving_screen import ReceivingScreen
from screens.records.detail_screen import DetailScreen
from tests.e2e.clients import client
from tests.e2e.shop import LOCATION, PRODUCT, Shop, house_like, open_shop
from tests.tui.running import shown, until
from widgets.dialogs.draft_offer import DraftOffer
from widgets.dialogs.stale_dialog import StaleDialog

Opened = tuple[ErpApp, Pilot[Any]]


@pytest.fixture(autouse=True)
def fast_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("two") / "data", "sqlite") as house:
        shop = open_shop(house)
        made(shop, "/suppliers/", {"code": "S001", "name": "Prairie Pork"})
        yield shop


def made(shop: Shop, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """What the server answers to a write that it does."""
    status, answer, _headers = shop.call("POST", path, body, key=uuid.uuid4().hex, **headers)
    assert status in (200, 201), answer
    return answer


def ordered(shop: Shop) -> dict[str, Any]:
    """An order of five pieces, as a draft."""
    line = {"product": PRODUCT, "quantity": "5", "unit_price": "2"}
    return made(shop, "/purchase-orders/", {"supplier": "S001", "location": LOCATION, "lines": [line]})


def order_of(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    return shop.call("GET", f"/purchase-orders/{order['id']}/")[1]


@asynccontextmanager
async def two(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch, word: str, screen: type
) -> AsyncIterator[tuple[Opened, Opened]]:
    """The same screen on two terminals at once."""

    def is_open(app: ErpApp) -> bool:
        return isinstance(app.screen, screen) and not app.screen.loading

    async with (
        client(shop, folder / "dock", monkeypatch, word, is_open) as dock,
        client(shop, folder / "office", monkeypatch, word, is_open) as office,
    ):
        yield dock, office


async def edit(opened: Opened, text: str) -> None:
    """F6 on the record, and another supplier reference and note typed."""
    app, pilot = opened
    await until(pilot, lambda: isinstance(app.screen, DetailScreen) and app.screen.record is not None)
    await pilot.press("f6")
    await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.form is not None)
    screen: Any = app.screen
    screen.form.fields["supplier_reference"].focus()
    await pilot.press("end", *text)
    await until(pilot, lambda: screen.form.fields["supplier_reference"].text == text)


async def test_of_two_that_edit_one_order_the_second_sees_was_theirs_and_mine_and_chooses(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(shop)
    word = f"purchase-orders {order['number']}"
    async with two(shop, tmp_path, monkeypatch, word, DetailScreen) as (dock, office):
        await edit(dock, "FIRST")
        await edit(office, "SECOND")
        app, pilot = dock
        await pilot.press("f10")
        await until(pilot, lambda: order_of(shop, order)["supplier_reference"] == "FIRST")
        app, pilot = office
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, StaleDialog))
        text = shown(app)
        assert all(side in text for side in ("was", "theirs", "mine", "FIRST", "SECOND"))
        assert order_of(shop, order)["supplier_reference"] == "FIRST", "nothing is overwritten unseen"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        assert "SECOND" in shown(app), "what was typed stays"
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, StaleDialog))
        await pilot.press("m", "f10")
        await until(pilot, lambda: order_of(shop, order)["supplier_reference"] == "SECOND")


def offers(app: Any) -> list[Any]:
    """What asks whether something was typed before."""
    return [worker for worker in app.workers if worker.group == "draft-offer"]


async def test_of_two_that_receive_one_order_the_second_counts_against_what_came_and_nothing_comes_twice(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(shop)
    made(shop, "/operations/purchasing.confirm/", {"order": order["id"]}, **{"If-Match": '"1"'})
    word = f"receive {order['number']}"
    async with two(shop, tmp_path, monkeypatch, word, ReceivingScreen) as (dock, office):
        for app, pilot in (dock, office):
            await until(pilot, lambda app=app: getattr(app.screen, "entry", None) is not None)
            # Both have asked for drafts before either types one: else the second is offered the first one's.
            await until(pilot, lambda app=app: all(each.is_finished for each in offers(app)))
        for _app, pilot in (dock, office):
            await pilot.press(*PRODUCT, "enter", *"5", "enter")
        app, pilot = dock
        await pilot.press("f10")
        await until(pilot, lambda: shop.on_hand() == 5)
        app, pilot = office
        await pilot.press("f10")
        await until(pilot, lambda: "Somebody changed the order meanwhile" in " ".join(shown(app).split()))
        assert shop.on_hand() == 5, "the same goods are not booked a second time"
    assert Decimal(order_of(shop, order)["lines"][0]["received"]) == 5
    assert sum(shop.moves().values()) == 1


async def test_two_that_go_on_with_one_draft_lose_no_letter_of_either(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_wizard(app: ErpApp) -> bool:
        return isinstance(app.screen, OrderWizard)

    def is_offered(app: ErpApp) -> bool:
        return isinstance(app.screen, DraftOffer)

    async with client(shop, tmp_path / "first", monkeypatch, "po new", is_wizard) as (app, pilot):
        await pilot.press(*"S001", "f10", *PRODUCT, "enter", *"4", "enter")
        await until(pilot, lambda: app.drafts.all())
        await until(pilot, lambda: all(app.drafts.is_on_server(draft) for draft in app.drafts.all()))
    typed = {"dock": "17", "office": "23"}
    async with (
        client(shop, tmp_path / "dock", monkeypatch, "po new", is_offered) as dock,
        client(shop, tmp_path / "office", monkeypatch, "po new", is_offered) as office,
    ):
        for (app, pilot), quantity in zip((dock, office), typed.values(), strict=True):
            await pilot.press("y")
            await until(pilot, lambda app=app: is_wizard(app) and app.screen.is_changed)
            lines = app.screen.steps.lines
            assert lines.lines or lines.fields["product"].text, "both took the same one"
            lines.focus_entry()
            await pilot.press(*PRODUCT, "enter", *quantity)
            await until(pilot, lambda app=app, quantity=quantity: holds(app, quantity))
        for app, pilot in (dock, office):
            await until(
                pilot, lambda app=app: all(app.drafts.is_on_server(each) for each in app.drafts.all())
            )
        kept = shop.call("GET", f"/drafts/{DRAFT}/")[1]["results"]
        texts = [str(each["data"]) for each in kept]
        for quantity in typed.values():
            assert any(quantity in text for text in texts), f"{quantity} is nowhere on the server"
        assert len(texts) == 2, "one went on with the draft, the other's became a copy"


def holds(app: ErpApp, text: str) -> bool:
    return any(text in str(draft.data) for draft in app.drafts.all())
