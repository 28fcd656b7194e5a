"""The look-up field: exact code and Enter never opens a list; what is typed ahead lands in the next field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.terminal.settling import LOOK_UP
from tests.tui.fake_api import FakeApi, FakeResource
from tests.tui.running import running, shown, until
from tests.tui.sample import field, sample_api
from tests.tui.settle import settled
from tests.tui.trade import described
from widgets.dialogs.prompter import Prompter
from widgets.waiting import LOOK_UP_GROUP

pytestmark = [pytest.mark.client, pytest.mark.usefixtures("generic_orders")]


def supplier_of(app: Any) -> Any:
    return app.screen.form.fields["supplier"]


def test_the_key_queue_waits_for_the_workers_of_look_ups() -> None:
    assert LOOK_UP_GROUP == LOOK_UP


async def test_an_exact_code_and_enter_shows_the_name_and_opens_no_list(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003", "enter")
        await settled(pilot)
        assert not isinstance(app.screen, Prompter)
        assert supplier_of(app).value == 3
        assert "Supplier 3" in shown(app)
        assert app.screen.form.fields["ordered_on"].has_focus_within  # type: ignore[attr-defined]
        assert api.arguments("get") == [("suppliers", "code:S003")]


async def test_keys_typed_while_the_server_is_asked_land_in_the_next_field(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003")
        api.answering.clear()
        app.post_message(key("enter"))
        for character in "+7":
            app.post_message(key(character))
        await pilot.pause(0.05)
        assert supplier_of(app).text == "S003"
        api.answering.set()
        await until(pilot, lambda: app.screen.form.fields["ordered_on"].text == "+7")  # type: ignore[attr-defined]
        assert supplier_of(app).value == 3


async def test_an_unknown_code_stays_with_a_sentence_and_what_was_typed_ahead_is_thrown_away(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"NOPE")
        api.answering.clear()
        for name in ("enter", "t", "enter"):
            app.post_message(key(name))
        await pilot.pause(0.05)
        api.answering.set()
        await until(pilot, lambda: "There is no Supplier 'NOPE'" in shown(app))
        assert supplier_of(app).text == "NOPE"
        assert supplier_of(app).has_focus_within
        await until(pilot, lambda: "Keys typed ahead and thrown away: 2." in app.status.note)
        assert not app._notifications, "a message at the corner would cover the entry"
        assert app.screen.form.fields["ordered_on"].text == ""  # type: ignore[attr-defined]


async def test_after_a_refusal_the_next_code_takes_the_place_of_the_refused_one(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"NOPE", "enter")
        await until(pilot, lambda: "There is no Supplier 'NOPE'" in shown(app))
        await pilot.press(*"S003", "enter")
        await until(pilot, lambda: supplier_of(app).is_resolved)
        assert supplier_of(app).value == 3


@pytest.mark.parametrize(
    ("keys", "left"), [(("backspace",), "S00"), (("end", "5"), "S00X5"), (("backspace", "3"), "S003")]
)
async def test_a_refused_code_can_be_corrected_key_by_key(
    tmp_path: Path, keys: tuple[str, ...], left: str
) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S00X", "enter")
        await until(pilot, lambda: "There is no Supplier 'S00X'" in shown(app))
        await pilot.press(*keys)
        await until(pilot, lambda: supplier_of(app).text == left)


async def test_f4_opens_the_list_narrowed_to_what_was_typed_and_enter_chooses(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S00", "f4")
        await until(
            pilot,
            lambda: isinstance(app.screen, Prompter) and "9 rows" not in shown(app) and "S009" in shown(app),
        )
        assert "S010" not in shown(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Prompter))
        assert supplier_of(app).value == 2
        assert "Supplier 2" in shown(app)


async def test_candidates_appear_while_typing_and_an_arrow_picks_one(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S01")
        await until(pilot, lambda: "S010  Supplier 10" in shown(app))
        await pilot.press("down", "down", "enter")
        await settled(pilot)
        assert supplier_of(app).value == 11


async def used(api: FakeApi, folder: Path, code: str = "S003") -> None:
    """A code looked up once on this terminal, whose order was then given up."""
    async with running(api, "purchase-orders new", folder) as (app, pilot):
        await pilot.press(*code, "enter")
        await until(pilot, lambda: supplier_of(app).is_resolved)
        await pilot.press("escape", "y")
        await until(pilot, lambda: not app.drafts.all())


async def test_a_code_used_before_settles_without_waiting_and_shows_its_name_while_typed(
    tmp_path: Path,
) -> None:
    api = sample_api()
    await used(api, tmp_path)
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003")
        await settled(pilot)
        assert "Supplier 3" in shown(app), "the name stands there before Enter"
        api.answering.clear()
        await pilot.press("enter", *"+7")
        await pilot.pause(0.05)
        assert app.screen.form.fields["ordered_on"].text == "+7", "no key waited for the server"  # type: ignore[attr-defined]
        assert supplier_of(app).value == 3
        api.answering.set()
        await settled(pilot)


async def test_tab_takes_a_code_used_before_without_waiting_too(tmp_path: Path) -> None:
    api = sample_api()
    await used(api, tmp_path)
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003")
        await settled(pilot)
        api.answering.clear()
        await pilot.press("tab", *"+7")
        await pilot.pause(0.05)
        assert app.screen.form.fields["ordered_on"].text == "+7"  # type: ignore[attr-defined]
        assert supplier_of(app).value == 3
        api.answering.set()
        await settled(pilot)


async def test_a_remembered_code_that_is_gone_is_refused_in_its_place_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    api = sample_api()
    await used(api, tmp_path)
    del api.resources["suppliers"].rows[2]  # type: ignore[attr-defined]
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003")
        api.answering.clear()
        await pilot.press("enter", *"t", "enter")
        app.post_message(key("f10"))
        await pilot.pause(0.05)
        api.answering.set()
        await until(pilot, lambda: "There is no Supplier 'S003'" in shown(app))
        assert not api.counts["create"]


async def test_a_record_that_changed_is_forgotten_when_the_feed_tells_it(tmp_path: Path) -> None:
    api = sample_api()
    await used(api, tmp_path)
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        assert app.known_codes.get("suppliers", "S003")  # type: ignore[union-attr]
        api.tell_change("suppliers", 3)
        await until(pilot, lambda: not app.known_codes.get("suppliers", "S003"))  # type: ignore[union-attr]


async def test_what_is_remembered_is_for_its_owner_alone(tmp_path: Path) -> None:
    await used(sample_api(), tmp_path)
    (file,) = (tmp_path / "codes").rglob("suppliers.json")
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_label_resolves_to_its_product_and_one_that_names_two_opens_the_list_with_those(
    tmp_path: Path,
) -> None:
    api = sample_api()
    labels = [("4006381333931", 2), ("A-77", 3), ("A-77", 4)]
    rows = [
        {"id": n, "version": 1, "code": code, "product": product} for n, (code, product) in enumerate(labels)
    ]
    api.resources["barcodes"] = FakeResource(described("barcodes", [field("code")], ["code"]), rows)
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        product = app.screen.lines.fields["product"]  # type: ignore[attr-defined]
        product.focus()
        await pilot.press(*"4006381333931", "enter")
        await until(pilot, lambda: product.value == 2 and product.text == "P2")
        product.focus()
        product.text = ""
        await pilot.press(*"A-77", "enter")
        await until(pilot, lambda: isinstance(app.screen, Prompter) and "P4" in shown(app))
        assert "P3" in shown(app) and "P5" not in shown(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: product.value == 4)


async def test_the_beginning_of_a_name_that_only_one_has_is_enough(tmp_path: Path) -> None:
    async with running(sample_api(), "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"supplier 12", "enter")
        await until(pilot, lambda: supplier_of(app).value == 12)


async def test_the_list_behind_f4_takes_filters_and_sorts_and_remembers_the_last_search(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path, size=(100, 30)) as (app, pilot):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, Prompter) and "S009" in shown(app))
        await pilot.press(*"lead_time=7", "enter")
        await until(pilot, lambda: supplier_of(app).value == 7)
        assert api.arguments("list")[-1]["filter"] == "lead_time=7"
        supplier_of(app).focus()
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, Prompter) and "lead_time=7" in shown(app))
        await pilot.press("f8", "delete", "f7")
        await until(pilot, lambda: isinstance(app.screen, Prompter) and app.screen.table.ordering == "-code")


async def test_a_record_made_from_inside_the_list_comes_back_chosen(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        order = app.screen
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, Prompter) and "F6 makes a new one" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: "New: Supplier" in shown(app))
        await pilot.press(*"NEWCO", "enter", *"New company", "f10")
        await until(pilot, lambda: app.screen is order)
        assert supplier_of(app).value == 13 and "New company" in shown(app)


def key(name: str) -> Any:
    from textual import events

    return events.Key(name, name if len(name) == 1 else None)
