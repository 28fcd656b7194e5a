"""Every screen shows its own word, and that word opens the same screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from screens.base import ErpScreen
from screens.generic import routes
from screens.registry import SCREENS
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi
from widgets.frame.title_bar import TitleBar

pytestmark = pytest.mark.client

NEED_MORE = {"note"}
"""Words that say what they need instead of opening anything; ARGUMENTS has each with it."""

LOCK = "lock"
"""Is done, not opened: `test_locking.py` holds what its word does."""

WORDS = sorted(entry.word for entry in SCREENS if entry.word not in NEED_MORE | {LOCK})
ARGUMENTS = [
    "suppliers S001",
    "suppliers new",
    "suppliers /active=True",
    "po 10023",
    "po new",
    "receive 10023",
    "stock P1",
    "import products",
    "find Product",
    "jobs id:1",
    "note suppliers S001",
]


def kind(screen: Any) -> tuple[str, str]:
    """What a screen is, and of what: two screens of one kind show the same."""
    return type(screen).__name__, str(getattr(screen, "resource", ""))


async def opened(app: Any, pilot: Any, line: str) -> tuple[tuple[str, str], str]:
    before = app.screen
    app.open_word(line)
    # A screen that there is only one of stays where it is asked for by itself.
    await until(pilot, lambda: app.screen is not before or before.shown_word() == line)
    screen = app.screen
    assert isinstance(screen, ErpScreen), line
    word = screen.shown_word()
    assert word, f"{line} opens a screen that shows no word"
    assert screen.query_one(TitleBar).word == word
    return kind(screen), word


async def test_the_word_that_a_screen_shows_opens_the_same_screen(tmp_path: Path) -> None:
    async with running(TradeApi(), "home", tmp_path, size=(120, 40)) as (app, pilot):
        for line in (*ARGUMENTS, *WORDS):
            first, word = await opened(app, pilot, line)
            assert word == line or "/" not in line, "a filter that is in force belongs to the word"
            assert shown(app).splitlines()[0].rstrip().endswith(word), line
            if word != line:
                second, again = await opened(app, pilot, word)
                assert (second, again) == (first, word), line
            await app.trail.close_all()
            await settled(pilot)


async def test_the_word_of_a_form_for_an_existing_record_opens_that_form(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers S002", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Supplier 2" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: type(app.screen).__name__ == "FormScreen" and "Supplier 2" in shown(app))
        assert app.screen.shown_word() == "suppliers S002 edit"
        await app.trail.close_all()
        app.open_word("suppliers S002 edit")
        await until(pilot, lambda: type(app.screen).__name__ == "FormScreen" and "Supplier 2" in shown(app))
        assert app.screen.record.id == 2
        await pilot.press("escape")
        await until(pilot, lambda: type(app.screen).__name__ == "DetailScreen" and "S002" in shown(app))


async def test_what_is_typed_behind_the_word_of_a_form_goes_into_the_form(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        await pilot.press("ctrl+g", *"suppliers S002 edit", "enter", *"X9")
        await until(pilot, lambda: type(app.screen).__name__ == "FormScreen" and "X9" in shown(app))


async def test_who_may_not_change_a_record_reads_it_and_is_told_why(tmp_path: Path) -> None:
    api = sample_api()
    suppliers = api.resources["suppliers"]
    described = suppliers.description.model_dump(by_alias=True)
    described["may"]["update"] = False
    suppliers.description = type(suppliers.description).model_validate(described)
    async with running(api, "home", tmp_path) as (app, pilot):
        await pilot.press("ctrl+g", *"suppliers S002 edit")
        api.answering.clear()
        await pilot.press("enter", "n")
        assert app.keys.waiting, "typed before the form could be there"
        api.answering.set()
        await until(pilot, lambda: "Edit cannot be done now: your role does not allow it." in shown(app))
        assert type(app.screen).__name__ == "DetailScreen"
        assert "Supplier 2" in shown(app)
        # What was typed for the form is no command for the record: n would begin a note.
        await until(pilot, lambda: "keys waiting" not in shown(app))
        assert type(app.screen).__name__ == "DetailScreen"


@pytest.mark.parametrize("named", ["S002", "id:2"])
async def test_the_word_of_an_operation_on_a_record_opens_it_for_that_record(
    tmp_path: Path, named: str
) -> None:
    api = sample_api()
    async with running(api, "home", tmp_path) as (app, pilot):
        app.open_word(f"partners block {named}")
        await until(pilot, lambda: type(app.screen).__name__ == "OperationScreen" and "S002" in shown(app))
        await settled(pilot)
        assert app.screen.record.id == 2
        assert app.screen.shown_word() == "partners block S002"
        assert shown(app).splitlines()[0].rstrip().endswith("partners block S002")


def test_an_operation_with_a_screen_of_its_own_is_given_the_record_too() -> None:
    screen = routes.operation_screen("purchasing.receive", "10023")
    assert screen.shown_word() == "receive 10023"  # type: ignore[attr-defined]


def test_no_two_words_are_one_and_none_is_a_command_of_an_action() -> None:
    from erp_tui.core.actions import ACTIONS

    words = SCREENS.words()
    assert len(words) == len(set(words))
    assert len(ACTIONS.commands()) == len(set(ACTIONS.commands()))
    commands = set(ACTIONS.commands())
    # Here the action leads to the screen of the same word.
    assert commands & set(words) <= {"jobs", "lock", "outbox", "log", "drafts"}


BROUGHT_ALONG = {
    "sign_out": ("logout", "log out", "logoff", "signout", "sign out", "LOGOUT"),
    "quit": ("exit", "quit", "q"),
    "organization": ("switch", "organization"),
    "lock": ("switch user", "lock"),
}


async def test_a_word_that_people_bring_along_does_what_they_expect(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path) as (app, _pilot):
        for id, words in BROUGHT_ALONG.items():
            for word in words:
                named = app.action_named(word)
                assert named is not None and named[0].id == id, word
        assert app.action_named("switch ACME") == (app.offered.table.get("organization"), "ACME")


async def test_a_word_that_there_is_not_names_the_commands_that_come_near_it_too(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path) as (app, pilot):
        for typed, meant in (("logot", "logout"), ("exot", "exit"), ("supplers", "suppliers")):
            app.open_word(typed)
            await until(pilot, lambda meant=meant: meant in shown(app))
            app.clear_notifications()
