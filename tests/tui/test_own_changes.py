"""`z` takes back what was done here, `@` tells what it was: with a preview, with reasons, also after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.app import ErpApp
from erp_tui.core.errors import ConflictError, ServerUnreachable
from erp_tui.core.kept.journal import Line, Outcome
from erp_tui.core.remote.models import Preview
from screens.lists.list_screen import ListScreen
from screens.records.detail_screen import DetailScreen
from screens.system.log_screen import LogScreen
from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.line_dialog import LineDialog
from widgets.dialogs.obstacles_dialog import ObstaclesDialog
from widgets.dialogs.preview_dialog import PreviewDialog

pytestmark = pytest.mark.client

UNDO = "audit.undo"


@pytest.fixture(autouse=True)
def fast_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)


def undoing_api() -> FakeApi:
    api = sample_api()
    change = {"resource": "suppliers", "id": 1, "label": "S001 Supplier 1", "action": "update"}
    api.previews[UNDO] = Preview.model_validate(
        {"changes": [{**change, "fields": {"name": {"old": "New name", "new": "Old name"}}}]}
    )
    return api


def done(app: ErpApp, key: str, minute: int, **more: Any) -> None:
    line = {"title": f"Save {key}", "outcome": Outcome.DONE, "change_set": f"set-{key}", **more}
    at = f"2026-11-21T09:{minute:02}:00+00:00"
    app.outbox.journal.write(Line(key, "update", "suppliers", at, id=1, body={"name": "x"}, **line))


def undone(api: FakeApi) -> list[str]:
    """The change sets that were taken back in earnest."""
    calls = [call for call in api.arguments("operate") if call["name"] == UNDO and not call["dry"]]
    return [call["params"]["change_set"] for call in calls]


async def test_z_shows_the_last_change_and_each_further_z_goes_one_further_back(tmp_path: Path) -> None:
    api = undoing_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        done(app, "first", 1)
        done(app, "second", 2)
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        assert "Save second" in shown(app) and "Name: New name → Old name" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert undone(api) == [], "Esc takes nothing back"
        for expected in (["set-second"], ["set-second", "set-first"]):
            await pilot.press("z")
            await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
            await pilot.press("f10")
            await until(pilot, lambda expected=expected: undone(api) == expected)
            await until(pilot, lambda: isinstance(app.screen, ListScreen))
        await pilot.press("z")
        await until(pilot, lambda: "Nothing that you did from here can be taken back" in shown(app))


async def test_after_a_restart_what_was_done_before_is_taken_back(tmp_path: Path) -> None:
    async with running(undoing_api(), "suppliers", tmp_path) as (app, _pilot):
        done(app, "yesterday", 1)
    api = undoing_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        app.open_word("undo")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        await pilot.press("f10")
        await until(pilot, lambda: undone(api) == ["set-yesterday"])


async def test_what_stands_in_the_way_is_listed_and_the_change_before_it_offered(tmp_path: Path) -> None:
    api = undoing_api()
    refusal = ConflictError(
        409,
        "conflict",
        "Not now",
        extra={"not_undone": [{"label": "S001 [/foo]", "reason": "It was changed again afterwards."}]},
    )
    api.fail["operate"] = [refusal]
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        done(app, "first", 1)
        done(app, "second", 2)
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, ObstaclesDialog))
        assert "Save second cannot be taken back" in shown(app)
        assert "S001 [/foo]" in shown(app) and "It was changed again afterwards." in shown(app)
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        assert "Save first" in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: undone(api) == ["set-first"])


async def test_a_job_says_where_it_is_taken_back(tmp_path: Path) -> None:
    async with running(undoing_api(), "suppliers", tmp_path) as (app, pilot):
        done(app, "import", 1, change_set=None, job=17)
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, ObstaclesDialog))
        assert "job 17" in shown(app)


async def test_without_the_server_z_says_so_and_nothing_is_lost(tmp_path: Path) -> None:
    api = undoing_api()
    api.fail["operate"] = [ServerUnreachable(api.base_url)]
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        done(app, "first", 1)
        await pilot.press("z")
        await until(pilot, lambda: "does not answer; nothing" in shown(app))
        assert [line.key for line in app.outbox.journal.undoable()] == ["first"]


async def test_a_screen_that_takes_typing_types_z_and_takes_back_by_its_own_key(tmp_path: Path) -> None:
    api = undoing_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        done(app, "first", 1)
        await pilot.press("z", "@")
        assert app.screen.form.fields["code"].text == "z@"  # type: ignore[attr-defined]
        await pilot.press("ctrl+b")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))


# The log


async def test_the_log_tells_what_was_done_how_it_ended_and_the_command(tmp_path: Path) -> None:
    async with running(undoing_api(), "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        done(app, "first", 1)
        done(app, "refused", 2, outcome=Outcome.REFUSED, problem="The order is closed.", change_set=None)
        done(app, "open", 3, outcome=Outcome.OPEN, change_set=None)
        await pilot.press("@")
        await until(pilot, lambda: isinstance(app.screen, LogScreen) and "Save first" in shown(app))
        text = shown(app)
        assert "not known yet" in text and "refused: The order is closed." in text and "done" in text
        assert "erp suppliers update id:1" in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        assert "erp suppliers update id:1 --data" in shown(app)


async def test_a_line_is_done_again_as_a_new_write_on_the_record_as_it_is(tmp_path: Path) -> None:
    api = undoing_api()
    async with running(api, "log", tmp_path) as (app, pilot):
        done(app, "first", 1)
        await pilot.press("f5")
        await until(pilot, lambda: "Save first" in shown(app))
        api.resources["suppliers"].rows[0]["version"] = 9
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        await pilot.press("f10")
        await until(pilot, lambda: api.resources["suppliers"].rows[0]["name"] == "x")
        assert api.arguments("update")[-1]["version"] == 9
        lines = app.outbox.journal.lines()
        assert len(lines) == 2 and lines[0].key != "first"


async def test_a_record_whose_making_was_taken_back_is_said_to_be_gone_and_nothing_can_be_done_to_it(
    tmp_path: Path,
) -> None:
    api = undoing_api()
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        done(app, "first", 1)
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        del api.resources["suppliers"].rows[0]  # type: ignore[attr-defined]
        await pilot.press("f10")
        await until(pilot, lambda: "Supplier S001 Supplier 1 is not there any more" in shown(app))
        await pilot.press("a")
        await settled(pilot)
        assert isinstance(app.screen, DetailScreen), "no dialog opened"
        assert "Note" not in shown(app).splitlines()[-1] and "Edit" not in shown(app).splitlines()[-1]


async def test_z_in_the_log_takes_back_the_line_under_the_cursor(tmp_path: Path) -> None:
    api = undoing_api()
    async with running(api, "log", tmp_path) as (app, pilot):
        done(app, "first", 1)
        done(app, "second", 2)
        await pilot.press("f5")
        await until(pilot, lambda: "Save first" in shown(app))
        await pilot.press("down", "z")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        await pilot.press("f10")
        await until(pilot, lambda: undone(api) == ["set-first"])
        await until(pilot, lambda: "taken back" in shown(app))
        await pilot.press("end", "z")
        await until(pilot, lambda: "it was taken back already" in shown(app))


async def test_the_command_of_a_line_is_copied_and_said_honestly(tmp_path: Path) -> None:
    async with running(undoing_api(), "log", tmp_path) as (app, pilot):
        done(app, "first", 1)
        await pilot.press("f5")
        await until(pilot, lambda: "Save first" in shown(app))
        await pilot.press("ctrl+y")
        await until(pilot, lambda: "sent to the clipboard" in shown(app))
        assert app.clipboard.startswith("erp suppliers update id:1")
