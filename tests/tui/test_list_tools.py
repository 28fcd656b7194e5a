"""What a list shows and how: filter bar, kept filters, columns, order, totals, export."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import InvalidError, from_problem
from erp_tui.core.remote.models import Description
from screens.lists import export as list_export
from tests.tui.fake_api import FakeApi, FakeResource
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.test_paged_table_bytes import Line

pytestmark = pytest.mark.client

TYPED = 1_100
"""Bytes for a typed character at 80x24 (SPEED.md)."""


@pytest.fixture(autouse=True)
def no_reaction_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialog that is painted is seen: here nobody needs half a second to look at it."""
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)


SAVED = Description(
    name="saved-filters", title="Saved filters", columns=["name"], may={"list": True, "create": True}
)  # type: ignore[arg-type]


def api_of(*kept: dict[str, Any]) -> FakeApi:
    """Suppliers of which some fields can be filtered by, one named filter, and saved filters."""
    api = sample_api()
    suppliers = api.resources["suppliers"]
    described = suppliers.description.model_dump()
    for field in described["fields"]:
        field["filterable"] = True
    described["filters"] = [{"name": "active", "title": "Active ones"}]
    described["totals"] = ["credit_limit"]
    described["may"]["export"] = True
    suppliers.description = Description.model_validate(described)
    rows = [
        {"id": number, "version": 1, "resource": "suppliers", **row} for number, row in enumerate(kept, 1)
    ]
    api.resources["saved-filters"] = FakeResource(SAVED, rows)
    return api


def refusal(position: int) -> InvalidError:
    problem = {"code": "invalid", "detail": "There is no filter “nonsense” here.", "position": position}
    error = from_problem(422, problem)
    assert isinstance(error, InvalidError)
    return error


# The filter bar


async def test_tab_completes_a_filter_until_it_is_whole(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"ter")
        await settled(pilot)
        assert "terms=" in shown(app)
        await pilot.press("tab")
        await settled(pilot)
        assert "net30 (Net 30)" in shown(app)
        await pilot.press("down", "tab", "enter")
        await until(pilot, lambda: "filter: terms=cash" in shown(app))
        assert api.arguments("list")[-1]["filter"] == "terms=cash"


async def test_a_refused_filter_stays_with_the_cursor_on_what_is_wrong(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"code=A,nonsense=1")
        api.fail["list"] = [refusal(8)]
        await pilot.press("enter")
        await until(pilot, lambda: "no filter “nonsense”" in shown(app))
        screen: Any = app.screen
        assert screen.filter_bar.input.value == "code=A,nonsense=1"
        assert screen.filter_bar.input.cursor_position == 7
        assert "S012" in shown(app), "what is listed stays while the filter is corrected"
        await pilot.press("escape")
        await settled(pilot)
        assert "filter:" not in shown(app)


async def test_a_plain_word_is_searched_for_without_asking_first(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        before = api.counts["list"]
        await pilot.press("f8", *"Supplier 12", "enter")
        await until(pilot, lambda: "1 row" in shown(app))
        asked = [each for each in api.arguments("list")[before:] if not each.get("totals")]
        assert len(asked) == 1


async def test_a_letter_typed_into_the_bar_costs_no_more_than_one_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(monkeypatch)
    async with running(api_of(), "suppliers", tmp_path) as (_app, pilot):
        # The first letter draws the list once more, below the bar that has just opened.
        await pilot.press("f8", "t")
        await settled(pilot)
        costs = []
        for letter in "erms=net30,code~S0":
            line.updates.clear()
            await pilot.press(letter)
            await settled(pilot)
            costs.append(sum(line.updates))
        assert max(costs) <= TYPED


# Filters by name


async def test_named_and_kept_filters_are_chosen_from_one_list(tmp_path: Path) -> None:
    mine = {"name": "Big", "filter": "terms=net30", "ordering": "-code", "columns": "name,code"}
    api = api_of(
        {**mine, "owner_username": "clerk"},
        {"name": "Theirs", "shared": True, "filter": "code=S002", "owner_username": "ben"},
    )
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("equals_sign")
        await until(pilot, lambda: "Filters of Suppliers" in shown(app))
        text = shown(app)
        assert text.index("Active ones") < text.index("Big") < text.index("shared by ben")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "filter: terms=net30" in shown(app))
        screen: Any = app.screen
        assert screen.table.ordering == "-code"
        assert [column.name for column in screen.table.columns] == ["name", "code"]


async def test_the_present_filter_is_kept_under_a_name(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"terms=net30", "enter")
        await until(pilot, lambda: "filter: terms" in shown(app))
        await pilot.press("plus", *"Thirty", "enter")
        await until(pilot, lambda: "Share “Thirty”" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: api.counts["create"] == 1)
        created = api.arguments("create")[0]
        assert created["resource"] == "saved-filters"
        assert created["data"] == {
            "name": "Thirty",
            "search": "",
            "filter": "terms=net30",
            "ordering": "code",
            "columns": "code,name,credit_limit,lead_time,since,terms",
            "shared": False,
            "resource": "suppliers",
        }
        assert created["key"]


