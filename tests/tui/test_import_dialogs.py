"""What may be said of a file on its way in: its sheet, its rows, its texts, its mapping, and what is refused of it."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.core.remote.models import Description, Preview
from screens.imports.import_wizard import ImportWizard
from screens.imports.row_dialog import RowDialog
from screens.imports.value_dialog import ValueDialog
from screens.imports.values_dialog import ValuesDialog
from tests.tui.running import running, shown, until
from tests.tui.trade import TradeApi
from widgets.dialogs.pick_dialog import PickDialog

pytestmark = pytest.mark.client

BOOK = {
    "dialect": {
        "format": "xlsx",
        "encoding": "",
        "delimiter": "",
        "quote": "",
        "sheet": "Prices",
        "sheets": [{"name": "Prices"}, {"name": "Old [/x]", "hidden": True}],
        "header_row": 3,
        "skipped": [{"row": 1, "rows": 2, "reason": "title", "text": "Price list"}],
        "skipped_rows": 2,
    }
}
UNKNOWN = {
    "field": "name",
    "title": "Name",
    "resource": "suppliers",
    "text": "McKesson",
    "rows": 12,
    "first_row": 4,
    "may_create": True,
    "create": {"code": "McKesson", "name": "McKesson"},
    "alike": ["Mc Kesson"],
    "proposals": [{"record": 1, "code": "S001", "label": "S001 Prairie [/x]", "score": 1}],
}
ALIKE = {**UNKNOWN, "text": "Mc Kesson", "rows": 2, "alike": ["McKesson"], "proposals": []}


@pytest.fixture(autouse=True)
def at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small table by a path that is the same everywhere; dialogs take keys from the moment that they are seen."""
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    (tmp_path / "f.csv").write_text("sku,what\nA1,[/x]\nA2,Bet\x1ba\nP1,New\n")
    monkeypatch.chdir(tmp_path)


def says(app: Any, text: str) -> bool:
    return text in " ".join(shown(app).split())


async def at_the_columns(pilot: Any, app: Any) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: "comes from" in shown(app))


async def at_the_check(pilot: Any, app: Any) -> None:
    await at_the_columns(pilot, app)
    await pilot.press("f10")
    await until(pilot, lambda: "1 refused" in shown(app))


async def test_a_workbook_is_looked_into_and_another_sheet_and_other_rows_are_taken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", '<sheets><sheet name="Prices &amp; [/x]" sheetId="1"/></sheets>')
    api = TradeApi()
    api.recognised = BOOK
    async with running(api, "import products f.xlsx", tmp_path) as (app, pilot):
        await until(pilot, lambda: says(app, "Its sheets: Prices & [/x]"))
        assert api.counts["upload_import"] == 0
        await at_the_columns(pilot, app)
        assert says(app, "a workbook · sheet “Prices” of 2") and says(app, "2 rows left out")
        assert "Delimiter" not in shown(app), "what a workbook does not have is not asked"
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "Old [/x] (hidden)" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: api.arguments("patch_import") == [{"dialect": {"sheet": "Old [/x]"}}])
        await pilot.press("ctrl+x")
        await until(pilot, lambda: says(app, "1-2 above the headings Price list"))
        await pilot.press(*["down"] * 3, *"7-9, 12", "f10")
        await until(pilot, lambda: api.counts["patch_import"] == 2)
        assert api.arguments("patch_import")[-1] == {"dialect": {"skip_rows": [7, 8, 9, 12]}}


