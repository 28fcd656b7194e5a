"""The pictures of the README and the guide, made by the client itself over the demonstration's server.

`make screenshots` writes `docs/screens/*.svg`. The data is the demonstration's, so the pictures change with the
program and not with whoever makes them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from docs.camera import FOLDER, SIZE, Camera, of_the_client
from docs.import_scenes import a_large_file, the_path_of_a_file
from erp_tui.cli.demo import DemoServer, signed_in
from erp_tui.init_app import InitApp

WIDE = (130, 30)
SUPPLIER = "S0035"
ORDERED = (("PN-1002", "4"), ("PN-1003", "5"), ("PN-1008", "6"))


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
            # The files of the next ones lie in the folder in which they are named.
            os.chdir(folder)
            asyncio.run(of_the_client(session, the_path_of_a_file, a_large_file))
        asyncio.run(of_the_setup())
    for path in sorted(FOLDER.glob("*.svg")):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
