"""What notes, files, the log and the questions before taking back look like, letter by letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from erp_tui.core.kept.journal import Line, Outcome
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import at_work, running, shown, until
from tests.tui.test_hanging import hang, with_hanging
from tests.tui.test_own_changes import done, undoing_api
from widgets.dialogs.preview_dialog import PreviewDialog

pytestmark = pytest.mark.client


def calm(app: App[Any]) -> str:
    """The screen; empty while the status still tells of a key that waited."""
    text = shown(app)
    return "" if "keys waiting" in text else text


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_parts_of_a_record_look_as_they_did(size: tuple[int, int], tmp_path: Path) -> None:
    api = with_hanging(notes=2, attachments=1)
    hang(api, "notes", text="Closed in August.\nAsk for Ana, extension 14.")
    hang(api, "notes", text="Cash only since 2025", pinned=True, author="maria")
    hang(api, "attachments", name="delivery-note-10023.pdf", media_type="application/pdf", size=48_213)
    async with running(api, "suppliers S001", tmp_path, size=size) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: "extension 14" in calm(app))
        assert_looks_as_kept(app, "record-notes")
        await pilot.press("4")
        await until(pilot, lambda: "48 kB" in calm(app))
        assert_looks_as_kept(app, "record-files")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_log_and_the_question_look_as_they_did(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(undoing_api(), "suppliers", tmp_path, size=size) as (app, pilot):
        done(app, "ACME", 1)
        done(app, "10023", 2, outcome=Outcome.REFUSED, problem="The order is closed.", change_set=None)
        done(app, "S004", 3, outcome=Outcome.OPEN, change_set=None)
        line = Line("r", "operate", "partners.block", "2026-11-21T09:04:00+00:00", title="Block S002")
        app.outbox.journal.write(line)
        app.open_word("log")
        await until(pilot, lambda: "Save ACME" in calm(app) and not at_work(app))
        assert_looks_as_kept(app, "log")
        await pilot.press("end", "z")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog) and "Log: what" in calm(app))
        assert_looks_as_kept(app, "take-back")
