"""An import begun on one terminal is gone on with on another: the columns chosen, the cells mended, the step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erp_tui.app import ErpApp
from screens.imports.import_wizard import CHECK, COLUMNS, ImportWizard
from screens.imports.row_dialog import RowDialog
from screens.imports.source_dialog import SourceDialog
from tests.e2e.clients import client
from tests.e2e.shop import Shop, house_like, open_shop
from tests.tui.running import shown, until
from tests.tui.settle import settled
from widgets.dialogs.draft_offer import DraftOffer

ROWS = "Code,Title,E-mail\nS1,Alder Foods,a@alder.example\nS2,Birch,nobody\n"


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """One for each test: a draft that the one before left on the server would be offered."""
    with house_like(request, tmp_path / "data", "sqlite") as house:
        yield open_shop(house)


def is_open(app: ErpApp) -> bool:
    return isinstance(app.screen, DraftOffer) or (
        isinstance(app.screen, ImportWizard) and app.screen.file is not None
    )


def sessions(shop: Shop) -> list[dict[str, Any]]:
    rows = shop.call("GET", "/imports/")[1]["results"]
    return [shop.call("GET", f"/imports/{row['id']}/")[1] for row in rows]


async def test_an_import_is_finished_on_another_terminal_with_what_was_chosen_and_mended_on_the_first(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    file = tmp_path / "partners.csv"
    file.write_text(ROWS)
    async with client(shop, tmp_path / "dock", monkeypatch, "import suppliers", is_open) as (app, pilot):
        wizard: Any = app.screen
        wizard.file.path.text = str(file)
        await pilot.press("f10")
        await until(pilot, lambda: wizard.frame.index == COLUMNS and wizard.session is not None)
        await until(pilot, lambda: wizard.columns.display and wizard.columns.has_focus_within)
        await choose(app, pilot, wizard, "name", "1")
        await pilot.press("f10")
        await until(pilot, lambda: wizard.frame.index == CHECK and "1 refused" in shown(app))
        await pilot.press("f8")
        await until(pilot, lambda: "nobody" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RowDialog))
        await pilot.press("end", *["backspace"] * 6, *"b@birch.example", "f10")
        await until(pilot, lambda: "0 refused" in shown(app))
        await until(pilot, lambda: app.drafts.all())
        await until(pilot, lambda: all(app.drafts.is_on_server(draft) for draft in app.drafts.all()))
        # The terminal dies here: nothing is left in order.
    async with client(shop, tmp_path / "office", monkeypatch, "import suppliers", is_open) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        assert "on dock" in shown(app)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard) and app.screen.session is not None)
        wizard = app.screen
        await until(pilot, lambda: wizard.frame.index == CHECK and "2 new" in shown(app))
        assert "0 refused" in shown(app), "the cell that was mended there is mended here"
        assert wizard.session.mapping["name"] == {"column": 1}
        assert wizard.file.path.text == str(file)
        await pilot.press("f7")
        await until(pilot, lambda: wizard.frame.index == COLUMNS and "Title" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: wizard.frame.index == CHECK and "0 refused" in shown(app))
        shop.house.start("worker")
        await pilot.press("f10")
        await until(pilot, lambda: "is taken in." in shown(app))
        assert not app.drafts.all()
    session = sessions(shop)[0]
    assert session["state"] == "applied" and session["counts"]["refused"] == 0
    suppliers = {row["code"]: row for row in shop.call("GET", "/suppliers/")[1]["results"]}
    assert suppliers["S2"]["name"] == "Birch" and suppliers["S2"]["email"] == "b@birch.example"


async def choose(app: ErpApp, pilot: Any, wizard: Any, field: str, column: str) -> None:
    """Enter on a field and the column that it comes from; nothing where it is so already."""
    if wizard.session.mapping.get(field) == {"column": int(column)}:
        return
    wizard.post_message(wizard.columns.FieldChosen(field))
    await until(pilot, lambda: isinstance(app.screen, SourceDialog))
    menu = app.screen.query_one("OptionList")
    menu.highlighted = next(i for i, option in enumerate(menu.options) if option.id == column)  # type: ignore[attr-defined]
    await pilot.press("enter")
    await until(pilot, lambda: wizard.session.mapping.get(field) == {"column": int(column)})
    await settled(pilot)


async def test_a_file_whose_sending_was_cut_off_becomes_one_session_when_it_is_sent_again(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    file = tmp_path / "partners.csv"
    file.write_text(ROWS)
    folder = tmp_path / "dock"
    before = len(sessions(shop))

    class CrashError(BaseException):
        """As a kill between the server's answer and the screen."""

    async with client(shop, folder, monkeypatch, "import suppliers", is_open) as (app, pilot):
        with pytest.raises(CrashError):
            async with app.outbox.uploads.sending("imports/suppliers", file, "Send partners.csv") as upload:
                await app.api.upload_import("suppliers", file.name, file, key=upload.key)
                raise CrashError
    assert len(sessions(shop)) == before + 1
    async with client(shop, folder, monkeypatch, "import suppliers", is_open) as (app, pilot):
        await until(pilot, lambda: "was cut off" in " ".join(shown(app).split()))
        wizard: Any = app.screen
        wizard.file.path.text = str(file)
        await pilot.press("f10")
        await until(pilot, lambda: wizard.session is not None)
    assert len(sessions(shop)) == before + 1, "the same file under the same key is the same session"
