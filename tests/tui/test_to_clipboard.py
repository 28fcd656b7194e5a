"""Copying: what is sent to the terminal's clipboard, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui import main
from erp_tui.app import ErpApp
from erp_tui.core.settings import Settings
from erp_tui.core.transfer.clipboard import MOST_BYTES, as_table, plain, too_long
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.action_menu import ActionMenu

pytestmark = pytest.mark.client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(ErpApp, "copy_to_clipboard", lambda app, text: texts.append(text))
    return texts


async def copied(app: Any, pilot: Any, *keys: str) -> None:
    await pilot.press("ctrl+y")
    await until(pilot, lambda: isinstance(app.screen, ActionMenu))
    await pilot.press(*keys, "enter")
    await until(pilot, lambda: not isinstance(app.screen, ActionMenu))


async def test_the_row_is_copied_as_a_spreadsheet_takes_it(tmp_path: Path, sent: list[str]) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await copied(app, pilot)
        assert sent == ["S001\tSupplier 1\t1,000.50\t1\t2026-02-28\tNet 30"]
        await until(pilot, lambda: "cannot be known" in " ".join(shown(app).split()))


async def test_marked_rows_are_copied_under_the_names_of_the_columns(tmp_path: Path, sent: list[str]) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("space", "space")
        await copied(app, pilot, "down")
        lines = sent[0].splitlines()
        assert lines[0].split("\t")[:3] == ["Code", "Name", "Credit limit"]
        assert [line.split("\t")[0] for line in lines[1:]] == ["S001", "S002"]


async def test_rows_that_were_marked_unseen_are_copied_whole(tmp_path: Path, sent: list[str]) -> None:
    api = sample_api(150)
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("asterisk")
        await until(pilot, lambda: "150 marked" in shown(app))
        table = app.screen.table
        for row_id, row in list(table.marked.items()):
            table.marked[row_id] = {"id": row["id"], "version": row["version"], "code": row["code"]}
        listed = api.list

        async def by_keys(resource: str, **query: Any) -> Any:
            keys = (query.get("filter") or "").removeprefix("id=[").removesuffix("]")
            page = await listed(resource, limit=1000)
            wanted = {int(key) for key in keys.split(",")}
            return page.model_copy(update={"rows": [row for row in page.rows if row["id"] in wanted]})

        api.list = by_keys  # type: ignore[method-assign]
        await copied(app, pilot)
        await until(pilot, lambda: sent)
        assert len(sent[0].splitlines()) == 150
        assert sent[0].splitlines()[149].startswith("S150\tSupplier 150\t150,000.50")


async def test_one_value_is_copied_as_it_is_shown(tmp_path: Path, sent: list[str]) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await copied(app, pilot, "down", "down", "down")
        assert sent == ["Supplier 1"]


async def test_what_terminals_would_drop_is_not_sent_and_says_how_much_it_is(
    tmp_path: Path, sent: list[str]
) -> None:
    api = sample_api()
    api.resources["suppliers"].rows[0]["name"] = "x" * (MOST_BYTES + 1)
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await copied(app, pilot)
        await until(pilot, lambda: "terminals take 56,000" in " ".join(shown(app).split()))
        assert not sent


async def test_copying_can_be_switched_off(tmp_path: Path, sent: list[str]) -> None:
    async with running(sample_api(), "suppliers", tmp_path, settings={"clipboard": False}) as (app, pilot):
        await copied(app, pilot)
        await until(pilot, lambda: "Copying is switched off here" in " ".join(shown(app).split()))
        assert not sent


async def test_a_detail_copies_the_field_under_its_cursor_and_the_whole(
    tmp_path: Path, sent: list[str]
) -> None:
    async with running(sample_api(), "suppliers S003", tmp_path) as (app, pilot):
        await pilot.press("down", "down")
        await copied(app, pilot)
        assert sent == ["3,000.50 EUR"]
        await copied(app, pilot, "down")
        assert "Code\tS003" in sent[1].splitlines() and "Terms\tNet 30" in sent[1].splitlines()


async def test_a_text_read_in_full_is_copied_from_there(tmp_path: Path, sent: list[str]) -> None:
    api = sample_api()
    api.resources["suppliers"].rows[0]["note"] = "first\nsecond"
    async with running(api, "suppliers S001", tmp_path) as (_app, pilot):
        await pilot.press("end", "enter")
        await settled(pilot)
        await pilot.press("ctrl+y")
        await until(pilot, lambda: sent == ["first\nsecond"])


def test_the_option_switches_copying_off_for_one_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERP_CLIPBOARD", "yes")
    monkeypatch.setattr("erp_tui.app.run", lambda *_arguments: 0)
    main._screen(main._parser().parse_args(["--no-clipboard"]), None, name="")
    assert Settings.load(tmp_path / "config.yaml").get("clipboard") is False


def test_nothing_that_is_copied_steers_a_terminal_or_counts_in_a_spreadsheet() -> None:
    hostile = "a\x1b]52;c;eA==\x07b\u202e\x00\tc"
    assert "\x1b" not in plain(hostile) and "\x07" not in plain(hostile) and "\u202e" not in plain(hostile)
    table = as_table([["=cmd()", "-5.00", "+1,000", "@x", "a\nb\tc", hostile]])
    cells = table.split("\t")
    assert cells[:5] == ["'=cmd()", "-5.00", "+1,000", "'@x", "a b c"]
    assert len(cells) == 6 and "\x1b" not in table and "\n" not in table
    assert too_long("é" * MOST_BYTES) and not too_long("e" * MOST_BYTES)
