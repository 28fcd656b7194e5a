"""The ordered key queue where a clock and a server can be held still. P11's long way is tests/pty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, ClassVar

import pytest
from textual import on, work
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from erp_tui.app import ErpApp
from erp_tui.terminal.guard import REACTION
from erp_tui.terminal.settling import LOOK_UP, now
from screens.base import ErpScreen
from tests.tui.settle import settled
from widgets.frame.command_bar import CommandBar

pytestmark = pytest.mark.client


class Form(ErpScreen[None]):
    scope: ClassVar[str] = "form"

    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()
        self.fails = False

    def compose_body(self) -> Iterable[Any]:
        yield Input(id="first")
        yield Input(id="second")

    def on_mount(self) -> None:
        for field in self.query("#first"):
            field.focus()

    @on(Input.Submitted, "#first")
    def entered(self) -> None:
        self.look_up()

    @work(group=LOOK_UP, exit_on_error=False)
    async def look_up(self) -> None:
        await self.answer.wait()
        if self.fails:
            raise LookupError("There is no product X.")
        self.query_one("#second").focus()

    def value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value


class Ask(ModalScreen[str]):
    BINDINGS = [("enter", "answer", "Yes")]

    def compose(self) -> Iterable[Any]:
        yield Label("Delete everything?")

    def action_answer(self) -> None:
        self.dismiss("yes")


class FormApp(ErpApp):
    def __init__(self) -> None:
        super().__init__()
        self.form = Form()
        self.bells = 0

    async def _open_first_screen(self) -> None:
        self.push_screen(self.form)

    def bell(self) -> None:
        self.bells += 1


def read(app: ErpApp, *names: str, at: float | None = None) -> None:
    """Keys as the driver would bring them, all in one read."""
    for name in names:
        event = Paste(name[1:]) if name.startswith("^") else Key(name, name if len(name) == 1 else None)
        event.time = now() if at is None else at
        app.post_message(event)


async def until(done: Any) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.002)


async def test_keys_wait_for_a_look_up_and_then_go_where_it_led() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        read(app, "a", "enter", "1", "^23", "4")
        await until(lambda: app.keys.waiting == 3)
        assert (app.form.value("first"), app.form.value("second")) == ("a", "")
        app.form.answer.set()
        await settled(pilot)
        assert (app.form.value("first"), app.form.value("second")) == ("a", "1234")


class Late(Vertical):
    """Makes its field only when it has what it needs, as a form does that waits for its description."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()

    def on_mount(self) -> None:
        self.call_later(self.fill)

    async def fill(self) -> None:
        await self.ready.wait()
        await self.mount(Input(id="first"))
        self.query_one(Input).focus()


class LateForm(Form):
    def compose_body(self) -> Iterable[Any]:
        yield Late()


async def test_what_is_typed_for_a_form_that_is_being_built_goes_into_its_first_field() -> None:
    app = FormApp()
    app.form = LateForm()
    async with app.run_test():
        await until(lambda: app.screen is app.form and list(app.form.query(Late)))
        read(app, "a", "b", at=now() - 1)  # longer ago than a gun's next letter takes
        await until(lambda: app.keys.waiting == 2)
        await asyncio.sleep(0)
        app.form.query_one(Late).ready.set()
        await until(lambda: app.form.query("#first") and app.form.value("first") == "ab")


async def test_a_failed_look_up_throws_away_what_was_typed_for_its_success_and_rings() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        app.form.fails = True
        read(app, "a", "enter", "1", "2")
        await until(lambda: app.keys.waiting == 2)
        app.form.answer.set()
        await settled(pilot)
        assert (app.form.value("first"), app.form.value("second")) == ("a", "")
        assert app.bells == 1


async def test_ctrl_c_gives_up_a_look_up_that_does_not_come_back() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        read(app, "a", "enter", "1")
        await until(lambda: app.keys.waiting == 1)
        read(app, "ctrl+c")
        await settled(pilot)
        read(app, "b")
        await settled(pilot)
        assert (app.form.value("first"), app.form.value("second")) == ("ab", "")


async def test_a_hold_shows_its_reason_and_an_error_in_it_flushes() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        with pytest.raises(OSError), app.keys.hold("asking the server"):
            read(app, "x")
            await until(lambda: app.keys.waiting == 1)
            assert app.keys.reason == "asking the server"
            await until(lambda: app.status.waiting == 1)
            assert app.status.note == "asking the server"
            raise OSError
        await settled(pilot)
        assert app.form.value("first") == ""
        assert app.bells == 1


async def test_keys_read_before_an_unasked_dialog_was_seen_go_to_the_screen_beneath() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        answers: list[Any] = []
        app.interrupt(Ask(), answers.append)
        await until(lambda: isinstance(app.screen, Ask))
        await settled(pilot)
        read(app, "a", "b", at=now())
        read(app, "enter", at=now())
        await until(lambda: app.keys.waiting == 3)
        assert answers == []
        read(app, "enter", at=now() + 2 * REACTION)
        await until(lambda: answers == ["yes"])
        app.form.answer.set()
        await settled(pilot)
        assert app.form.value("first") == "ab"
        assert app.form.query_one("#second").has_focus


async def test_a_dialog_waits_for_a_pause_in_the_typing() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        read(app, "a")
        app.interrupt(Ask())
        started = now()
        await until(lambda: isinstance(app.screen, Ask))
        assert now() - started >= REACTION * 0.8


async def test_the_command_line_opens_by_a_key_and_takes_what_was_typed_ahead() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        read(app, "ctrl+g", *"nonsense", "enter")
        await settled(pilot)
        assert app.bells == 1
        assert app.form.value("first") == ""
        # It stays there to be corrected.
        assert app.screen.query_one(CommandBar).query_one(Input).value == "nonsense"
        read(app, "escape", "z")
        await settled(pilot)
        assert app.form.value("first") == "z"
