"""Every screen of the registry, one after another (SIGUSR1), left alone over a server that is asked for changes often.

`POLLS` is the file that grows with each question; `BLINK=1` paints while idle: the control. `SHARD=2/8` shows every
eighth screen from the second on; `EACH_ONCE=1` shows a list of records once and not for every resource.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from textual.screen import Screen
from textual.worker import WorkerState

import erp_tui.live.poller
from erp_tui.app import ErpApp
from erp_tui.commands.trail import FIRST_SCREEN
from erp_tui.core.remote import models
from erp_tui.terminal.settling import everything_idle
from screens.registry import SCREENS, ScreenEntry, UnknownWord
from tests.pty.apps import every_screen
from tests.pty.apps.every_screen import EveryScreen, HostileApi, entry_with
from tests.pty.places import print_place

BESIDE = frozenset({"poller", "say-where"})
"""Groups of workers that go on while a screen is at rest."""


class AnsweringApi(HostileApi):
    async def changes(self, after: int | None = None, *, limit: int | None = None) -> models.ChangeFeed:
        with Path(os.environ["POLLS"]).open("a") as file:
            file.write(".")
        return await super().changes(after, limit=limit)


class IdleScreens(EveryScreen):
    def __init__(self, session: Any) -> None:
        super().__init__(session)
        entries = [entry for entry in SCREENS if not (os.environ.get("EACH_ONCE") and is_generic(entry))]
        self.places = [lambda entry=entry: opened(entry) for entry in entries]
        self.places += [
            lambda word=entry.word: entry_with(word, ["id:5"]) for entry in entries if entry.resource
        ]
        shard, _slash, shards = os.environ.get("SHARD", "0/1").partition("/")
        self.places = self.places[int(shard) :: int(shards)]

    def show_next_place(self) -> None:
        self.place += 1
        self.leave_questions()
        if self.place == len(self.places):
            self.exit(0)
            return
        self.switch_screen(self.places[self.place]())
        if os.environ.get("BLINK"):
            self.set_interval(0.1, lambda: ErpApp.bell(self))
        self.run_worker(self.say_where(), group="say-where", exclusive=True)

    async def say_where(self) -> None:
        """Writes the place once the screen is filled and no message stands over it."""
        calm = 0
        while calm < 5:
            await asyncio.sleep(0.02)
            asks = len(self.screen_stack) > FIRST_SCREEN
            busy = not asks and any(
                worker.state is WorkerState.RUNNING and worker.group not in BESIDE for worker in self.workers
            )
            calm = 0 if busy or len(self._notifications) or not everything_idle(self) else calm + 1
        print_place(self.place, len(self.places))


def is_generic(entry: ScreenEntry) -> bool:
    """Whether this is one of the many lists that differ in nothing but their records."""
    return entry.target.startswith("screens.generic.words:") and entry.word not in {"suppliers", "audit"}


def opened(entry: ScreenEntry) -> Screen[Any]:
    """The screen of a word, of a record where the word alone says nothing."""
    try:
        return entry.open()
    except UnknownWord:
        return entry.open(["suppliers", "5"])


def main() -> int:
    erp_tui.live.poller.INTERVAL = 0.1  # type: ignore[misc]
    every_screen.HostileApi = AnsweringApi  # type: ignore[misc]
    every_screen.EveryScreen = IdleScreens  # type: ignore[misc]
    return every_screen.main()


if __name__ == "__main__":
    raise SystemExit(main())
