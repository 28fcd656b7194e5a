"""The camera that takes the pictures: it types, waits until the screen is at rest, and writes what is on it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from html import unescape
from pathlib import Path
from time import monotonic
from typing import Any

from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.core.sessions.session import Session
from erp_tui.options import Options
from erp_tui.terminal.settling import everything_idle
from widgets.problem_panel import ProblemPanel

FOLDER = Path(__file__).parent / "screens"
SIZE = (100, 30)
PATIENCE = 60.0
NAMED_KEYS = frozenset(
    {
        "enter",
        "tab",
        "down",
        "up",
        "end",
        "escape",
        "space",
        "ctrl+u",
        "ctrl+w",
        *(f"f{n}" for n in range(1, 13)),
    }
)


class Camera:
    """Types, waits, and takes the picture."""

    def __init__(self, app: ErpApp, pilot: Pilot[Any], folder: Path = FOLDER) -> None:
        self.app = app
        self._pilot = pilot
        self._folder = folder

    async def rest(self) -> None:
        """Returns when every key has had its effect and no worker of a screen goes on."""
        until = monotonic() + PATIENCE
        quiet = 0
        while quiet < 20:
            await asyncio.sleep(0.02)
            quiet = quiet + 1 if self.app.keys.idle and everything_idle(self.app) else 0
            if monotonic() > until:
                raise SystemExit(f"The screen {self.app.screen} did not come to rest.")

    async def open(self, word: str) -> None:
        """Opens the screen of a word."""
        self.app.open_word(word)
        await self.rest()

    async def type(self, *keys: str) -> None:
        """Names of keys, or texts that are typed letter by letter."""
        for key in keys:
            await self._pilot.press(*([key] if key in NAMED_KEYS else key))
            await self.rest()

    async def press(self, key: str) -> None:
        """A key after which work goes on that is to be looked at: what follows waits for what it wants to see."""
        await self._pilot.press(key)

    async def until(self, text: str) -> None:
        """Returns when the text is on the screen."""
        until = monotonic() + PATIENCE
        while text not in self._seen():
            await asyncio.sleep(0.01)
            if monotonic() > until:
                raise SystemExit(f"“{text}” never came:\n{self._seen()}")

    async def there(self, path: Path) -> None:
        """Returns when the program has written a file."""
        until = monotonic() + PATIENCE
        while not path.exists():
            await asyncio.sleep(0.01)
            if monotonic() > until:
                raise SystemExit(f"{path} was never written.")

    def _seen(self) -> str:
        return "\n".join(lines_of(self.app.export_screenshot()))

    def take(self, name: str) -> None:
        """Writes what is on the screen, fetching nothing from elsewhere when it is looked at.

        Raises `SystemExit` where the screen shows a problem: that is no picture to keep.
        """
        for panel in self.app.screen.query(ProblemPanel):
            if panel.sentence:
                raise SystemExit(f"No picture of {name}: {panel.sentence}")
        self.app.clear_notifications()
        svg = self.app.export_screenshot(title="erp")
        own = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "ui-monospace")
        lines = (line.rstrip() for line in own.splitlines())
        (self._folder / f"{name}.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


Scene = Callable[[Camera], Awaitable[None]]


async def of_the_client(
    session: Session, *scenes: Scene, size: tuple[int, int] = SIZE, folder: Path = FOLDER
) -> None:
    """Each scene in a client of its own."""
    for scene in scenes:
        app = ErpApp("demo", Options(session=session))
        async with app.run_test(size=size) as pilot:
            camera = Camera(app, pilot, folder)
            await camera.rest()
            await scene(camera)
            app.exit(0)
        await session.api.aclose()


LINE = re.compile(r'<text [^>]*?\bx="([\d.]+)"[^>]*clip-path="url\(#[^"]*-line-(\d+)\)"[^>]*>(.*?)</text>')


def lines_of(svg: str) -> Iterator[str]:
    """The lines of text in a picture, the top one first."""
    lines: dict[int, list[tuple[float, str]]] = {}
    for x, line, text in LINE.findall(svg):
        lines.setdefault(int(line), []).append((float(x), unescape(text).replace("\xa0", " ")))
    for _number, pieces in sorted(lines.items()):
        yield "".join(text for _x, text in sorted(pieces)).rstrip()
