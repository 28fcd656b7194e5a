"""A receiving form in the small: item, quantity, location; each field asks a slow server where to go next.

`STOCK=1` runs it on stock Textual, the control. Every stored record is a line of JSON in `SCAN_LOG`, and so is
every answer of a dialog. `POPUPS` seconds apart a dialog appears by itself. `LIST=1` shows in place of the form
a list, on which every letter is an action: it logs scans and keys. `GAP` is how the gun was trained.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from erp_tui.app import ErpApp
from erp_tui.core.scanning.config import ScannerConfig
from erp_tui.core.scanning.reading import Scan
from erp_tui.terminal.settling import LOOK_UP
from screens.base import ErpScreen

STOCK = bool(os.environ.get("STOCK"))
API_SECONDS = float(os.environ.get("API_SECONDS", "0.3"))
POPUPS = float(os.environ.get("POPUPS", "0"))
LIST = bool(os.environ.get("LIST"))
GAP = int(os.environ.get("GAP", "60"))
LOG = Path(os.environ["SCAN_LOG"])
FIELDS = ("item", "quantity", "location")


def note(kind: str, value: Any) -> None:
    with LOG.open("a", encoding="utf-8") as log:
        log.write(json.dumps([kind, value]) + "\n")


class Question(ModalScreen[str]):
    """Appears by itself; Enter confirms, Esc declines."""

    BINDINGS = [Binding("enter", "answer('yes')"), Binding("escape", "answer('no')")]

    def compose(self) -> Iterable[Any]:
        yield Label("Delete everything?")

    def action_answer(self, answer: str) -> None:
        note("dialog", answer)
        self.dismiss(answer)


class Detail(ModalScreen[None]):
    """Opened by F4, the clerk's own key, and closed by Esc; what is typed ahead belongs to it."""

    BINDINGS = [Binding("escape", "close")]

    def compose(self) -> Iterable[Any]:
        yield Input(id="remark")

    def action_close(self) -> None:
        note("remark", self.query_one(Input).value)
        self.dismiss()


class ScanForm(ErpScreen[None]):
    scope: ClassVar[str] = "receiving"
    BINDINGS = [
        Binding("f10", "app.finish"),
        *([Binding("ctrl+j,ctrl+d", "submit_field", priority=True)] if STOCK else []),
    ]

    def compose(self) -> Iterable[Any]:
        for name in FIELDS:
            yield Input(id=name)
        yield Label("0 stored", id="count")

    def on_mount(self) -> None:
        self.stored = 0
        self.query_one("#item").focus()

    def action_prompt(self) -> None:
        self.app.push_screen(Detail())

    async def action_back(self) -> None:
        """Esc leads nowhere from here."""

    async def action_submit_field(self) -> None:
        focused = self.focused
        if isinstance(focused, Input):
            await focused.action_submit()

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        self.look_up(str(event.input.id))

    @work
    async def look_up(self, field: str) -> None:
        with nullcontext() if STOCK else self.keys.hold("looking up"):
            await asyncio.sleep(API_SECONDS)
            place = FIELDS.index(field)
            if field != "location":
                self.query_one(f"#{FIELDS[place + 1]}").focus()
                return
            note("record", [self.query_one(f"#{name}", Input).value for name in FIELDS])
            self.stored += 1
            for name in FIELDS:
                self.query_one(f"#{name}", Input).value = ""
            self.query_one("#count", Label).update(f"{self.stored} stored")
            self.query_one("#item").focus()


class ScanList(ErpScreen[None]):
    """A list: digits are options, letters position, `]` leads to another screen. Here each is only noted."""

    scope: ClassVar[str] = "list"
    BINDINGS = [Binding("f10", "app.finish")]

    def compose(self) -> Iterable[Any]:
        yield Label("0 scanned", id="count")

    def on_mount(self) -> None:
        self.scanned = 0

    def on_key(self, event: Key) -> None:
        event.stop()
        note("key", event.key)

    def take_scan(self, scan: Scan, *, typing: bool) -> bool:
        self.look_up(scan.code)
        return True

    @work(group=LOOK_UP, exit_on_error=False)
    async def look_up(self, code: str) -> None:
        await asyncio.sleep(API_SECONDS)
        note("scan", code)
        self.scanned += 1
        self.query_one("#count", Label).update(f"{self.scanned} scanned")


SHOWN = ScanList if LIST else ScanForm


class Stock(App[int]):
    """The same form on Textual as it comes."""

    command_history: ClassVar[list[str]] = []

    def on_mount(self) -> None:
        self.push_screen(SHOWN())
        if POPUPS:
            self.set_interval(POPUPS, lambda: self.push_screen(Question()))

    def key_labels(self, screen: Any) -> Iterable[Any]:
        return ()

    @property
    def status(self) -> Any:
        return None

    def action_finish(self) -> None:
        self.exit(0)


class Queued(ErpApp):
    """The form on our app."""

    async def _open_first_screen(self) -> None:
        self.keys.scanner = ScannerConfig(gap=GAP)
        self.push_screen(SHOWN())
        if POPUPS:
            self.set_interval(POPUPS, lambda: self.interrupt(Question()))

    def action_finish(self) -> None:
        self.exit(0)


if __name__ == "__main__":
    (Stock if STOCK else Queued)().run()
