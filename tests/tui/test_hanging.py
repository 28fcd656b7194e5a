"""Notes and files in a detail: seen with the record, added by a key, safe on the screen and on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import StaleError
from erp_tui.core.kept.scope import Scope
from erp_tui.core.kept.uploads import Uploads
from erp_tui.core.remote.transport import Pieces
from screens.records.detail_screen import DetailScreen
from screens.records.note_screen import NoteScreen
from screens.records.path_dialog import PathDialog
from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from widgets.dialogs.confirm_dialog import ConfirmDialog

pytestmark = pytest.mark.client

NOTES, FILES = "3", "4"
HOSTILE = "Closed [/foo] \x1b]52;c;aGk=\x07 \u202eevil"


@pytest.fixture(autouse=True)
def fast_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)


def with_hanging(**counts: int) -> FakeApi:
    api = sample_api()
    rows: Any = api.resources["suppliers"].rows
    rows[0]["_counts"] = {"notes": counts.get("notes", 0), "attachments": counts.get("attachments", 0)}
    return api


def hang(api: FakeApi, kind: str, **values: Any) -> dict[str, Any]:
    return api._hang(f"suppliers/1/{kind}", values)


async def test_the_parts_say_how_much_hangs_on_the_record_and_show_it_as_it_is(tmp_path: Path) -> None:
    api = with_hanging(notes=2)
    hang(api, "notes", text=f"{HOSTILE}\nsecond line")
    hang(api, "notes", text="Read first", pinned=True)
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        assert "3 Notes (2)" in shown(app) and "4 Files" in shown(app)
        assert api.counts["notes"] == 0, "nothing is read before it is opened"
        await pilot.press(NOTES)
        await until(pilot, lambda: "second line" in shown(app))
        text = shown(app)
        assert text.index("Read first") < text.index("Closed"), "pinned first"
        assert "Closed [/foo] ␛]52;c;aGk=␇" in text and "\u202e" not in text


async def test_a_note_is_added_by_a_key_and_its_typing_is_kept(tmp_path: Path) -> None:
    api = with_hanging()
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen) and app.screen.form)
        await pilot.press(*"Ask", "enter", *"Ana")
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        drafts = app.drafts.all()
        assert [draft.data["form"]["text"] for draft in drafts] == ["Ask\nAna"]
        app.open_word("drafts")
        await until(pilot, lambda: "New note: Supplier S001" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen) and "Ana" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: api.hanging.get("suppliers/1/notes"))
        assert api.hanging["suppliers/1/notes"][0]["text"] == "Ask\nAna"
        await until(pilot, lambda: not app.drafts.all())
        (line,) = app.outbox.journal.lines()
        assert line.target == "suppliers/1/notes" and line.outcome == "done"


async def test_an_empty_note_is_refused_in_its_place(tmp_path: Path) -> None:
    api = with_hanging()
    async with running(api, "note suppliers S001", tmp_path) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, NoteScreen) and app.screen.form)
        await pilot.press("f10")
        await until(pilot, lambda: app.screen.form.fields["text"].has_focus_within)  # type: ignore[attr-defined]
        assert api.counts["create"] == 0


async def test_a_note_that_somebody_changed_meanwhile_is_shown_before_it_is_replaced(tmp_path: Path) -> None:
    api = with_hanging()
    hang(api, "notes", text="mine")
    stale = StaleError(412, "stale", "Stale", extra={"current": {"text": "theirs"}, "version": 2})
    api.fail["update"] = [stale]
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press(NOTES)
        await until(pilot, lambda: "mine" in shown(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen) and app.screen.form)
        await pilot.press(*"1 ", "f10")
        await until(pilot, lambda: "Somebody changed this note meanwhile to: theirs" in shown(app))
        assert "1 mine" in shown(app), "what was typed stays"
        api.hanging["suppliers/1/notes"][0]["version"] = 2
        await pilot.press("f10")
        await until(pilot, lambda: api.hanging["suppliers/1/notes"][0]["text"] == "1 mine")


async def test_what_a_role_may_not_do_says_why(tmp_path: Path) -> None:
    api = with_hanging()
    api.may_hang = {"may_add": False, "why_not": "Your role may look at Suppliers but not change them."}
    hang(api, "notes", text="theirs", may_change=False, why_not="It is somebody else's.")
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press(NOTES)
        await until(pilot, lambda: "theirs" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: "Your role may look at Suppliers" in shown(app).replace("\n", " "))
        await pilot.press("home", "delete")
        await until(pilot, lambda: "somebody else's" in shown(app))
        assert api.counts["delete"] == 0


async def test_a_file_is_attached_by_its_path_once(tmp_path: Path) -> None:
    api = with_hanging()
    file = tmp_path / "note.txt"
    file.write_text("two boxes")
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        await pilot.press(*str(tmp_path / "missing"), "enter")
        await until(pilot, lambda: "There is no file" in shown(app))
        app.screen.field.text = str(file)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: api.counts["attach"] == 1 and isinstance(app.screen, DetailScreen))
        await pilot.press(FILES)
        await until(pilot, lambda: "note.txt" in shown(app) and "9 bytes" in shown(app))
        (line,) = app.outbox.journal.lines()
        assert line.change_set and dict(line.body or {}) == {"file": str(file)}


async def test_a_hostile_file_is_saved_where_it_was_told_to_and_nowhere_else(tmp_path: Path) -> None:
    api = with_hanging()
    hostile = "../../evil\u202egpj.exe"
    attached = hang(api, "attachments", name=hostile, media_type="image/png", size=3)
    from hashlib import sha256

    attached["sha256"] = sha256(b"abc").hexdigest()
    api.contents[1] = b"abc"
    folder = tmp_path / "saved"
    folder.mkdir()
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press(FILES)
        await until(pilot, lambda: "gpj.exe" in shown(app))
        assert "\u202e" not in shown(app)
        await pilot.press("home", "s")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.field.text = str(folder)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: list(folder.iterdir()))
        (saved,) = folder.iterdir()
        assert saved.name == "_.._evil_gpj.exe" and saved.read_bytes() == b"abc"
        assert saved.stat().st_mode & 0o177 == 0, "nobody else reads it and nobody runs it"


async def test_a_file_that_arrived_damaged_is_not_saved(tmp_path: Path) -> None:
    api = with_hanging()
    hang(api, "attachments", name="a.pdf", size=3, sha256="0" * 64)
    api.contents[1] = b"abc"
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press(FILES)
        await until(pilot, lambda: "a.pdf" in shown(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.field.text = str(tmp_path)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "did not arrive whole" in shown(app))
        assert not (tmp_path / "a.pdf").exists()


async def test_taking_a_file_off_asks_first(tmp_path: Path) -> None:
    api = with_hanging()
    hang(api, "attachments", name="a.pdf", size=3, sha256="0" * 64)
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press(FILES)
        await until(pilot, lambda: "a.pdf" in shown(app))
        await pilot.press("home", "delete")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert api.counts["delete"] == 0
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: not api.hanging["suppliers/1/attachments"])


def cut_off(api: FakeApi, file: Path) -> None:
    """An upload that a crash cut off before this start of the program: its note on the disk, and no process."""
    profile = Scope(api.base_url, "clerk", "DEMO")
    uploads = Uploads(profile)
    uploads._begun("suppliers/1/attachments", file, f"Attach {file.name} to Supplier S001", "k1")


async def test_a_file_whose_attaching_was_cut_off_is_attached_and_told_at_the_next_start(
    tmp_path: Path,
) -> None:
    api = with_hanging()
    file = tmp_path / "note.txt"
    file.write_text("two boxes")
    async with running(api, "", tmp_path) as (app, pilot):
        cut_off(api, file)
    async with running(api, "", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Attach note.txt to Supplier S001: done." in shown(app))
        assert api.hanging["suppliers/1/attachments"][0]["name"] == "note.txt"
        assert [call["key"] for call in api.arguments("attach")] == ["k1"]
    async with running(api, "", tmp_path) as (app, pilot):
        assert api.counts["attach"] == 1 and "done." not in shown(app)


async def test_a_file_that_is_no_longer_what_it_was_is_told_and_not_attached(tmp_path: Path) -> None:
    api = with_hanging()
    file = tmp_path / "note.txt"
    file.write_text("two boxes")
    async with running(api, "", tmp_path) as (app, pilot):
        cut_off(api, file)
    file.write_text("three boxes")
    async with running(api, "", tmp_path) as (app, pilot):
        await until(pilot, lambda: "nothing is attached" in " ".join(shown(app).split()))
        assert api.counts["attach"] == 0
        (line,) = app.outbox.journal.lines()
        assert line.outcome == "not_sent"


async def test_a_large_download_says_how_far_it_is_and_esc_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.records.hanging.WATCHED_FROM", 1)
    monkeypatch.setattr("widgets.dialogs.progress_dialog.SHOWN_EVERY", 0.0)
    api = with_hanging()
    hang(api, "attachments", name="plan.pdf", media_type="application/pdf", size=64 * 2048, sha256="")
    folder = tmp_path / "saved"
    folder.mkdir()
    waiting = asyncio.Event()

    @asynccontextmanager
    async def attached(*_arguments: object) -> AsyncIterator[Pieces]:
        async def body() -> AsyncIterator[bytes]:
            yield b"x" * 64 * 1024
            await waiting.wait()

        yield Pieces({}, body())

    monkeypatch.setattr(api, "attached", attached)
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press(FILES)
        await until(pilot, lambda: "plan.pdf" in shown(app))
        await pilot.press("home", "s")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.field.text = str(folder)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "64 of 128 kB" in shown(app))
        assert [path.suffix for path in folder.iterdir()] == [".part"]
        await pilot.press("escape")
        await until(pilot, lambda: "no file was kept" in shown(app))
        assert list(folder.iterdir()) == []
