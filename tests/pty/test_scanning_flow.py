"""A warehouse clerk with a gun, in the real client on the real server: stock by one scan, a receipt by three.

A pull of the trigger counts as one key, whatever it sends. Keys and bytes are held to `keystrokes.json`.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.pty.budget import report
from tests.pty.terminal import Terminal
from tests.pty.test_whole_flow import STARTED, Server
from tests.pty.typist import Typist

pytestmark = [pytest.mark.pty, pytest.mark.client, pytest.mark.timeout(300)]

LOOK_UP, RECEIPT = "looking up stock by a scan", "receipt by GS1 scan"
CASES = 2
LOT = "GUN-1"


def test_a_clerk_looks_up_stock_and_receives_with_the_gun_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with Terminal.python(
        "-m",
        "erp_tui.main",
        "demo",
        "--data",
        str(folder),
        environment={"HOME": str(tmp_path), "LANG": "C.UTF-8", "ERP_LANGUAGE": "en"},
    ) as terminal:
        terminal.expect("Waiting for me", "Orders to receive", within=STARTED)
        clerk, server = Typist(terminal), Server(folder)
        order, line, gtin = expected_goods(server)
        look_up(clerk, line, gtin)
        receive(clerk, server, order, line, gtin)
        clerk.type("f3", "ctrl+q")
        assert terminal.wait() == 0
    report(clerk, (LOOK_UP, RECEIPT))


def expected_goods(server: Server) -> tuple[dict[str, Any], dict[str, Any], str]:
    """An order that waits for goods whose cases have a barcode: the order, the line, the item number."""
    found = server.get("barcodes/?limit=1000")["results"]
    barcodes = {(each["product"], each["unit"]): each["code"] for each in found}
    for row in server.get("purchase-orders/?filter=receivable&limit=200")["results"]:
        order = server.get(f"purchase-orders/{row['id']}/")
        for line in order["lines"]:
            key = (line["product"], line["unit"])
            if key in barcodes and Decimal(line["open"]) > CASES:
                return order, line, barcodes[key].zfill(14)
    raise AssertionError("the demonstration has no order of goods with a barcode")


def look_up(clerk: Typist, line: dict[str, Any], gtin: str) -> None:
    with clerk.task(LOOK_UP):
        clerk.scan(f"]I1{gtin}\r")
        clerk.terminal.expect(f"Stock of {line['product_code']}", "On hand")
    clerk.type("f3")
    clerk.terminal.expect("Waiting for me")


def receive(clerk: Typist, server: Server, order: dict[str, Any], line: dict[str, Any], gtin: str) -> None:
    terminal, code = clerk.terminal, line["product_code"]
    before = server.on_hand(code)
    lot = f"10{LOT}" if line["tracks_lots"] else ""
    with clerk.task(RECEIPT):
        clerk.scan(f"{order['number']}\r")
        terminal.expect(f"{order['number']} is open")
        clerk.scan(f"]C101{gtin}30{CASES}\x1d{lot}\r")
        terminal.expect("accepted")
        clerk.type("f10")
        terminal.expect("is posted")
    after = server.get(f"purchase-orders/{order['id']}/")
    came = next(Decimal(each["received"]) for each in after["lines"] if each["id"] == line["id"])
    assert came - Decimal(line["received"]) == CASES
    assert server.on_hand(code) - before == CASES * Decimal(line["factor"])
