"""Taking a file in: looked at first, changed in place, applied as a job that survives leaving, taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from erp_tui.core.errors import OutcomeUnknown
from screens.imports.import_wizard import ImportWizard
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small table beside which rejects may be written, by a path that is the same on every machine."""
    (tmp_path / "f.csv").write_text("sku,what\nA1,[/x]\nA2,Bet\x1ba\nP1,New\n")
    monkeypatch.chdir(tmp_path)
    return "f.csv"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_file_is_matched_checked_taken_in_and_taken_back(
    tmp_path: Path, file: str, size: tuple[int, int]
) -> None:
    api = TradeApi()
    async with running(api, "import products", tmp_path, size=size) as (app, pilot):
        await pilot.press(*file)
        await until(pilot, lambda: "It begins:" in shown(app))
        assert "[/x]" in shown(app) and api.counts["upload_import"] == 0, "looked at before it is sent"
        await pilot.press("enter")
        await until(pilot, lambda: "comes from" in shown(app))
        assert "was taken in before" in shown(app) and "Not taken in: left over" in shown(app)
        assert_looks_as_kept(app, "import-columns")
        await pilot.press("f10")
        await until(pilot, lambda: "1 new · 1 changed · 0 the same · 1 refused" in shown(app))
        await pilot.press("down")
        await until(pilot, lambda: "There is a control character." in shown(app))
        assert_looks_as_kept(app, "import-check")
        await pilot.press("f10", "y")
        await until(pilot, lambda: "f.csv is taken in." in shown(app))
        assert (tmp_path / "f-rejects.csv").read_text().startswith("sku,what,reason")
        assert "f-rejects.csv" in shown(app)
        await pilot.press("end", "enter")
        await until(pilot, lambda: "2 records that it made are deleted" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "Undone." in shown(app))
        assert [call["name"] for call in api.arguments("operate")] == [
            "imports.validate",
            "imports.apply",
            "imports.undo",
            "imports.undo",
        ]


async def test_one_key_shows_only_the_bad_rows_and_a_cell_is_mended_in_place(
    tmp_path: Path, file: str
) -> None:
    api = TradeApi()
    async with running(api, "import products", tmp_path) as (app, pilot):
        await pilot.press(*file, "enter", "f10")
        await until(pilot, lambda: "1 refused" in shown(app))
        await pilot.press("f8")
        await until(pilot, lambda: "Only refused rows are shown" in shown(app))
        assert api.arguments("import_rows")[-1]["status"] == "refused"
        await pilot.press("enter", *"Beta", "f10")
        await until(pilot, lambda: "2 new · 1 changed · 0 the same · 0 refused" in shown(app))
        assert api.arguments("patch_cells") == [[(3, 1, "Beta")]]
        assert "Only refused rows" not in shown(app)


async def test_a_column_is_changed_on_the_same_screen(tmp_path: Path, file: str) -> None:
    api = TradeApi()
    async with running(api, "import products", tmp_path) as (app, pilot):
        await pilot.press(*file, "enter")
        await until(pilot, lambda: "comes from" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "What goes into Name?" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: api.counts["patch_import"] == 1)
        assert api.arguments("patch_import") == [{"mapping": {"code": {"column": 0}, "name": {"column": 2}}}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        (b"PK\x03\x04rest", "is damaged"),
        (b"%PDF-1.7", "Save it as CSV or XLSX"),
        (b"a\0b\n", "holds no text"),
    ],
)
async def test_a_file_that_is_no_table_is_refused_in_a_sentence_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "f.csv").write_bytes(content)
    api = TradeApi()
    async with running(api, "import products", tmp_path) as (app, pilot):
        await pilot.press(*"f.csv", "enter")
        await until(pilot, lambda: said in " ".join(shown(app).split()))
        screen = app.screen
        assert isinstance(screen, ImportWizard) and screen.file is not None
        assert screen.file.path.text == "f.csv" and api.counts["upload_import"] == 0


async def test_a_job_goes_on_while_the_screen_is_left_and_is_found_again(
    tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    api = TradeApi()
    running_for_long = [{"state": "running", "current": 1, "total": 3, "message": "Taking in"}] * 500
    api.job_states = list(running_for_long)
    async with running(api, "import products", tmp_path) as (app, pilot):
        await pilot.press(*file, "enter", "f10")
        await until(pilot, lambda: "1 refused" in shown(app))
        await pilot.press("f10", "y")
        await until(pilot, lambda: "Taking in · 1 / 3" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: not isinstance(app.screen, ImportWizard))
    api.job_states = [{"state": "running", "current": 2, "total": 3, "message": "Taking in"}]
    api.answering = asyncio.Event()
    api.answering.set()
    async with running(api, "import", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Go on with what you typed here before?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "f.csv is taken in." in shown(app))


async def test_what_takes_no_files_is_named_with_those_that_do(tmp_path: Path) -> None:
    async with running(TradeApi(), "import suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "'suppliers' takes no files. Choose one of: products." in shown(app))


async def test_a_line_lost_while_the_file_is_sent_is_said_and_f10_sends_it_under_the_same_key(
    tmp_path: Path, file: str
) -> None:
    api = TradeApi()
    api.fail["upload_import"] = [OutcomeUnknown("k")]
    async with running(api, "import products", tmp_path) as (app, pilot):
        await pilot.press(*file, "enter")
        await until(pilot, lambda: "it arrives once" in " ".join(shown(app).split()))
        await pilot.press("f10")
        await until(pilot, lambda: "comes from" in shown(app))
        first, second = api.arguments("upload_import")
        assert first["key"] == second["key"]


async def test_a_file_whose_sending_a_crash_cut_off_is_told_of_once_and_keeps_its_key(
    tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    api = TradeApi()
    api.fail["upload_import"] = [OutcomeUnknown("k")]
    async with running(api, "import products", tmp_path) as (app, pilot):
        await pilot.press(*file, "enter")
        await until(pilot, lambda: "it arrives once" in " ".join(shown(app).split()))
    async with running(api, "", tmp_path) as (app, pilot):
        await until(pilot, lambda: "It was cut off; nothing is" in shown(app))
    async with running(api, "", tmp_path) as (app, pilot):
        assert "cut off" not in shown(app)
        app.open_word("import products")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard) or "Go on with" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard) and app.screen.file is not None)
        app.screen.file.path.text = file  # type: ignore[attr-defined]
        await pilot.press("f10")
        await until(pilot, lambda: "comes from" in shown(app))
        first, second = api.arguments("upload_import")
        assert first["key"] == second["key"]
