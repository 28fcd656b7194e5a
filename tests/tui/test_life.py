"""What goes on beside the screens: the line, the outbox, drafts, changes of others, keys and themes of one's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.screen import ModalScreen
from textual.widgets import OptionList

from erp_tui.app import ErpApp
from erp_tui.core.errors import InvalidError, OutcomeUnknown, ServerUnreachable
from erp_tui.core.kept.drafts import Drafts
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.live.poller import AWAY_AFTER, AWAY_AT_LATEST, INTERVAL, patience
from erp_tui.options import Options
from erp_tui.terminal.guard import REACTION
from screens.forms.form_screen import FormScreen
from screens.home import HomeScreen
from screens.lists.list_screen import ListScreen
from screens.system.command_history import CommandHistory
from screens.system.drafts_screen import DraftsScreen
from screens.system.outbox_screen import OutboxScreen
from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.frame.status_line import Connection

pytestmark = pytest.mark.client

SCOPE = Scope(FakeApi.base_url, "clerk", "DEMO")
AWAY = ServerUnreachable("http://127.0.0.1:1")


def notices(app: ErpApp) -> str:
    return "\n".join(str(each.message) for each in app._notifications)


async def seen() -> None:
    """A person looks: a dialog that came by itself takes no key before it can have been seen."""
    await asyncio.sleep(REACTION * 1.2)


def answered(app: ErpApp) -> bool:
    return app.status.connection is Connection.ONLINE


# The line


async def test_a_server_that_goes_away_is_told_on_every_screen_and_so_is_its_return(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        api.fail["changes"] = [AWAY] * 2
        app.life.poller.wake()
        await until(pilot, lambda: "No answer from the server since" in shown(app))
        assert "✗ no answer since" in shown(app)
        await until(pilot, lambda: "The server answers again" in shown(app))
        assert "● online" in shown(app)


async def test_a_call_that_finds_no_server_tells_it_at_once_without_waiting_for_the_poller(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        asked = api.counts["changes"]
        assert api.heard is not None
        api.heard(AWAY)
        assert app.status.connection is Connection.OFFLINE
        assert api.counts["changes"] == asked


async def test_a_server_that_stops_answering_is_slow_first_and_then_away_within_three_seconds(
    tmp_path: Path,
) -> None:
    api = sample_api()
    seen: list[Connection] = []
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        api.answering.clear()
        started = asyncio.get_running_loop().time()
        while Connection.OFFLINE not in seen:
            if app.status.connection not in seen:
                seen.append(app.status.connection)
            await asyncio.sleep(0.01)
            assert asyncio.get_running_loop().time() - started < 3.0
        assert seen == [Connection.ONLINE, Connection.SLOW, Connection.OFFLINE]
        api.answering.set()
        await until(pilot, lambda: app.status.connection is not Connection.OFFLINE)


async def test_nobody_asks_while_the_terminal_is_not_looked_at(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        app.app_focus = False
        app.life.poller.wake()
        asked = api.counts["changes"]
        await asyncio.sleep(1.3)
        assert api.counts["changes"] <= asked + 1
        resting = api.counts["changes"]
        app.app_focus = True
        app.on_app_focus()
        await until(pilot, lambda: api.counts["changes"] > resting)


# Changes of others


async def test_a_list_says_that_others_changed_it_and_moves_no_row_until_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.lists.list_screen.JUST_READ", 0.0)
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        lists = api.counts["list"]
        api.tell_change("suppliers", 3)
        app.life.poller.wake()
        await until(pilot, lambda: "changed, F5 reads it again" in shown(app))
        assert api.counts["list"] == lists
        await pilot.press("f5")
        await until(pilot, lambda: "changed, F5" not in shown(app))
        assert api.counts["list"] > lists


async def test_whoever_comes_back_to_a_list_sees_what_was_done_meanwhile_but_not_after_a_mere_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.lists.list_screen.JUST_READ", 0.0)
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        api.tell_change("suppliers", 3)
        app.life.poller.wake()
        await until(pilot, lambda: "changed, F5 reads it again" in shown(app))
        lists = api.counts["list"]
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ModalScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ModalScreen))
        assert api.counts["list"] == lists, "rows move under no hand"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.scope == "detail")
        await pilot.press("f3")
        await until(pilot, lambda: app.screen.scope != "detail" and "changed, F5" not in shown(app))
        assert api.counts["list"] > lists


async def test_a_change_waits_for_a_screen_that_is_not_on_top(tmp_path: Path) -> None:
    api = sample_api()
    told: list[int | None] = []
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: answered(app))
        assert isinstance(app.screen, ListScreen)
        app.screen.follow_changes("products", lambda events: told.extend(each.record for each in events))
        app.push_screen(ConfirmDialog("Sure?"))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        api.tell_change("products", 7)
        asked = api.counts["changes"]
        app.life.poller.wake()
        await until(pilot, lambda: api.counts["changes"] > asked)
        assert told == []
        await seen()
        await pilot.press("escape")
        await until(pilot, lambda: told == [7])


# The outbox


async def leave_intents(api: FakeApi, folder: Path, *intents: Intent) -> None:
    """What a client that was killed leaves: sent, no answer."""
    outbox = Outbox(api, SCOPE, folder / "outbox")  # type: ignore[arg-type]
    for intent in intents:
        api.fail["create"] = [OutcomeUnknown(intent.key)]
        with pytest.raises(OutcomeUnknown):
            await outbox.submit(intent)
    api.calls.clear()


async def test_what_was_confirmed_before_a_crash_is_settled_told_and_its_draft_is_no_longer_offered(
    tmp_path: Path,
) -> None:
    api = sample_api()
    Drafts(SCOPE, tmp_path / "drafts").save_now("suppliers/new", {"form": {"code": "S900"}}, "New: Supplier")
    body = {"code": "S900", "name": "North"}
    intent = Intent("create", "suppliers", body, "Save New: Supplier", draft="suppliers/new")
    await leave_intents(api, tmp_path, intent)
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Save New: Supplier: done" in notices(app))
        assert [call["key"] for call in api.arguments("create")] == [intent.key]
        assert app.outbox.entries() == []
        assert app.drafts.all() == []
        assert not isinstance(app.screen, ConfirmDialog)


async def test_what_was_refused_is_told_and_stays_under_outbox_until_it_was_seen(tmp_path: Path) -> None:
    api = sample_api()
    await leave_intents(api, tmp_path, Intent("create", "suppliers", {"code": "x"}, "Save supplier x"))
    api.fail["create"] = [InvalidError(422, "invalid", "Invalid", "The code is taken.")]
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Save supplier x: refused. The code is taken." in notices(app))
        app.open_word("outbox")
        await until(pilot, lambda: isinstance(app.screen, OutboxScreen) and "refused" in shown(app))
        await pilot.press("4", "enter")
        await until(pilot, lambda: "Everything that you confirmed is settled" in shown(app))
        assert app.outbox.entries() == []


async def test_one_key_leads_from_the_foot_to_what_is_not_settled_and_from_there_to_its_form(
    tmp_path: Path,
) -> None:
    """In words, since when, tried again by hand, and never given up while it may have been done."""
    api = sample_api()
    body = {"code": "S900", "name": "North"}
    intent = Intent("create", "suppliers", body, "Save supplier", draft="suppliers/new")
    Drafts(SCOPE, tmp_path / "drafts").save_now("suppliers/new", {"form": body}, "New: Supplier")
    await leave_intents(api, tmp_path, intent)
    api.fail["create"] = [OutcomeUnknown(intent.key)] * 2
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "not settled: 1 Ctrl+O" in shown(app))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, OutboxScreen) and "Save supplier" in shown(app))
        assert "sent, being checked" in shown(app)
        await pilot.press("ctrl+o")
        assert len([screen for screen in app.screen_stack if isinstance(screen, OutboxScreen)]) == 1
        await pilot.press("4", "enter")
        await until(pilot, lambda: "it cannot be given" in shown(app))
        await pilot.press("5", "enter")
        await until(pilot, lambda: "still open" in shown(app))
        await pilot.press("2", "enter")
        await until(pilot, lambda: app.screen.word != "outbox" and "North" in shown(app))  # type: ignore[attr-defined]
        app.leave_screen()
        await pilot.press("5", "enter")
        await until(pilot, lambda: "Everything that you confirmed is settled" in shown(app))


async def test_the_outbox_tells_by_itself_that_the_server_is_away_and_back(tmp_path: Path) -> None:
    api = sample_api()
    intent = Intent("create", "suppliers", {"code": "S900"}, "Save supplier")
    await leave_intents(api, tmp_path, intent)
    api.fail["create"] = [OutcomeUnknown(intent.key)]
    async with running(api, "outbox", tmp_path) as (app, pilot):
        await until(pilot, lambda: "sent, being checked" in shown(app))
        api.fail["changes"] = [AWAY]
        app.life.poller.wake()
        await until(pilot, lambda: "sent, not known yet" in shown(app) or api.counts["create"] > 1)
        await until(pilot, lambda: "Everything that you confirmed is settled" in shown(app))


async def test_what_cannot_be_settled_yet_is_counted_and_settled_when_the_server_is_back(
    tmp_path: Path,
) -> None:
    api = sample_api()
    intent = Intent("create", "suppliers", {"code": "S900"}, "Save supplier")
    await leave_intents(api, tmp_path, intent)
    api.fail["create"] = [OutcomeUnknown(intent.key)]
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "not settled: 1" in shown(app))
        api.fail["changes"] = [AWAY]
        app.life.poller.wake()
        await until(pilot, lambda: "Save supplier: done" in notices(app))
        await until(pilot, lambda: "not settled" not in shown(app))


async def test_an_unsent_intent_is_not_sent_behind_the_back_of_the_form_that_was_corrected(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.form is not None)
        await pilot.press(*"S900", "enter", *"North")
        api.fail["create"] = [AWAY]
        await pilot.press("f10")
        await until(pilot, lambda: "does not answer" in shown(app))
        app.settle_outbox()
        await pilot.press(*"ern", "f10")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))
        assert [call["data"]["name"] for call in api.arguments("create")] == ["North", "Northern"]
        assert app.outbox.entries() == []


# Drafts


async def test_a_draft_opens_with_what_was_typed_and_nobody_is_asked_twice(tmp_path: Path) -> None:
    api = sample_api()
    Drafts(SCOPE, tmp_path / "drafts").save_now("suppliers/new", {"form": {"code": "S900"}}, "New: Supplier")
    async with running(api, "drafts", tmp_path) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftsScreen) and "New: Supplier" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and "S900" in shown(app))


@pytest.mark.parametrize(
    ("form", "shows"),
    [
        ("suppliers/2", "Supplier S002"),
        ("partners.block/3", "Block S003"),
        ("suppliers/99", "There is no record 99"),
        ("nothing/1", "There is no screen 'nothing'"),
    ],
)
async def test_every_kind_of_draft_finds_its_form_or_says_why_not(
    tmp_path: Path, form: str, shows: str
) -> None:
    Drafts(SCOPE, tmp_path / "drafts").save_now(form, {"form": {}}, "Something")
    async with running(sample_api(), "drafts", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Something" in shown(app))
        await pilot.press("2", "enter")
        await until(pilot, lambda: shows in shown(app))


async def test_a_draft_can_be_thrown_away_from_the_list(tmp_path: Path) -> None:
    Drafts(SCOPE, tmp_path / "drafts").save_now("suppliers/new", {"form": {"code": "S900"}}, "New: Supplier")
    async with running(sample_api(), "drafts", tmp_path) as (app, pilot):
        await until(pilot, lambda: "New: Supplier" in shown(app))
        await pilot.press("4", "enter")
        await until(pilot, lambda: "There is no draft" in shown(app))
        assert app.drafts.all() == []


# Keys, themes, reading only


async def test_keys_and_theme_of_ones_own_are_taken_and_shown(tmp_path: Path) -> None:
    settings = {"keys": {"new": "f2", "edit_cell": "ctrl+e", "filter": "f6,slash"}, "theme": "green-screen"}
    async with running(sample_api(), "suppliers", tmp_path, settings=settings) as (app, pilot):
        assert app.theme == "green-screen"
        assert "F2 New" in shown(app)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"keys": {"new": "ctrl+m"}}, "Ctrl+M cannot be bound: terminals send the same byte"),
        ({"keys": {"new": "f8"}}, "bound to both new and filter"),
        ({"theme": "pink"}, "There is no theme pink"),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_with_the_reason_and_the_rest_works(
    tmp_path: Path, settings: dict[str, Any], says: str
) -> None:
    async with running(sample_api(), "suppliers", tmp_path, settings=settings) as (app, pilot):
        assert says in notices(app)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))


async def test_a_printable_key_of_ones_own_stays_text_where_one_types(tmp_path: Path) -> None:
    settings = {"keys": {"help_keys": "h"}}
    async with running(sample_api(), "suppliers new", tmp_path, settings=settings) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.form is not None)
        await pilot.press(*"ham")
        await until(pilot, lambda: "ham" in shown(app))
        assert isinstance(app.screen, FormScreen)


async def test_read_only_reaches_the_door_and_the_status_line(tmp_path: Path) -> None:
    for options, settings in ((Options(read_only=True), {}), (Options(), {"read_only": True})):
        api = sample_api()
        async with running(api, "home", tmp_path, options=options, settings=settings) as (app, _pilot):
            assert api.read_only
            assert "read only" in shown(app)


# Back and forth


async def test_going_back_keeps_the_screen_and_going_forth_finds_it_as_it_was(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        left = app.screen
        await pilot.press("down", "down")
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: app.screen is left)
        assert isinstance(left, ListScreen)
        assert left.table.cursor == 2
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "No screen was left from here" in notices(app))


async def test_f9_lists_the_commands_the_latest_first_and_runs_the_one_chosen(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        for word in ("suppliers", "products", "suppliers"):
            await pilot.press("colon", *word, "enter", "f3")
            await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, CommandHistory))
        options = app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in options.options] == [":suppliers", ":products"]
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ListScreen) and app.screen.resource == "products")


async def test_the_first_screen_offers_no_key_that_would_leave_it_and_says_why(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path, size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        bar = shown(app).splitlines()[-1]
        assert "F1 Help" in bar
        assert "F3 Leave" not in bar
        await pilot.press("question_mark")
        await until(pilot, lambda: "not now: this is the first screen" in " ".join(shown(app).split()))


def test_one_late_answer_does_not_make_the_next_outage_told_late() -> None:
    """The banner of P10 within three seconds, a second of them between two questions."""
    assert patience([0.02, 0.03, 2.0]) == AWAY_AFTER
    assert patience([0.0, 1.2, 1.2]) == AWAY_AFTER
    assert patience([0.9, 1.3, 0.9]) == pytest.approx(1.8)
    assert patience([9.0, 9.0, 9.0]) == AWAY_AT_LATEST
    assert INTERVAL + AWAY_AT_LATEST < 3
