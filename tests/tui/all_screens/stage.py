"""A stage for every screen: the real app over a server in memory, at a time that stands still."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import ModuleType
from typing import Any

import textual.app
import textual.pilot
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.app import App
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen

import erp_tui
import screens
import widgets
from erp_tui.commands.trail import FIRST_SCREEN
from tests.tui.all_screens.company import Company
from tests.tui.running import at_work, running, shown, until
from tests.tui.settle import settled, when_done

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""When everything is shown."""

SAME = 3
"""How often a screen must look the same before it is taken as it is."""

SERVED = "erp_tui.core.remote"
"""Modules whose answers are read with the real class of moments."""


class _Moments(type(datetime)):  # type: ignore[misc]
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class _Noon(datetime, metaclass=_Moments):
    """The class of moments in which it is always noon."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOON.astimezone(tz) if tz else NOON.replace(tzinfo=None)


def all_modules() -> Iterator[ModuleType]:
    """Every module of the client that has to do with a screen, imported."""
    for package in (screens, widgets, erp_tui):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith("erp_tui.cli") and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def hurry() -> None:
    """Keys follow each other at once, messages stay, and nothing is painted: it is read from the screen itself."""
    Notification.time_left = property(lambda _message: 1000.0)  # type: ignore[method-assign, assignment]
    Notification.has_expired = property(lambda _message: False)  # type: ignore[method-assign, assignment]
    textual.app.wait_for_idle = textual.pilot.wait_for_idle = when_done  # type: ignore[assignment, attr-defined]
    Compositor.render_update = _paint_nothing  # type: ignore[method-assign]


def _paint_nothing(compositor: Compositor, **_how: Any) -> None:
    compositor._dirty_regions.clear()


def stop_the_clock() -> None:
    """It is noon wherever the client asks for the time, however late a module was first imported."""
    list(all_modules())
    for name, module in sys.modules.items():
        ours = name.partition(".")[0] in {"erp_tui", "screens", "widgets"} and not name.startswith(SERVED)
        if ours and getattr(module, "datetime", None) is datetime:
            module.datetime = _Noon  # type: ignore[attr-defined]


def screen_classes() -> set[type[Screen[Any]]]:
    """Every screen and dialog of the client that nothing is made of: what a person may come to see."""
    ours = {
        each
        for module in all_modules()
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Screen) and each.__module__ == module.__name__
    }
    bases = {base for each in ours for base in each.__mro__[1:]}
    return ours - bases


@dataclass
class Stage:
    """The app as a person left it, and the hands on it."""

    app: Any
    pilot: Pilot[Any]
    api: Company
    folder: Path

    async def open(self, word: str) -> None:
        """The screen of a command line."""
        self.app.open_word(word)
        await settled(self.pilot)

    async def show(self, screen: Screen[Any]) -> None:
        """A screen or dialog over what is there."""
        self.app.push_screen(screen)
        await settled(self.pilot)

    async def press(self, *keys: str) -> None:
        """Keys, one after another."""
        await self.pilot.press(*keys)
        await settled(self.pilot)

    async def type(self, *texts: str) -> None:
        """Each text and Enter."""
        for text in texts:
            await self.press(*text, "enter")

    async def until(self, condition: Callable[[], Any]) -> None:
        """Returns when the condition holds."""
        await until(self.pilot, condition)

    def says(self, text: str) -> bool:
        """Whether this text is on the screen."""
        return text in shown(self.app)

    def at_work(self) -> bool:
        """Whether the screen on top still waits for something that it asked for."""
        return at_work(self.app)

    def _drawn(self) -> str:
        """The screen, of a dialog the dialog alone: what lies beneath takes another size only once it is free."""
        if not isinstance(self.app.screen, ModalScreen):
            return shown(self.app)
        visible_screen_stack.set([])
        # It keeps its ground and its lines as they were drawn last, with what lay beneath.
        self.app.screen._layout_cache.clear()
        self.app.screen._set_dirty()
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()[:height]
        return "\n".join(strip.text[:width].rstrip() for strip in lines)

    async def look(self, width: int, height: int) -> str:
        """What is shown in a window of this size."""
        if self.app.size != (width, height):
            await self.pilot.resize_terminal(width, height)
        await self.until(lambda: self.app.size == (width, height) and not self.app.status.waiting)
        text, same = self._drawn(), 0
        while (
            same < SAME
        ):  # A layout that is due is no message: nothing tells of it but that something changes.
            await self.pilot.pause(0.01)
            await settled(self.pilot)
            before, text = text, self._drawn()
            same = same + 1 if text == before and not self.app.screen._layout_required else 0
        return text + "\n"

    async def clear(self) -> None:
        """Back to the first screen with nothing kept and nothing said."""
        while len(self.app.screen_stack) > FIRST_SCREEN:
            await self.app.pop_screen()
        self.app.tour.end()
        self.api.reset()
        await settled(self.pilot)
        self.app.clear_notifications()
        for folder in ("log", "outbox"):
            shutil.rmtree(self.folder / folder, ignore_errors=True)
        for draft in self.app.drafts.all():
            self.app.drafts.delete(draft.form, draft.copy)


@asynccontextmanager
async def stage(folder: Path, size: tuple[int, int]) -> AsyncIterator[Stage]:
    """The app on its first screen."""
    api = Company()
    async with running(api, "", folder, size=size) as (app, pilot):
        yield Stage(app, pilot, api, folder)


def seen(app: App[Any]) -> type[Screen[Any]]:
    """What kind of screen is on top."""
    return type(app.screen)
