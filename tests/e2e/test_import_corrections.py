"""A workbook's odd texts are settled and corrected alike at the screen, on the real server, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from erp_tui.app import ErpApp
from screens.imports.import_wizard import CHECK, COLUMNS, ImportWizard
from screens.imports.values_dialog import ValuesDialog
from tests.e2e.clients import client
from tests.e2e.shop import Shop, house_like, open_shop
from tests.tui.running import shown, until
from tests.tui.settle import Deadline, settled
from widgets.dialogs.pick_dialog import PickDialog

ROWS = (
    ("Price list",),
    (),
    ("Code", "Name", "Base unit", "Standard cost"),
    ("E2E-1", "Alpha", "Kilogramm", "dear"),
    ("E2E-2", "Beta", "Kilogramm", "dear"),
    ("Total", None, None, None),
)


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("corrections") / "data", "sqlite") as house:
        yield open_shop(house)


def workbook(path: Path) -> Path:
    book = Workbook()
    book.active.title = "Prices"
    for row in ROWS:
        book.active.append(row)
    book.create_sheet("Old").append(("nothing",))
    book.save(path)
    return path


def is_open(app: ErpApp) -> bool:
    return isinstance(app.screen, ImportWizard) and app.screen.file is not None


async def test_texts_are_settled_the_rest_corrected_alike_and_the_next_file_needs_neither(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    file = workbook(tmp_path / "prices.xlsx")
    if not shop.call("GET", "/units/?filter=code=KG")[1]["results"]:
        status, _answer = shop.call("POST", "/units/", {"code": "KG", "name": "Kilogram"}, key="unit")[:2]
        assert status == 201
    async with client(shop, tmp_path / "dock", monkeypatch, f"import products {file}", is_open) as (
        app,
        pilot,
    ):
        wizard: Any = app.screen
        await until(pilot, lambda: "Its sheets:" in shown(app) and "Prices" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: wizard.frame.index == COLUMNS and wizard.session is not None)
        await until(pilot, lambda: "3 rows left out" in " ".join(shown(app).split()))
        await pilot.press("f10")
        await until(pilot, lambda: wizard.frame.index == CHECK and "2 refused" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, ValuesDialog) and "Kilogramm" in shown(app))
        values: Any = app.screen
        number = next(n for n, each in enumerate(values.decisions.values) if each.text == "Kilogramm")
        await pilot.press(*["down"] * number, "enter")
        await until(pilot, lambda: "What is “Kilogramm”" in shown(app))
        await pilot.press("tab", *"KG", "enter")
        await until(pilot, lambda: isinstance(app.screen, ValuesDialog) and "→ KG" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is wizard and "“dear” is not a number" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Row 4 of the file" in shown(app))
        await pilot.press(*["backspace"] * 4, *"1.50", "f6")
        await until(
            pilot, lambda: app.screen is wizard and "2 new" in shown(app) and "0 refused" in shown(app)
        )
        await pilot.press("ctrl+y", "enter")
        await until(pilot, lambda: "Write the mapping" in shown(app))
        await pilot.press("enter")
        document = tmp_path / "prices-mapping.yaml"
        await until(pilot, document.exists)
        assert "Kilogramm: KG" in document.read_text()
        shop.house.start("worker")
        await pilot.press("f10")
        await until(pilot, lambda: "is taken in." in shown(app))
        made = {row["code"]: row for row in shop.call("GET", "/products/?q=E2E")[1]["results"]}
        assert {row["unit_code"] for row in made.values()} == {"KG"} and len(made) == 2
        await pilot.press("end", "enter")
        await until(pilot, lambda: "2 records that it made are deleted" in " ".join(shown(app).split()))
        await pilot.press("y")
        await until(pilot, lambda: "Undone." in shown(app))
        assert not shop.call("GET", "/products/?q=E2E")[1]["results"]
        # What was kept of it is gone on the server too, before another terminal asks.
        deadline = Deadline()
        while (await app.api.drafts("import")).drafts:
            assert not deadline.is_up
            await settled(pilot)
    async with client(shop, tmp_path / "office", monkeypatch, f"import products {file}", is_open) as (
        app,
        pilot,
    ):
        wizard = app.screen
        await pilot.press("f10")
        await until(pilot, lambda: "last time" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: wizard.frame.index == CHECK and "2 refused" in shown(app))
        assert "Kilogramm" not in shown(app), "what was said of a text is remembered; a corrected cell is not"
        assert not isinstance(app.screen, PickDialog)