async def test_esc_keeps_no_filter(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"terms=net30", "enter")
        await until(pilot, lambda: "filter: terms" in shown(app))
        await pilot.press("plus", *"Thirty", "enter")
        await until(pilot, lambda: "Share “Thirty”" in shown(app))
        await pilot.press("escape")
        await settled(pilot)
        assert api.counts["create"] == 0


@pytest.mark.parametrize(("word", "listed"), [("active", "filter: active"), ("big", "filter: code=S003")])
async def test_a_word_opens_the_list_by_a_named_or_a_kept_filter(
    tmp_path: Path, word: str, listed: str
) -> None:
    api = api_of({"name": "Big", "filter": "code=S003", "owner_username": "clerk"})
    async with running(api, f"suppliers {word}", tmp_path) as (app, pilot):
        await until(pilot, lambda: listed in shown(app))


async def test_a_word_that_is_no_filter_opens_the_record(tmp_path: Path) -> None:
    api = api_of()
    api.resources["suppliers"].rows[0]["code"] = "ACME"
    async with running(api, "suppliers ACME", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Supplier 1" in shown(app))
        assert ("suppliers", "code:ACME") in api.arguments("get")
        await pilot.press("escape")
        await settled(pilot)
        assert type(app.screen).__name__ == "HomeScreen", "no list is left beneath"


# Columns


async def test_columns_are_chosen_moved_and_widened_and_remembered(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("ctrl+w")
        await until(pilot, lambda: "Columns of Suppliers" in shown(app))
        # The code goes behind the name, the credit limit away, the name gets wider.
        await pilot.press("plus", "down", "space", "up", "up", "up", "greater_than_sign", "enter")
        await settled(pilot)
        screen: Any = app.screen
        names = [column.name for column in screen.table.columns]
        assert names == ["name", "code", "lead_time", "since", "terms"]
        assert screen.table.columns[0].width
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        screen = app.screen
        assert [column.name for column in screen.table.columns] == names
        await pilot.press("ctrl+w", "r")
        await settled(pilot)
        assert [column.name for column in screen.table.columns][:3] == ["code", "name", "credit_limit"]
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        assert app.screen.table.columns[0].name == "code"  # type: ignore[attr-defined]


async def test_the_last_column_cannot_be_hidden_and_esc_changes_nothing(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("ctrl+w", *["space"] * 6, "escape")
        await settled(pilot)
        assert len(app.screen.table.columns) == 6  # type: ignore[attr-defined]
        await pilot.press("ctrl+w", *["space"] * 5, "down", "up", "space", "enter")
        await settled(pilot)
        assert len(app.screen.table.columns) >= 1  # type: ignore[attr-defined]


async def test_a_list_asks_for_no_more_than_it_needs(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path):
        asked = next(each for each in api.arguments("list") if each["resource"] == "suppliers")
        assert set(asked["fields"]) == {
            *("code", "name", "credit_limit", "currency_code", "lead_time", "since", "terms"),
        }


async def test_a_column_that_was_taken_away_is_left_out_after_f5(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        suppliers = api.resources["suppliers"]
        left = [field for field in suppliers.description.fields if field.name != "terms"]
        columns = [name for name in suppliers.description.columns if name != "terms"]
        suppliers.description = suppliers.description.model_copy(update={"fields": left, "columns": columns})
        api.fail["list"] = [refusal(1)]
        await pilot.press("f8", *"Supplier", "enter")
        await until(pilot, lambda: "F5 tries again" in shown(app))
        await pilot.press("f5")
        await until(pilot, lambda: "S001" in shown(app) and "Terms" not in shown(app))
        assert "terms" not in api.arguments("list")[-2]["fields"]


# Order


async def test_a_further_level_parts_what_is_equal_before_and_is_said_in_words(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("f7", "space", "space", "down", "down", "space", "space", "down", "space", "enter")
        await until(pilot, lambda: "by Credit limit ▼, Lead time ▲" in shown(app))
        assert app.screen.table.ordering == "-credit_limit,lead_time"  # type: ignore[attr-defined]
        assert "Credit limit ▼" in shown(app) and "Lead time △" in shown(app)


async def test_f7_enter_orders_by_the_column_under_the_cursor(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f7", "down", "enter")
        await until(pilot, lambda: "Name ▲" in shown(app))


# Totals


async def test_totals_stand_under_the_list_by_currency(tmp_path: Path) -> None:
    api = api_of()
    api.totals["suppliers"] = {
        "sums": {
            "credit_limit": [
                {"of": "EUR", "sum": "1250.5000", "rows": 3},
                {"of": "USD", "sum": "80.0000", "rows": 1},
            ]
        }
    }
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Credit limit: 1,250.50 EUR · 80.00 USD" in shown(app))


async def test_that_there_is_no_total_is_said(tmp_path: Path) -> None:
    api = api_of()
    api.totals["suppliers"] = {"sums": None, "absent": "More than 200000 rows are not summed."}
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "More than 200000 rows" in shown(app))


# Export


async def test_what_is_shown_is_exported_where_it_is_wanted(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    api = api_of()
    async with running(api, "suppliers", tmp_path / "data") as (app, pilot):
        await pilot.press("f8", *"code=S003", "enter")
        await until(pilot, lambda: "filter: code" in shown(app))
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "Export Suppliers" in shown(app))
        assert "1 row" in shown(app) and "filter: code=S003" in shown(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "row is in ~/suppliers-" in shown(app).replace("\n", ""))
        query = api.arguments("export")[0]
        assert (query.format, query.filter, query.ordering) == ("csv", "code=S003", "code")
        assert query.fields == ["code", "name", "credit_limit", "lead_time", "since", "terms"]
        files = [each for each in tmp_path.iterdir() if each.is_file()]
        assert [each.read_bytes() for each in files] == [b"Code\r\nS003\r\n"]


async def test_a_file_that_is_there_is_asked_about(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    api = api_of()
    from erp_tui.core.transfer.export_formats import default_path

    there = default_path("suppliers", "csv")
    there.write_text("mine")
    async with running(api, "suppliers", tmp_path / "data") as (app, pilot):
        await pilot.press("ctrl+x", "enter", "enter")
        await until(pilot, lambda: "Replace it?" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: "Export Suppliers" in shown(app))
        assert there.read_text() == "mine"
        await pilot.press("escape", "ctrl+x", "enter", "enter")
        await until(pilot, lambda: "Replace it?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "12 rows are in" in shown(app))
        assert there.read_text().startswith("Code")


async def test_a_place_that_takes_no_file_is_corrected_where_it_was_typed(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("ctrl+x", "enter", "enter")
        await until(pilot, lambda: "There is no folder" in shown(app))
        assert "nowhere/suppliers-" in app.screen._path.value  # type: ignore[attr-defined]
        await pilot.press("escape")
        await settled(pilot)
        assert api.counts["export"] == 0


async def test_esc_stops_an_export_and_keeps_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    api = api_of()
    async with running(api, "suppliers", tmp_path / "data") as (app, pilot):
        await pilot.press("ctrl+x", "enter")
        api.answering = asyncio.Event()
        await pilot.press("enter")
        while type(app.screen).__name__ != "ProgressDialog":
            await pilot.pause(0.01)
        app.screen.action_stop()  # type: ignore[attr-defined]
        api.answering.set()
        await until(pilot, lambda: "no file was kept" in shown(app))
        await until(pilot, lambda: not any(each.is_file() for each in tmp_path.iterdir()))


async def test_a_format_follows_the_name_and_the_name_the_format(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with running(api_of(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("ctrl+x", "down")
        await settled(pilot)
        dialog: Any = app.screen
        assert dialog._path.value.endswith(".xlsx")
        await pilot.press("enter", *["backspace"] * 4, *"json")
        await settled(pilot)
        assert dialog.format == "json"


async def test_who_may_not_export_is_told(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "your role does not allow it" in shown(app))


# Looks


@pytest.mark.parametrize("size", SIZES)
async def test_looks_of_what_a_list_can_be_asked(
    tmp_path: Path, monkeypatch: Any, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(
        list_export, "default_path", lambda _resource, _format: Path("/home/clerk/suppliers.csv")
    )
    api = api_of({"name": "Big", "filter": "terms=net30", "owner_username": "clerk"})
    api.totals["suppliers"] = {"sums": {"credit_limit": [{"of": "EUR", "sum": "78006.0000", "rows": 12}]}}
    async with running(api, "suppliers", tmp_path, size=size) as (app, pilot):
        for keys, name in (
            (("f8", *"terms=n"), "list-filter"),
            (("equals_sign",), "list-filters"),
            (("ctrl+w",), "list-columns"),
            (("f7", "down", "space"), "list-order"),
            (("ctrl+x",), "list-export"),
        ):
            await pilot.press(*keys)
            await settled(pilot)
            assert_looks_as_kept(app, name)
            await pilot.press("escape")
            await settled(pilot)


async def test_documents_are_exported_with_a_row_for_each_line_where_that_is_chosen(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    api = api_of()
    suppliers = api.resources["suppliers"]
    lines = {"name": "lines", "fields": [{"name": "product", "title": "Product", "type": "text"}]}
    described = suppliers.description.model_dump() | {"lines": lines}
    suppliers.description = Description.model_validate(described)
    async with running(api, "suppliers", tmp_path / "data") as (app, pilot):
        await until(pilot, lambda: "S001" in shown(app))
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "F6 · a row for each document" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: "F6 ✓ a row for each line" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: api.counts["export"] == 1)
        assert api.arguments("export")[0].lines
        await until(pilot, lambda: any(tmp_path.glob("suppliers-*.csv")))
        for written in tmp_path.glob("suppliers-*.csv"):
            written.unlink()
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "F6 · a row for each document" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: api.counts["export"] == 2)
        assert not api.arguments("export")[1].lines


async def test_a_list_without_lines_asks_nothing_of_them(tmp_path: Path) -> None:
    async with running(api_of(), "suppliers", tmp_path / "data") as (app, pilot):
        await until(pilot, lambda: "S001" in shown(app))
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "Export Suppliers" in shown(app))
        assert "a row for each" not in shown(app)
