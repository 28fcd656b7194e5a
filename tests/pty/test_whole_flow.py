"""The whole flow in the real client on the real server, by the keyboard alone: buy, receive, take in, undo, leave.

The keys and bytes of each task are held to `keystrokes.json`.
"""

from __future__ import annotations

import json
import socket
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.pty.budget import LIMITS, report
from tests.pty.terminal import Terminal
from tests.pty.typist import Typist

pytestmark = [pytest.mark.pty, pytest.mark.client, pytest.mark.timeout(300)]

STARTED = 120.0
SUPPLIER = "S0035"
ORDERED = {"PN-1002": "4", "PN-1003": "5", "PN-1008": "6"}
TASKS = ORDER, PARTIAL, FULL, IMPORT, UNDO, KNOWN = tuple(LIMITS)[:6]
NEW_CODES = ("NEW-1", "NEW-2")


class Server:
    """The demonstration's server, asked beside the client with the client's own session."""

    def __init__(self, folder: Path) -> None:
        kept = json.loads((folder / "client" / "data" / "sessions" / "demo.json").read_text())
        self.url, self._access = kept["url"], kept["access"]

    def sign_in(self, username: str, password: str) -> None:
        """What is asked from now on is asked as this person."""
        self._access = self.post("auth/sign-in/", {"username": username, "password": password})[
            "access_token"
        ]

    def get(self, path: str) -> Any:
        request = Request(f"{self.url}/api/v1/{path}", headers={"Authorization": f"Bearer {self._access}"})
        with urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any, version: int | None = None) -> Any:
        headers = {
            "Authorization": f"Bearer {self._access}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
            **({"If-Match": f'"{version}"'} if version else {}),
        }
        request = Request(f"{self.url}/api/v1/{path}", json.dumps(body).encode(), headers)
        with urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def on_hand(self, code: str) -> Decimal:
        return Decimal(self.get(f"products/code:{code}/")["on_hand"])

    @property
    def is_there(self) -> bool:
        address = urlsplit(self.url)
        try:
            socket.create_connection((address.hostname or "", address.port or 0), timeout=2).close()
        except OSError:
            return False
        return True


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_clerk_buys_receives_takes_in_a_file_and_leaves_by_the_keyboard_alone(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    columns, rows = size
    folder = tmp_path / "demo"
    lines = ["code,name,unit,standard_cost", *(f"{code},Something new,LB,1.25" for code in NEW_CODES)]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n")
    with Terminal.python(
        "-m",
        "erp_tui.main",
        "demo",
        "--data",
        str(folder),
        columns=columns,
        rows=rows,
        environment={"HOME": str(tmp_path), "LANG": "C.UTF-8", "ERP_LANGUAGE": "en"},
    ) as terminal:
        terminal.expect("Waiting for me", "Orders to receive", within=STARTED)
        clerk, server = Typist(terminal), Server(folder)
        look_around(clerk)
        number = order(clerk, server)
        receive(clerk, server, number)
        take_in_and_undo(clerk, server)
        clerk.go("sign out")
        terminal.expect("Password")
        clerk.type("ctrl+q")
        assert terminal.wait() == 0
        assert not server.is_there
    report(clerk, TASKS)


def look_around(clerk: Typist) -> None:
    clerk.go("suppliers")
    clerk.terminal.expect("Suppliers", "S0001")
    clerk.type("f3")
    clerk.go("products")
    clerk.terminal.expect("Products", "BF-1001")
    clerk.type("f3")
    clerk.terminal.expect("Waiting for me")


def order(clerk: Typist, server: Server) -> str:
    """An order of three lines, raised and confirmed. Its number."""
    with clerk.task(ORDER):
        clerk.go("po new")
        clerk.type(SUPPLIER, "f10")
        for code, quantity in ORDERED.items():
            clerk.type(code, "enter", quantity, "enter")
        clerk.type("enter")
        clerk.terminal.expect("Nothing is ordered yet", "PN-1008", "Total")
        clerk.type("f10")
        clerk.terminal.expect("is created as a draft")
        clerk.type("enter")
        clerk.terminal.expect("is confirmed", "Receive it now")
    (newest,) = server.get("purchase-orders/?ordering=-number&limit=1")["results"]
    made = server.get(f"purchase-orders/{newest['id']}/")
    assert made["state"] == "confirmed" and made["supplier_code"] == SUPPLIER
    assert {line["product_code"]: Decimal(line["quantity"]) for line in made["lines"]} == {
        code: Decimal(quantity) for code, quantity in ORDERED.items()
    }
    assert all(Decimal(line["unit_price"]) > 0 for line in made["lines"]), "prices come from the supplier"
    return str(made["number"])


def receive(clerk: Typist, server: Server, number: str) -> None:
    """A part with a reject, then the rest; the stock is what was accepted."""
    terminal = clerk.terminal
    before = {code: server.on_hand(code) for code in ORDERED}
    with clerk.task(PARTIAL):
        clerk.type("enter")  # what is offered after confirming: receive it now
        terminal.expect(f"Receive {number}", "is open")
        clerk.type("PN-1002", "enter", "3", "tab", "1", "enter", "torn", "enter")
        terminal.expect("3 of 4 CASE accepted, 1 rejected")
        clerk.type("f10")
        terminal.expect("is posted", "partially received", "3 lines are still open")
    clerk.type("f3")
    with clerk.task(FULL):
        clerk.go(f"receive {number}")
        terminal.expect(f"{number} is open")
        clerk.type("f7", "f10")
        terminal.expect("is posted", "Nothing is open any more")
    made = server.get(f"purchase-orders/code:{number}/")
    assert made["state"] == "received"
    for line in made["lines"]:
        arrived = server.on_hand(line["product_code"]) - before[line["product_code"]]
        assert (
            arrived == Decimal(line["received"]) * Decimal(line["factor"]) == Decimal(line["base_quantity"])
        )
    assert Decimal(made["lines"][0]["rejected"]) == 1
    clerk.type("f3")
    clerk.go("stock PN-1002")
    on_hand = f"{server.on_hand('PN-1002'):,f}".rstrip("0").rstrip(".")
    terminal.expect("Stock of PN-1002", f"On hand {on_hand} ", "receipt")
    clerk.type("f3")


def take_in_and_undo(clerk: Typist, server: Server) -> None:
    """A file of two new products, checked, taken in and taken back."""
    terminal = clerk.terminal
    count = server.get("products/?count=exact&limit=1")["count"]
    with clerk.task(IMPORT):
        clerk.go("import products")
        clerk.type("~/new.csv", "enter")
        terminal.expect("2 Columns", "comes from", "standard_cost")
        clerk.type("f10")
        terminal.expect("2 new · 0 changed · 0 the same · 0 refused", "NEW-1")
        clerk.type("f10")
        terminal.expect("is taken in", "Undo")
    assert server.get("products/?count=exact&limit=1")["count"] == count + len(NEW_CODES)
    with clerk.task(UNDO):
        clerk.type("end", "enter")
        terminal.expect("Undo new.csv?")
        clerk.type("f10")
        terminal.expect("Undone.")
    assert server.get("products/?count=exact&limit=1")["count"] == count
    clerk.type("enter")
    terminal.expect("Waiting for me")
    clerk.go("import products ~/new.csv")
    terminal.expect("It begins:")
    with clerk.task(KNOWN):
        clerk.type("enter")
        terminal.expect("last time")
        clerk.type("f10")
        terminal.expect("2 new · 0 changed · 0 the same · 0 refused")
        clerk.type("f10")
        terminal.expect("is taken in", "Undo")
    assert server.get("products/?count=exact&limit=1")["count"] == count + len(NEW_CODES)
    clerk.type("enter")
    terminal.expect("Waiting for me")
