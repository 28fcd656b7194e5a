"""The pictures of the README and the guide, made by the client itself over the demonstration's server.

`make screenshots` writes `docs/screens/*.svg`. The data is the demonstration's, so the pictures change with the
program and not with whoever makes them.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any

from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.cli.demo import DemoServer, signed_in
from erp_tui.core.sessions.session import Session
from erp_tui.init_app import InitApp
from erp_tui.options import Options
from erp_tui.terminal.settling import everything_idle
from widgets.problem_panel import ProblemPanel

FOLDER = Path(__file__).parent / "screens"
SIZE = (100, 30)
WIDE = (130, 30)
PATIENCE = 60.0
SUPPLIER = "S0035"
ORDERED = (("PN-1002", "4"), ("PN-1003", "5"), ("PN-1008", "6"))

Scene = Callable[["Camera"], Awaitable[None]]


class Camera:
    """Types, waits, and takes the picture."""

    def __init__(self, app: ErpApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self._pilot = pilot

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
        (FOLDER / f"{name}.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


NAMED_KEYS = frozenset({"enter", "tab", "down", "up", "escape", "space", *(f"f{n}" for n in range(1, 13))})


async def home(camera: Camera) -> None:
    """What waits, after signing in."""
    camera.take("home")


async def orders(camera: Camera) -> None:
    """A list, as every resource has one."""
    await camera.open("po")
    camera.take("orders")
    await camera.type("f3")


async def buying(camera: Camera) -> None:
    """The order wizard, from its lines to the created and confirmed order; then receiving it."""
    await camera.open("po new")
    await camera.type(SUPPLIER, "f10")
    for product, quantity in ORDERED:
        await camera.type(product, "enter", quantity, "enter")
    camera.take("order-lines")
    await camera.type("enter")
    camera.take("order-review")
    await camera.type("f10", "enter")
    await camera.type("enter")
    await camera.type("f7")
    camera.take("receiving")
    await camera.type("f10")


async def beside(camera: Camera) -> None:
    """A list with the record of its row beside it, as a wide window shows it."""
    await camera.open("products")
    await camera.type("down")
    camera.take("beside")


async def stock(camera: Camera) -> None:
    """A product with what is on hand and the ledger beneath it."""
    await camera.open(f"stock {ORDERED[0][0]}")
    camera.take("stock")


async def of_the_client(session: Session, *scenes: Scene, size: tuple[int, int] = SIZE) -> None:
    """Each scene in a client of its own."""
    for scene in scenes:
        app = ErpApp("demo", Options(session=session))
        async with app.run_test(size=size) as pilot:
            camera = Camera(app, pilot)
            await camera.rest()
            await scene(camera)
            app.exit(0)
        await session.api.aclose()


async def of_the_setup() -> None:
    """The first step of `erp init`."""
    app = InitApp()
    async with app.run_test(size=SIZE) as pilot:
        camera = Camera(app, pilot)
        await camera.rest()
        await camera.type("PRAIRIE", "enter", "Prairie Provisions", "enter", "USD", "enter")
        camera.take("init")
        app.exit(0)


def main() -> int:
    """Write all pictures. Returns the exit status."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="erp-screens-") as name:
        folder = Path(name)
        os.environ |= {
            "ERP_CONFIG_DIR": str(folder / "config"),
            "ERP_DATA_DIR": str(folder / "data"),
            "ERP_KEYRING": "off",
            "ERP_LANGUAGE": "en",
            "TZ": "UTC",
        }
        with DemoServer(folder) as server:
            session = asyncio.run(signed_in(server.wait()))
            asyncio.run(of_the_client(session, home, orders, buying, stock))
            asyncio.run(of_the_client(session, beside, size=WIDE))
        asyncio.run(of_the_setup())
    for path in sorted(FOLDER.glob("*.svg")):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