async def test_the_field_by_which_rows_find_their_records_is_chosen(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_columns(pilot, app)
        await pilot.press("ctrl+u")
        await until(pilot, lambda: says(app, "Code + Name"))
        await pilot.press("down", "enter")
        await until(pilot, lambda: api.arguments("patch_import") == [{"match_on": "name"}])


async def test_how_the_column_under_the_cursor_is_read_is_chosen_where_there_is_a_choice(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    api.recognised = {"mapping": {"code": {"column": 0}, "on_hand": {"column": 1}}}
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_columns(pilot, app)
        await pilot.press("f2")
        await until(pilot, lambda: says(app, "Code: there is nothing to choose."))
        await pilot.press("down", "f2")
        await until(pilot, lambda: says(app, "How is “On hand” read?"))
        await pilot.press("end", "enter")
        await until(pilot, lambda: api.counts["patch_import"] == 1)
        source = api.arguments("patch_import")[0]["mapping"]["on_hand"]
        assert source == {"column": 1, "decimal_mark": ","}
        await until(pilot, lambda: "decimal comma" in shown(app))
        await pilot.press("f2", "home", "enter")
        await until(pilot, lambda: api.counts["patch_import"] == 2)
        assert api.arguments("patch_import")[1]["mapping"]["on_hand"] == {"column": 1}


async def test_a_text_that_means_nothing_is_settled_once_with_its_other_spellings_and_the_rows_checked_again(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    api.unknown = [UNKNOWN, ALIKE]
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, ValuesDialog) and "? S001 Prairie" in shown(app))
        assert api.counts["settle_values"] == 0, "what is proposed is not applied unasked"
        await pilot.press("enter")
        await until(pilot, lambda: "S001 Prairie [/x] (spelled otherwise)" in shown(app))
        await pilot.press("f6", "enter")
        await until(pilot, lambda: shown(app).count("→ S001 Prairie") == 2)
        await pilot.press("f10")
        await until(pilot, lambda: "0 refused" in shown(app))
        assert api.arguments("settle_values") == [
            [
                {"field": "name", "text": "McKesson", "use": 1},
                {"field": "name", "text": "Mc Kesson", "use": 1},
            ]
        ]
        assert [call["name"] for call in api.arguments("operate")] == ["imports.validate"] * 2


async def test_what_the_server_refuses_of_a_new_record_leaves_all_that_was_said(tmp_path: Path) -> None:
    api = TradeApi()
    api.unknown = [UNKNOWN, ALIKE]
    wrong = FieldError("values[0].create.code", "invalid", "The code is too long.")
    api.fail["settle_values"] = [InvalidError(422, "invalid", "Invalid", errors=(wrong,))]
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f6", "enter", "down", "enter")
        await until(pilot, lambda: says(app, "Supplier for “McKesson”"))
        await pilot.press("f10")
        await until(pilot, lambda: "→ new: McKesson" in shown(app))
        await pilot.press("enter", "end", "enter")
        await until(pilot, lambda: "→ leave the row out" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: says(app, "✗ Code: The code is too long."))
        assert "→ new: McKesson" in shown(app) and "→ leave the row out" in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: api.counts["settle_values"] == 2)
        made, skipped = api.arguments("settle_values")[-1]
        assert made["create"]["code"] == "McKesson" and skipped["skip"] == "row"


async def test_another_record_is_looked_up_by_its_code(tmp_path: Path) -> None:
    api = TradeApi()
    api.unknown = [ALIKE]
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f6", "enter")
        await until(pilot, lambda: isinstance(app.screen, ValueDialog))
        await pilot.press("tab", *"S001", "enter")
        await until(pilot, lambda: isinstance(app.screen, ValuesDialog) and "→ S001 Prairie" in shown(app))


