"""A table that is pasted where a file is asked for: taken as one, kept on disk, and gone on with after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from screens.imports.import_wizard import COLUMNS, FILE, ImportWizard
from tests.tui.running import running, shown, until
from tests.tui.trade import TradeApi
from widgets.dialogs.draft_offer import DraftOffer

pytestmark = pytest.mark.client

TABLE = "sku\twhat\r" + "".join(f"A{number}\tThing [/{number}]\r" for number in range(1, 12))
"""As a terminal sends what a spreadsheet gives: tabs between cells, and a carriage return after each row."""


def wizard_of(app: object) -> ImportWizard:
    screen = app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, ImportWizard)
    return screen


async def test_a_pasted_table_is_the_file_and_goes_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was refused goes into the folder in which the person works.
    monkeypatch.chdir(tmp_path)
    api = TradeApi()
    async with running(api, "import products", tmp_path) as (app, pilot):
        app.post_message(events.Paste(TABLE))
        await until(pilot, lambda: "A pasted table, 12 lines." in shown(app))
        assert "Thing [/11]" not in shown(app) and "Thing [/1]" in shown(app), (
            "its beginning is shown, as it is"
        )
        file = wizard_of(app).file
        assert file is not None
        kept = file.path.path
        assert kept.read_text() == TABLE.replace("\r", "\n") and kept.suffix == ".tsv"
        assert kept.stat().st_mode & 0o077 == 0, "others cannot read it"
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        assert wizard_of(app).frame.index == COLUMNS  # type: ignore[union-attr]
        assert api.counts["upload_import"] == 1
        await pilot.press("f10")
        await until(pilot, lambda: "1 new · 1 changed" in shown(app))
        await pilot.press("f10", "y")
        await until(pilot, lambda: "is taken in." in shown(app))
        await until(pilot, lambda: not kept.exists())
        assert list(tmp_path.glob("pasted *-rejects.csv"))


async def test_a_pasted_table_outlives_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    async with running(TradeApi(), "import products", tmp_path) as (app, pilot):
        app.post_message(events.Paste(TABLE))
        await until(pilot, lambda: "A pasted table, 12 lines." in shown(app))
        await until(pilot, lambda: app.drafts.all())
        # The terminal dies here: nothing is left in order.
    async with running(TradeApi(), "import products", tmp_path) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        file = wizard_of(app).file
        assert file is not None
        assert file.path.path.read_text() == TABLE.replace("\r", "\n")
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))


async def test_a_paste_of_one_line_is_a_path_still(tmp_path: Path) -> None:
    async with running(TradeApi(), "import products", tmp_path) as (app, pilot):
        app.post_message(events.Paste("/no/such/file.csv\n"))
        file = wizard_of(app).file
        assert file is not None
        await until(pilot, lambda: file.path.text == "/no/such/file.csv")
        assert wizard_of(app).frame.index == FILE  # type: ignore[union-attr]


async def test_a_table_that_the_disk_refuses_is_said_and_nothing_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("erp_tui.core.kept.pasted.write_atomically", refuse)
    async with running(TradeApi(), "import products", tmp_path) as (app, pilot):
        app.post_message(events.Paste(TABLE))
        await until(pilot, lambda: "could not be kept: No space left" in shown(app))
        file = wizard_of(app).file
        assert file is not None and file.path.is_empty


async def test_a_table_may_be_pasted_before_it_is_said_what_it_goes_into(tmp_path: Path) -> None:
    async with running(TradeApi(), "import", tmp_path) as (app, pilot):
        app.post_message(events.Paste(TABLE))
        await until(pilot, lambda: "A pasted table, 12 lines." in shown(app))
        file = wizard_of(app).file
        assert file is not None and file.into.input.has_focus, "that is to be said yet"
