"""Help: keys found by typing, what is focused explained, the guide read and searched, and the tour."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.actions import ACTIONS
from erp_tui.core.guide import guide
from erp_tui.core.kept.scope import Scope
from erp_tui.core.kept.toured import Toured
from erp_tui.options import Options
from screens.forms.form_screen import FormScreen
from screens.lists.list_screen import ListScreen
from screens.system.guide_screen import GuideScreen
from screens.system.key_help import KeyHelp
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled

pytestmark = pytest.mark.client

NEXT, END = (ACTIONS.get(id).keys[0] for id in ("tour_next", "tour_end"))


def flat(text: str) -> str:
    return " ".join(text.replace("┃", " ").split())


async def test_typing_narrows_the_keys_and_enter_does_the_one_that_is_left(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, KeyHelp))
        assert "F5 Refresh" in flat(shown(app)) or "F6 New" in flat(shown(app))
        await pilot.press(*"make a new")
        await until(pilot, lambda: "F6 New" in flat(shown(app)) and "Refresh Read" not in flat(shown(app)))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))


async def test_enter_alone_does_nothing_and_the_key_that_opened_the_help_closes_it(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        for closing in ("enter", "question_mark", "escape", "f3", "f12"):
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, KeyHelp))
            await pilot.press(closing)
            await until(pilot, lambda: isinstance(app.screen, ListScreen))


async def test_keys_typed_ahead_of_the_help_find_and_do_what_they_name(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("question_mark", *"make a new", "enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))


async def test_a_disabled_key_is_listed_with_its_reason_and_says_it_when_chosen(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("question_mark", *"leave this")
        await until(pilot, lambda: "not now: this is the first screen" in flat(shown(app)))
        await pilot.press("enter")
        await until(pilot, lambda: "This is the first screen" in flat(shown(app)))


async def test_f1_explains_the_field_that_is_focused_with_its_limits(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, KeyHelp))
        text = flat(shown(app))
        assert "Code, required" in text
        assert "At most 20 characters." in text
        assert "It is given once, when the record is made, and stays." in text


async def test_f1_twice_opens_the_page_about_the_screen(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f1", "f1")
        await until(pilot, lambda: isinstance(app.screen, GuideScreen))
        assert app.screen.shown_word() == "help lists"  # type: ignore[attr-defined]


# The guide


async def test_a_page_leads_to_others_and_esc_leads_back(tmp_path: Path) -> None:
    async with running(sample_api(), "help", tmp_path) as (app, pilot):
        assert app.screen.shown_word() == "help"  # type: ignore[attr-defined]
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.screen.shown_word() == "help first-steps")  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.shown_word() == "help")  # type: ignore[attr-defined]


async def test_a_word_is_found_on_the_page_and_then_on_the_others(tmp_path: Path) -> None:
    async with running(sample_api(), "help lists", tmp_path) as (app, pilot):
        await pilot.press("slash", *"order", "enter")
        await until(pilot, lambda: app.screen.view._place >= 0)  # type: ignore[attr-defined]
        first = app.screen.view._place  # type: ignore[attr-defined]
        await pilot.press("n")
        await until(pilot, lambda: app.screen.view._place != first)  # type: ignore[attr-defined]
        await pilot.press("slash", *["backspace"] * 5, *"badge", "enter")
        await until(pilot, lambda: app.screen.shown_word() == "help sign-in")  # type: ignore[attr-defined]
        await until(pilot, lambda: app.screen.view._place >= 0)  # type: ignore[attr-defined]


async def test_a_word_that_no_page_has_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        app.open_word("help xyzzy")
        await until(pilot, lambda: "says nothing about xyzzy" in flat(shown(app)))


def test_every_screen_has_a_page_that_is_there() -> None:
    pages = set(guide.names())
    assert {*guide.ABOUT_SCOPE.values(), *guide.ABOUT_WORD.values()} <= pages


def test_a_language_shows_its_own_page_and_english_where_it_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "es").mkdir()
    (tmp_path / "lists.md").write_text("# Lists\n", encoding="utf-8")
    (tmp_path / "forms.md").write_text("# Forms\n", encoding="utf-8")
    (tmp_path / "es" / "lists.md").write_text("# Listas\n", encoding="utf-8")
    monkeypatch.setattr(guide, "PACKAGED", tmp_path)
    assert guide.page("lists", "es").title == "Listas"
    assert guide.page("lists", "es-MX").title == "Listas"
    assert guide.page("forms", "es").title == "Forms"
    assert guide.page("lists", "en").title == "Lists"


# The tour


async def test_the_tour_goes_on_as_its_steps_are_done_by_ones_own_keys(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path, size=(100, 30)) as (app, pilot):
        await pilot.press("colon", *"tour", "enter")
        await until(pilot, lambda: "1 of 9" in shown(app))
        await pilot.press("colon")
        await until(pilot, lambda: "2 of 9" in shown(app))
        await pilot.press(*"suppliers", "enter")
        await until(pilot, lambda: "3 of 9" in shown(app))
        await pilot.press("f8", *"Supplier", "enter")
        await until(pilot, lambda: "4 of 9" in shown(app))
        await pilot.press("5", "enter")
        await until(pilot, lambda: "5 of 9" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "6 of 9" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: "7 of 9" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: "8 of 9" in shown(app))
        await pilot.press(NEXT)
        await until(pilot, lambda: "9 of 9" in shown(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: app.tour.place == 9)
        await pilot.press("escape")
        await until(pilot, lambda: "That was it" in shown(app))
        await pilot.press(END)
        await until(pilot, lambda: "That was it" not in shown(app))
        assert not app.tour.running


async def test_the_tour_is_offered_once_and_one_key_puts_it_away(tmp_path: Path) -> None:
    options = Options(offers_tour=True)
    async with running(sample_api(), "", tmp_path, options=options) as (app, pilot):
        await until(pilot, lambda: "New here?" in shown(app))
        await pilot.press(END)
        await until(pilot, lambda: "New here?" not in shown(app))
    async with running(sample_api(), "", tmp_path, options=options) as (app, pilot):
        await settled(pilot)
        assert not app.tour.running


async def test_the_offer_goes_by_itself_when_one_goes_on_working(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path, options=Options(offers_tour=True)) as (app, pilot):
        await until(pilot, lambda: "New here?" in shown(app))
        await pilot.press("colon", *"suppliers", "enter")
        await until(pilot, lambda: isinstance(app.screen, ListScreen) and not app.tour.running)


async def test_the_tour_takes_no_key_that_is_typed(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path, size=(100, 30)) as (app, pilot):
        app.tour.begin()
        await pilot.press(*"S900")
        await settled(pilot)
        assert app.screen.focused.value == "S900"  # type: ignore[union-attr]


def test_another_person_is_offered_it_too(tmp_path: Path) -> None:
    one, other = Scope("s", "ann", "A"), Scope("s", "bob", "A")
    Toured(one, tmp_path).remember()
    assert Toured(one, tmp_path).offered and not Toured(other, tmp_path).offered
