"""A form that keeps a draft: a second after the last letter at the latest, and when the line drops at once.

`HANG=1` blocks the event loop on F2, `UNREGISTERED=1` leaves the form out: the control. `SLOW_DISK` is how many
seconds a write takes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import Input, Label

from erp_tui.app import ErpApp
from erp_tui.core.kept.files import write_atomically
from screens.base import ErpScreen

DRAFT = Path(os.environ["DRAFT"])
DEBOUNCE = 0.5


class DraftForm(ErpScreen[None]):
    scope: ClassVar[str] = "form"
    BINDINGS = [Binding("f2", "hang", priority=True), Binding("f9", "crash", priority=True)]

    def __init__(self) -> None:
        super().__init__()
        self._saving: Timer | None = None

    def compose_body(self) -> Iterable[Any]:
        yield Input(id="remark")
        yield Label("0 letters", id="echo")

    def on_mount(self) -> None:
        if not os.environ.get("UNREGISTERED"):
            self.host.draft_sources.add(self)
        self.query_one("#remark").focus()

    @on(Input.Changed)
    def keep(self, event: Input.Changed) -> None:
        self.query_one("#echo", Label).update(f"{len(event.value)} letters")
        if self._saving is None:
            self._saving = self.set_timer(DEBOUNCE, self._save)

    def _save(self) -> None:
        self._saving = None
        self.save_draft()

    def save_draft(self) -> None:
        time.sleep(float(os.environ.get("SLOW_DISK", "0")))
        write_atomically(DRAFT, self.query_one("#remark", Input).value.encode())

    def action_hang(self) -> None:
        time.sleep(60)

    def action_crash(self) -> None:
        password = "correct horse battery"
        raise RuntimeError(f"cannot go on with {password}")


class DraftApp(ErpApp):
    async def _open_first_screen(self) -> None:
        self.push_screen(DraftForm())


if __name__ == "__main__":
    app = DraftApp()
    app.run()
    raise SystemExit(app.return_code)
