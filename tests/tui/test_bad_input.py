"""Bad input: keys at random, a paste far too long, a window that changes its size in the middle of everything."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from textual.errors import NoWidget
from textual.events import Paste
from textual.screen import ModalScreen

from erp_tui.app import ErpApp
from erp_tui.core.keys.action import Action
from erp_tui.terminal import guard
from screens.forms.drafting import DraftingScreen
from screens.home import HomeScreen
from screens.purchasing.order_wizard import OrderWizard
from tests.tui.running import Running, running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi
from widgets.frame.command_bar import CommandInput

pytestmark = pytest.mark.client

LEAVING = frozenset({"ctrl+q", "ctrl+l"})
"""Keys that end the program or lock it: pressed by somebody who means it."""

CONFIRMING = frozenset({"f10", "y", "f2"})
"""Keys without which nothing is written: F10 and y say yes, F2 opens a cell of a list, which Enter saves."""

TYPED = (
    *("0", "7", "a", "s", "t", "x", ".", "-", "*", "+"),
    *("enter", "tab", "shift+tab", "up", "down", "left", "right"),
)
MORE = ("home", "end", "pageup", "pagedown", "backspace", "delete", "space", "ctrl+home", "ctrl+end")
PASTED = ("S001", "P1\t4\nP2\t5\n", "x" * 3000, "\x1b[31m[/x] \u202e", "10023\n", "y\n", "1\n2\n3\n" * 40)
SIZES = ((80, 24), (20, 5), (120, 40), (200, 60), (60, 20))
KEY_BAR_LINES = 2
SCREENS = (
    *("home", "find", "suppliers", "suppliers S001", "suppliers new", "products", "purchase-orders"),
    *("purchase-orders 10023", "po new", "receive 10023", "receive", "import products", "stock P1", "jobs"),
    *("note suppliers S001", "outbox", "drafts", "log", "guide", "history", "scanner"),
)
"""The main screens, those with something to type oftener than the others."""

BOUT = 20
"""Keys between one look at the app and the next."""


class Written(TradeApi):
    """Notes every write; a rehearsal is none."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def _note(self, what: str, more: Mapping[str, Any]) -> None:
        if not more.get("dry_run"):
            self.written.append(what)

    async def create(self, resource: str, data: Any, **more: Any) -> Any:
        self._note(f"create {resource}", more)
        return await super().create(resource, data, **more)

    async def update(self, resource: str, id: int, data: Any, **more: Any) -> Any:
        self._note(f"update {resource}", more)
        return await super().update(resource, id, data, **more)

    async def delete(self, resource: str, id: int, **more: Any) -> None:
        self._note(f"delete {resource}", more)
        await super().delete(resource, id, **more)

    async def operate(self, name: str, params: Any, **more: Any) -> Any:
        self._note(f"operate {name}", more)
        return await super().operate(name, params, **more)

    async def batch(self, resource: str, body: Any, **more: Any) -> Any:
        self._note(f"batch {resource}", more)
        return await super().batch(resource, body, **more)


def keys_of(app: ErpApp) -> list[str]:
    """Every key that means something anywhere, and those that a hand lands on."""
    table: Iterator[Action] = iter(app.offered.table)
    bound = {key for action in table for key in action.keys}
    return sorted((bound | set(TYPED) | set(MORE)) - LEAVING)


