"""What the import wizard says while a file is looked at: what is needed, in which field something is wrong, what a key does."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.core.remote.models import Description, Meta
from screens.imports.import_wizard import ImportWizard
from tests.tui.fake_api import FakeResource
from tests.tui.running import running, shown, until
from tests.tui.sample import field
from tests.tui.trade import ORDERS, TradeApi
from widgets.dialogs.draft_offer import DraftOffer

pytestmark = pytest.mark.client

AMBIGUOUS = {
    "field": "lines.wanted_on",
    "value": "03/04/2026",
    "code": "ambiguous",
    "message": "May be two days.",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small tables by paths that are the same everywhere; dialogs take keys from the moment that they are seen."""
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    for name in ("f.csv", "other.csv"):
        (tmp_path / name).write_text("sku,what\nA1,[/x]\nA2,Bet\x1ba\nP1,New\n")
    monkeypatch.chdir(tmp_path)


class OrderApi(TradeApi):
    """Purchase orders that take files, found by the number that their file has for them."""

    def __init__(self) -> None:
        super().__init__()
        lines = ORDERS.lines
        assert lines is not None
        number = field("number", "code", read_only=True, required=True)
        described = ORDERS.model_copy(
            update={
                "key": "number",
                "fields": [number, *ORDERS.fields[1:], field("external_id", title="External id")],
                "lines": lines.model_copy(
                    update={
                        "fields": [
                            field("number", "integer", title="Line", read_only=True, required=True),
                            *lines.fields[1:],
                            field("wanted_on", "date", title="Wanted on"),
                        ]
                    }
                ),
            }
        )
        self.resources["purchase-orders"] = FakeResource(described, [self.order])
        self.recognised = {
            "mapping": {"lines.product": {"column": 0}, "lines.wanted_on": {"column": 1}},
            "match_on": "external_id",
            "may_match_on": ["number", "external_id"],
        }

    async def meta(self) -> Meta:
        meta = await super().meta()
        entry = meta.resources["purchase-orders"]
        may = entry.may.model_copy(update={"import_": True})
        entries = {**meta.resources, "purchase-orders": entry.model_copy(update={"may": may})}
        return meta.model_copy(update={"resources": entries})

    def described(self) -> Description:
        return self.resources["purchase-orders"].description


def row_of(screen: str, beginning: str) -> str:
    """The line of the screen that begins so."""
    return next(line.strip() for line in screen.splitlines() if line.strip().startswith(beginning))


async def test_of_a_document_its_own_number_is_asked_for_and_none_that_we_give_out(tmp_path: Path) -> None:
    async with running(OrderApi(), "import purchase-orders f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        assert "choose: Enter" in row_of(shown(app), "External id *")
        assert "*" not in row_of(shown(app), "Number") and "*" not in row_of(shown(app), "Line: Line")
        assert "choose" not in row_of(shown(app), "Number") + row_of(shown(app), "Line: Line")


async def test_a_field_that_has_got_its_column_stays_under_the_cursor(tmp_path: Path) -> None:
    api = TradeApi()
    api.recognised = {"mapping": {"name": {"column": 1}}, "mapped_by": {"name": "name"}}
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        screen = app.screen
        assert isinstance(screen, ImportWizard)
        await until(pilot, lambda: screen.columns.table.current_row is not None)
        await pilot.press("down", "down")
        await until(pilot, lambda: (screen.columns.table.current_row or {}).get("id") == "on_hand")
        await pilot.press("enter", "end", "enter")
        await until(pilot, lambda: "left over" in row_of(shown(app), "On hand"))
        assert (screen.columns.table.current_row or {}).get("id") == "on_hand"


async def test_what_is_wrong_in_a_line_is_named_by_its_title_and_a_date_of_a_line_is_asked_about(
    tmp_path: Path,
) -> None:
    api = OrderApi()
    api.more_issues = [AMBIGUOUS]
    async with running(api, "import purchase-orders f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "What is “03/04/2026” in “Line: Wanted on”" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "1 refused" in shown(app))
        await pilot.press("f8")
        await until(pilot, lambda: "✗ Line: Wanted on “03/04/2026”: May be two days." in shown(app))
        assert "lines.wanted_on" not in shown(app)


async def test_a_change_shows_a_number_as_lists_do_and_a_text_as_it_is(tmp_path: Path) -> None:
    api = TradeApi()
    api.recognised = {"mapping": {"code": {"column": 0}, "on_hand": {"column": 1}, "name": {"column": 2}}}
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        values = {"code": "P1", "on_hand": "7.950000", "name": "1.50"}
        api.file_rows[2] |= {"values": values, "old": {"on_hand": "7.620000", "name": "1.5"}}
        await pilot.press("f10")
        await until(pilot, lambda: "On hand: 7.62 → 7.95, Name: 1.5 → 1.50" in shown(app))


async def test_the_dialog_of_a_row_names_the_field_of_what_is_wrong(tmp_path: Path) -> None:
    async with running(TradeApi(), "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "1 refused" in shown(app))
        await pilot.press("f8", "enter")
        await until(pilot, lambda: "Row 3 of the file" in shown(app))
        assert "✗ Name: There is a control character. Type it anew." in shown(app)


async def test_the_last_key_says_that_it_takes_the_file_in(tmp_path: Path) -> None:
    async with running(TradeApi(), "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        assert "F10 Next" in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: "1 refused" in shown(app))
        await until(pilot, lambda: "F10 Take in" in shown(app))


async def test_a_refusal_is_told_by_the_title_of_the_field_and_goes_once_it_is_mended(tmp_path: Path) -> None:
    api = TradeApi()
    wrong = FieldError("mapping.on_hand", "invalid", "Map a column.")
    api.fail["operate"] = [InvalidError(422, "invalid", "Invalid", errors=(wrong,))]
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "✗ On hand: Map a column." in shown(app))
        await pilot.press("end", "enter")
        await until(pilot, lambda: "What goes into" in shown(app))
        await pilot.press("end", "enter")
        await until(pilot, lambda: api.counts["patch_import"] == 1)
        await until(pilot, lambda: "Map a column." not in shown(app))


async def test_a_file_that_is_named_is_begun_at_once_and_only_its_own_draft_is_offered(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: not isinstance(app.screen, ImportWizard))
        app.open_word("import products other.csv")
        await until(pilot, lambda: "other.csv, " in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "other.csv · 3 rows" in shown(app))
        assert not isinstance(app.screen, DraftOffer)
        await pilot.press("f3")
        await until(pilot, lambda: not isinstance(app.screen, ImportWizard))
        app.open_word("import products f.csv")
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        assert "f.csv" in shown(app)
