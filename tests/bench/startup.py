"""What a script in cron waits for: the version, and a list from a server on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.measure import Row, in_turns, milliseconds
from tests.e2e.processes import ROOT, House
from tests.e2e.shop import PRODUCT, open_shop

RUNS = 15
VERSION_MS, LIST_MS, FLOOR_MS = 60.0, 250.0, 9.0
ERP = [str(Path(sys.executable).with_name("erp"))]


def command(arguments: list[str], environment: dict[str, str], expected: str = "") -> Callable[[], float]:
    """Milliseconds of one command, which must succeed."""

    def run() -> None:
        done = subprocess.run(
            arguments, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0 and expected in done.stdout, done.stdout + done.stderr

    return milliseconds(run)


def rows() -> Iterator[Row]:
    """Both commands beside `python -c pass`; the goals hold where that takes 9 ms, so they are ratios to it."""
    folder = Path(tempfile.mkdtemp(prefix="erp-bench-"))
    house = House(folder / "server")
    try:
        house.folder.mkdir()
        migrated = house.run("migrate")
        assert migrated.returncode == 0, migrated.stderr
        shop = open_shop(house)
        environment = {
            **os.environ,
            "ERP_CONFIG_DIR": str(folder / "config"),
            "ERP_DATA_DIR": str(folder / "data"),
            "ERP_KEYRING": "off",
            "ERP_API_KEY": _api_key(shop),
        }
        url = f"http://127.0.0.1:{house.port}"
        for added in (["profile", "add", "bench", url], ["profile", "use", "bench"]):
            done = subprocess.run([*ERP, *added], env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
        taken = in_turns(
            RUNS,
            floor=command([sys.executable, "-c", "pass"], environment),
            version=command([*ERP, "--version"], environment, "erp "),
            list=command([*ERP, "products", "list"], environment, PRODUCT),
        )
    finally:
        house.close()
        shutil.rmtree(folder)
    floor = taken["floor"]
    yield Row("erp --version", "ms", taken["version"], VERSION_MS / FLOOR_MS, floor, "python -c pass")
    yield Row(
        "erp products list, local server", "ms", taken["list"], LIST_MS / FLOOR_MS, floor, "python -c pass"
    )


def _api_key(shop: object) -> str:
    from tests.e2e.shop import Shop

    assert isinstance(shop, Shop)
    status, body, _headers = shop.call("POST", "/auth/api-keys/", {"name": "bench"})
    assert status in (200, 201), body
    return body["key"]
