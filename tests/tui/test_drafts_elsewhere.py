"""Drafts follow the person from terminal to terminal, and no typing is ever written over by another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.entry.conventions import INTERNATIONAL, conventions_of, use_conventions
from erp_tui.core.errors import ServerUnreachable
from screens.forms.form_screen import FormScreen
from screens.purchasing.order_wizard import OrderWizard
from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi
from widgets.dialogs.draft_offer import DraftOffer
from widgets.dialogs.stale_dialog import StaleDialog

pytestmark = pytest.mark.client

FORM = "suppliers/new"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    monkeypatch.setattr("erp_tui.live.draft_post.POST_AFTER", 0.01)
    yield


def texts(api: FakeApi, form: str = FORM) -> list[Any]:
    return [draft["data"] for (name, _copy), draft in api.drafts_kept.items() if name == form]


async def typed_at(api: FakeApi, folder: Path, terminal: str, *keys: str) -> None:
    """A supplier begun on a terminal, left with F3, and on the server by then."""
    async with running(api, "suppliers new", folder / terminal) as (app, pilot):
        app.draft_sync._terminal = terminal  # type: ignore[union-attr]
        await pilot.press(*keys, "f3")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen) and app.drafts.all())
        await until(pilot, lambda: all(app.drafts.is_on_server(draft) for draft in app.drafts.all()))


async def test_another_terminal_goes_on_where_this_one_was_left(tmp_path: Path) -> None:
    api = sample_api()
    await typed_at(api, tmp_path, "dock-3", *"ACME", "enter", *"Acm")
    async with running(api, "suppliers new", tmp_path / "office") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        assert "on dock-3. It was not sent." in shown(app) and "ACME · Acm" in shown(app)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and "ACME" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: api.counts["create"])
        await until(pilot, lambda: not api.drafts_kept)
    async with running(api, "suppliers new", tmp_path / "dock-3") as (app, pilot):
        await until(pilot, lambda: not app.drafts.all())
        assert isinstance(app.screen, FormScreen), "what was sent elsewhere is not offered here again"


async def test_a_word_typed_at_the_question_throws_no_draft_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = sample_api()
    await typed_at(api, tmp_path, "dock-3", *"ACME", "enter", *"Acm")
    async with running(api, "suppliers new", tmp_path / "dock-3") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press(*"ston")
        await until(pilot, lambda: "Nothing was done yet." in shown(app))
        assert isinstance(app.screen, DraftOffer) and app.drafts.all()
        monkeypatch.setattr("widgets.dialogs.draft_offer.WORD_GAP", 0.0)
        await pilot.press("n")
        await until(pilot, lambda: not isinstance(app.screen, DraftOffer) and not app.drafts.all())


async def test_a_wizard_is_resumed_on_another_terminal_on_the_step_where_it_was_left(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path / "dock") as (app, pilot):
        await pilot.press(*"S001", "f10", *"P1", "enter", *"4", "enter", *"P2", "f3")
        await until(pilot, lambda: api.drafts_kept and not isinstance(app.screen, OrderWizard))
    async with running(api, "po new", tmp_path / "office", size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, OrderWizard) and app.screen.is_changed)
        screen: Any = app.screen
        assert screen.steps.frame.index == 1
        assert [line["quantity"] for line in screen.steps.lines.lines] == ["4.000000"]
        assert screen.steps.lines.fields["product"].text == "P2"


async def test_what_was_typed_before_the_offer_was_seen_is_kept_as_another_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *"P1", "enter", *"4", "enter", "f3")
        await until(pilot, lambda: app.drafts.all() and not isinstance(app.screen, OrderWizard))
    async with running(api, "", tmp_path) as (app, pilot):
        # The question comes late: somebody types already.
        later: list[Any] = []
        with monkeypatch.context() as late:
            late.setattr(app, "interrupt", lambda dialog, answered: later.append((dialog, answered)))
            app.open_word("po new")
            await until(pilot, lambda: later)
        await pilot.press(*"NEW")
        app.interrupt(*later[0])
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, OrderWizard) and "▸ 2 Lines" in shown(app))
        await until(pilot, lambda: len(app.drafts.all()) == 2)
        assert any("NEW" in str(draft.data) for draft in app.drafts.all())


async def test_two_terminals_that_type_into_one_draft_both_keep_their_typing(tmp_path: Path) -> None:
    api = sample_api()
    await typed_at(api, tmp_path, "dock", *"ACME")
    async with running(api, "suppliers new", tmp_path / "dock") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.is_changed)
        ((which, kept),) = api.drafts_kept.items()
        api.drafts_kept[which] = {
            **kept, "revision": kept["revision"] + 1, "terminal": "office", "data": {"form": {"code": "OFFICE"}}
        }  # fmt: skip
        await pilot.press("tab", *"Typed here")
        await until(pilot, lambda: len(api.drafts_kept) == 2 and "Typed here" in str(texts(api)))
        assert [each["form"]["code"] for each in texts(api)] == ["OFFICE", "ACME"]
        assert texts(api)[1]["form"]["name"] == "Typed here"
        await pilot.press("f3")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))
        app.open_word("suppliers new")
        await until(pilot, lambda: isinstance(app.screen, DraftOffer))
        assert "Draft 1 of 2" in shown(app)
        first = shown(app)
        await pilot.press("o")
        await settled(pilot)
        assert {"on office" in first, "on office" in shown(app)} == {True, False}, (
            "the other one is offered too"
        )


async def test_what_is_typed_while_the_server_is_away_goes_there_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.live.draft_post.TRY_AGAIN_AFTER", 0.05)
    api = sample_api()
    api.fail["put_draft"] = [ServerUnreachable("http://127.0.0.1:1", "no route") for _ in range(3)]
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME")
        await until(pilot, lambda: texts(api))
        assert texts(api)[0]["form"]["code"] == "ACME"
        assert isinstance(app.screen, FormScreen)


async def test_nothing_is_pushed_while_nothing_changes(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME")
        await until(pilot, lambda: texts(api))
        pushed = api.counts["put_draft"]
        app.drafts_due()
        await pilot.press("a", "backspace")
        await until(pilot, lambda: not app.screen._draft_timer and app.post._timer is None)  # type: ignore[attr-defined]
        assert api.counts["put_draft"] == pushed


async def test_throwing_a_draft_away_throws_it_away_everywhere(tmp_path: Path) -> None:
    api = sample_api()
    await typed_at(api, tmp_path, "dock", *"ACME")
    async with running(api, "drafts", tmp_path / "office") as (app, pilot):
        await until(pilot, lambda: "New: Supplier" in shown(app) and "dock" in shown(app))
        await pilot.press("4", "enter")
        await until(pilot, lambda: not api.drafts_kept and "There is no draft" in shown(app))
    async with running(api, "drafts", tmp_path / "dock") as (app, pilot):
        await until(pilot, lambda: "There is no draft" in shown(app))


async def test_the_list_of_drafts_opens_one_that_another_terminal_typed(tmp_path: Path) -> None:
    api = sample_api()
    await typed_at(api, tmp_path, "dock", *"ACME")
    async with running(api, "drafts", tmp_path / "office") as (app, pilot):
        await until(pilot, lambda: "New: Supplier" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and "ACME" in shown(app))


async def test_leaving_says_once_that_the_typing_is_kept(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME")
        app.open_word("products")
        await until(pilot, lambda: "is kept as a draft" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        app.clear_notifications()
        await pilot.press("f3")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))
        assert "is kept as a draft" not in shown(app)


async def test_a_draft_of_a_record_that_somebody_saved_since_asks_whose_values_to_keep(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "suppliers S002", tmp_path) as (app, pilot):
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.form)
        app.screen.form.fields["name"].focus()  # type: ignore[attr-defined]
        await pilot.press("end", *" mine", "f3")
        await until(pilot, lambda: app.drafts.all() and not isinstance(app.screen, FormScreen))
        row = api.resources["suppliers"].rows[1]
        row |= {"name": "Theirs", "lead_time": 99, "version": 2}
        app.open_word("drafts")
        await until(pilot, lambda: "Supplier S002" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.is_changed)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, StaleDialog))
        assert "! Name" in shown(app) and "▸Theirs" in shown(app) and "Supplier 2 mine" in shown(app)
        await pilot.press("m", "f10")
        await until(pilot, lambda: row["name"] == "Supplier 2 mine")
        assert row["lead_time"] == 99, "what only the other person changed stays"


async def test_a_number_and_a_day_mean_the_same_on_a_terminal_that_writes_them_another_way(
    tmp_path: Path,
) -> None:
    api = sample_api()
    try:
        use_conventions(conventions_of("de"))
        await typed_at(
            api, tmp_path, "dock", *"ACME", "enter", "enter", *"1.234,5", "tab", "tab", "tab", *"28.02.2027"
        )
        use_conventions(conventions_of("en-US"))
        async with running(api, "suppliers new", tmp_path / "office") as (app, pilot):
            await until(pilot, lambda: isinstance(app.screen, DraftOffer))
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.is_changed)
            fields = app.screen.form.fields  # type: ignore[attr-defined]
            assert (fields["credit_limit"].value, fields["since"].value) == ("1234.5000", "2027-02-28")
            assert (fields["credit_limit"].text, fields["since"].text) == ("1234.50", "02/28/2027")
    finally:
        use_conventions(INTERNATIONAL)


async def test_what_is_typed_beside_an_api_key_stays_on_this_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_API_KEY", "erp.prefix.secret")
    api = sample_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME", "f3")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen) and app.drafts.all())
        await settled(pilot)
        assert (app.draft_sync, api.drafts_kept) == (None, {})
        assert not api.counts["drafts"] and not api.counts["draft_copies"]