async def test_the_same_fix_goes_to_all_cells_that_read_alike(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f8", "enter", *"Beta", "f6")
        await until(pilot, lambda: "0 refused" in shown(app))
        assert api.arguments("fix_alike") == [(1, "Bet\x1ba", "Beta")] and not api.counts["patch_cells"]


async def test_a_date_that_can_be_read_in_two_ways_is_asked_once_for_its_column(tmp_path: Path) -> None:
    api = TradeApi()
    api.recognised = {"mapping": {"code": {"column": 0}, "on_hand": {"column": 1}}}
    fields = api.resources["products"].description.fields
    dated = [each.model_copy(update={"type": "date"}) if each.name == "on_hand" else each for each in fields]
    described = api.resources["products"].description.model_copy(update={"fields": dated})
    api.resources["products"].description = described
    api.more_issues = [
        {"column": 1, "field": "on_hand", "value": "03/04/2026", "code": "ambiguous", "message": "Two ways."}
    ]
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await until(pilot, lambda: isinstance(app.screen, PickDialog))
        assert says(app, "the day first: 2026-04-03") and says(app, "the month first: 2026-03-04")
        await pilot.press("enter")
        await until(pilot, lambda: api.counts["operate"] == 2 and isinstance(app.screen, ImportWizard))
        mapping = api.arguments("patch_import")[-1]["mapping"]
        assert mapping["on_hand"] == {"column": 1, "date_order": "DMY"}, "asked once, and not again"


async def test_the_mapping_is_written_as_yaml_taken_from_a_file_and_forgotten(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_columns(pilot, app)
        await pilot.press("ctrl+y", "enter")
        await until(pilot, lambda: "f-mapping.yaml" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "f-mapping.yaml").exists())
        document = (tmp_path / "f-mapping.yaml").read_bytes()
        assert document.startswith(b"version: 1")
        await pilot.press("ctrl+y", "enter", "enter")
        await until(pilot, lambda: says(app, "There is a file f-mapping.yaml already"))
        await pilot.press("escape", "ctrl+y", "down", "enter", *"f-mapping.yaml", "enter")
        await until(pilot, lambda: api.arguments("put_mapping") == [(document, "application/yaml")])
        await until(pilot, lambda: "a file" in shown(app))
        await pilot.press("ctrl+y", "down", "down", "enter")
        await until(pilot, lambda: api.counts["forget_mapping"] == 1 and "a like name" in shown(app))


async def test_refused_rows_go_out_as_a_file_and_come_back_mended_into_the_same_session(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("ctrl+w", "enter", "enter")
        await until(pilot, lambda: (tmp_path / "f-rejects.csv").exists())
        (tmp_path / "f-rejects.csv").write_text("A2,Beta,3\n")
        await pilot.press("ctrl+w", "enter", "enter")
        await until(pilot, lambda: "0 refused" in shown(app))
        assert api.arguments("feed_rejects") == [b"A2,Beta,3\n"] and api.counts["upload_import"] == 1


async def test_who_else_has_the_file_open_is_told_and_asked_about_before_it_is_taken_in(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    api.recognised = {"problems": [{"code": "also_open", "message": "ana [/x] has it open.", "user": "ana"}]}
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        assert "! ana [/x] has it open." in shown(app)
        api.file_rows[1] |= {"status": "created", "issues": []}
        await pilot.press("f7", "f10")
        api.session["counts"] = {"created": 2, "refused": 0}
        await pilot.press("f5")
        await until(pilot, lambda: "0 refused" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: says(app, "Take it in?") and says(app, "ana [/x] has it open."))
        await pilot.press("n")
        assert "imports.apply" not in [call["name"] for call in api.arguments("operate")]


async def test_a_known_file_takes_three_keys(tmp_path: Path) -> None:
    """The path aside: Enter, F10, F10."""
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await pilot.press("enter")
        api.file_rows[1] |= {"status": "unchanged", "issues": []}
        await pilot.press("f10", "f10")
        await until(pilot, lambda: "f.csv is taken in." in shown(app))


async def test_a_large_file_shows_its_first_rows_while_it_is_checked(tmp_path: Path) -> None:
    api = TradeApi()
    api.validates_as_job = True
    api.job_states = [{"state": "running", "current": 1, "total": 3, "message": "Checking"}] * 40
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_columns(pilot, app)
        await pilot.press("f10")
        await until(
            pilot, lambda: says(app, "Checking · 1 / 3") and "There is a control character" in shown(app)
        )
        assert api.counts["import_rows"] == 0
        api.job_states.clear()
        await until(pilot, lambda: "1 new · 1 changed · 0 the same · 1 refused" in shown(app))


async def test_undo_lists_what_was_changed_since_and_takes_it_back_only_when_told(tmp_path: Path) -> None:
    api = TradeApi()
    left = [{"resource": "products", "id": 1, "label": "P1 [/x]", "reason": "It was changed since."}]
    told = {"deleted": 1, "restored": 0, "left": left, "left_count": 1}
    api.previews["imports.undo"] = Preview(result=told)
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f10", "y")
        await until(pilot, lambda: "f.csv is taken in." in shown(app))
        await pilot.press("end", "enter")
        await until(pilot, lambda: says(app, "P1 [/x]: It was changed since."))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Undone." in shown(app))
        assert api.arguments("operate")[-1]["params"] == {"session": 5, "force": True}


async def test_a_session_is_gone_on_with_by_its_number(tmp_path: Path) -> None:
    api = TradeApi()
    await api.upload_import("products", "f.csv", b"")
    async with running(api, "import 5", tmp_path) as (app, pilot):
        await until(pilot, lambda: "comes from" in shown(app))


async def test_what_is_half_typed_at_a_row_outlives_a_crash_and_goes_once_it_is_sent(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f8", "enter")
        await until(pilot, lambda: isinstance(app.screen, RowDialog))
        await pilot.press(*"Half a na")
        await until(pilot, lambda: any("Half a na" in text for text in kept(tmp_path)))
        assert not api.counts["patch_cells"]
    api.answering = asyncio.Event()
    api.answering.set()
    async with running(api, "import", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Go on with what you typed here before?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "1 refused" in shown(app))
        await pilot.press("f8", "enter")
        await until(pilot, lambda: isinstance(app.screen, RowDialog) and "Half a na" in shown(app))
        # Left by Esc, it stands there still; and at no other row.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        await pilot.press("f8")
        await until(pilot, lambda: "Only refused rows" not in shown(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, RowDialog))
        assert "Half a na" not in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        await pilot.press("f8", "enter")
        await until(pilot, lambda: isinstance(app.screen, RowDialog) and "Half a na" in shown(app))
        await pilot.press("end", *"me", "f10")
        await until(pilot, lambda: "0 refused" in shown(app))
        assert api.arguments("patch_cells") == [[(3, 1, "Half a name")]]
        await until(pilot, lambda: not any("Half a na" in text for text in kept(tmp_path)))


async def test_what_the_server_does_not_take_of_a_row_stays_typed(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        api.fail["patch_cells"] = [InvalidError(422, "invalid", "It cannot be so.", "It cannot be so.")]
        await pilot.press("f8", "enter", *"Beta", "f10")
        await until(pilot, lambda: says(app, "It cannot be so."))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RowDialog) and "Beta" in shown(app))


def kept(folder: Path) -> list[str]:
    """What the drafts on the disk hold."""
    return [path.read_text() for path in folder.rglob("drafts/**/*.json")]


async def test_whether_the_file_goes_in_as_a_whole_or_in_parts_is_chosen_with_what_stopping_does(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    api.job_states = [{"state": "running", "current": 1, "total": 3, "message": "Taking in"}] * 500
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        assert says(app, "As a whole: stopped, nothing of it is in. It has no more than 20,000 rows.")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, PickDialog))
        assert says(app, "In parts: stopped, what is in is taken back")
        await pilot.press("down", "enter")
        await until(pilot, lambda: says(app, "In parts: stopped, what is in is taken back;"))
        assert says(app, "You chose it.")
        await pilot.press("f10", "y")
        await until(pilot, lambda: says(app, "Stopped under :jobs, what is in is taken back."))
        [apply] = [call for call in api.arguments("operate") if call["name"] == "imports.apply"]
        assert apply["params"] == {"session": 5, "atomic": False}
        api.session |= {"atomic": False, "atomic_because": "chosen"}
        api.job_states = []
        await until(pilot, lambda: says(app, "It went in in parts. That was chosen."))


async def test_a_file_that_can_only_go_in_as_a_whole_is_no_choice(tmp_path: Path) -> None:
    api = TradeApi()
    api.recognised = {"atomic_because": "within"}
    async with running(api, "import products f.csv", tmp_path) as (app, pilot):
        await at_the_check(pilot, app)
        await pilot.press("f2")
        wanted = "It can only go in as a whole. Its rows refer to each other."
        await until(pilot, lambda: wanted in [each.message for each in app._notifications])
        assert isinstance(app.screen, ImportWizard)


async def test_what_a_row_without_a_document_is_is_asked_of_documents_alone(tmp_path: Path) -> None:
    async with running(TradeApi(), "import products f.csv", tmp_path) as (app, pilot):
        await at_the_columns(pilot, app)
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "An empty cell" in shown(app))
        assert "A row without a key" not in shown(app)
    api = TradeApi()
    lines = {"name": "lines", "fields": [{"name": "product", "title": "Product", "type": "text"}]}
    products = api.resources["products"]
    described = products.description.model_dump() | {"lines": lines}
    products.description = Description.model_validate(described)
    async with running(api, "import products f.csv", tmp_path / "other") as (app, pilot):
        await at_the_columns(pilot, app)
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "A row without a key" in shown(app))
        await pilot.press(*["enter"] * 6, "ctrl+down", "f10")
        await until(pilot, lambda: api.counts["patch_import"] == 1)
        assert api.arguments("patch_import") == [{"dialect": {"empty_head": "above"}}]