class Hands:
    """Somebody who hits whatever is there; the same for the same seed."""

    def __init__(self, running_app: Running, seed: int, without: Container[str] = ()) -> None:
        self.app, self.pilot = running_app
        self.rng = Random(seed)
        self.keys = [key for key in keys_of(self.app) if key not in without]
        self.last: list[str] = []

    async def bout(self) -> None:
        """A screen, and what is hit on it."""
        self.last = [word := self.rng.choice(SCREENS)]
        self.app.open_word(word)
        for _hit in range(BOUT):
            await self._hit()
            assert self.app._exception is None, f"after {self.last}"
            assert self.app.return_code is None, f"{self.last} ended it"

    async def _hit(self) -> None:
        chance = self.rng.random()
        if chance < 0.02:
            size = self.rng.choice(SIZES)
            self.last.append(f"size {size}")
            await self.pilot.resize_terminal(*size)
        elif chance < 0.08:
            width, height = self.app.size
            place = self.rng.randrange(width), self.rng.randrange(max(1, height - KEY_BAR_LINES))
            self.last.append(f"click {place}")
            with suppress(NoWidget):
                await self.pilot.click(offset=place, times=self.rng.choice((1, 1, 2)))
        elif chance < 0.12:
            text = self.rng.choice(PASTED)
            self.last.append(f"paste {text[:20]!r}")
            self.app.post_message(Paste(text))
        else:
            key = self.rng.choice(self.keys)
            self.last.append(key)
            await self.pilot.press(key)

    async def look(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The app is at rest, what is in the fields is in the drafts, and home is a word away."""
        app, pilot = self.app, self.pilot
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        for form in [source for source in app.draft_sources if isinstance(source, DraftingScreen)]:
            if form.is_attached and form.is_changed:
                form.save_draft()
                kept = app.drafts.load(form.draft_name(), form.draft_copy())
                held = json.loads(json.dumps(form.dump()))
                assert kept is not None and kept.data == held, f"{form} after {self.last}"
        # From here on somebody who looks before each key: a dialog is seen when it is answered.
        reaction = guard.REACTION
        monkeypatch.setattr(guard, "REACTION", 0.0)
        for _dialog in range(10):
            if not isinstance(app.screen, ModalScreen) and not isinstance(app.focused, CommandInput):
                break
            await pilot.press("escape")
            await settled(pilot)
        await pilot.press("ctrl+g", *"home", "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        monkeypatch.setattr(guard, "REACTION", reaction)


@contextmanager
def files_written_in(folder: Path) -> Iterator[None]:
    """What is exported or saved by chance stays in the test's own folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


async def mashed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int, bouts: int, without: Container[str] = ()
) -> list[str]:
    """What was written in the end."""
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("ERP_KEYRING", "off")
    api = Written()
    with files_written_in(folder):
        async with running(api, "", folder, size=(80, 24)) as (app, pilot):
            hands = Hands((app, pilot), seed, without)
            for _bout in range(bouts):
                await hands.bout()
                await hands.look(monkeypatch)
                if without:
                    assert api.written == [], f"written by {hands.last}"
            assert app._exception is None
    return api.written


async def test_keys_pastes_clicks_and_sizes_at_random_break_nothing_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short form."""
    await mashed(tmp_path, monkeypatch, 1, 3)


async def test_the_watch_over_writes_sees_one(tmp_path: Path) -> None:
    """The control of the test that follows."""
    api = Written()
    async with running(api, "receive 10023", tmp_path) as (_app, pilot):
        await pilot.press(*"P1", "enter", *"3", "enter", "f10")
        await until(pilot, lambda: api.written == ["operate purchasing.receive"])


async def test_without_a_key_that_confirms_nothing_is_written_whatever_else_is_hit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await mashed(tmp_path, monkeypatch, 2, 3, CONFIRMING) == []


@pytest.mark.soak
@pytest.mark.parametrize("without", [(), CONFIRMING], ids=["everything", "nothing-confirmed"])
@pytest.mark.parametrize("seed", range(100, 140))
async def test_many_bouts_at_random(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, without: Container[str]
) -> None:
    written = await mashed(tmp_path, monkeypatch, seed, 8, without)
    assert not without or written == []


async def test_ten_thousand_lines_pasted_into_a_quantity_lose_nothing_and_order_nothing(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path, size=(80, 24)) as (app, pilot):
        await pilot.press(*"S001", "f10", *"P1", "enter")
        screen = app.screen
        assert isinstance(screen, OrderWizard)
        app.post_message(Paste("\n".join(f"word {number}" for number in range(10_000))))
        await until(pilot, lambda: "10,000" in shown(app) or app.screen is not screen)
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is screen and "P1" in shown(app), "the line that was begun is still there"
        assert api.counts["create"] == 0
        assert app._exception is None


async def test_the_second_of_two_clients_that_change_one_record_chooses_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "suppliers S001", tmp_path, size=(80, 24)) as (app, pilot):
        await pilot.press("f6")
        await settled(pilot)
        api._find("suppliers", 1).update(name="Theirs", version=2)
        await pilot.press("end", *" Ltd", "f10")
        await until(pilot, lambda: "was changed meanwhile" in shown(app))
        assert "Theirs" in shown(app) and "Ltd" in shown(app), "both are there to choose from"
        assert api._find("suppliers", 1)["name"] == "Theirs", "nothing is overwritten unseen"
