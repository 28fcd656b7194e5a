"""What is done many times a day, in the real client on the real server: find, look up, export, take back, hand over.

Keys and bytes are held to `keystrokes.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_tui.terminal.guard import REACTION
from tests.pty.budget import report
from tests.pty.terminal import Terminal
from tests.pty.test_whole_flow import STARTED, SUPPLIER, Server
from tests.pty.typist import Typist

pytestmark = [pytest.mark.pty, pytest.mark.client, pytest.mark.timeout(300)]

TASKS = FIND, PROMPT, PALETTE, EXPORT, TAKE_BACK, SWITCH = (
    "finding a partner",
    "the values of a field looked up",
    "the palette opened",
    "exporting what is on screen",
    "taking back the last change",
    "switching the person",
)
BADGE, PIN = "B-100234", "735191"


def test_a_clerk_finds_exports_takes_back_and_hands_over(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    environment = {"HOME": str(tmp_path), "LANG": "C.UTF-8", "ERP_LANGUAGE": "en"}
    with Terminal.python(
        "-m", "erp_tui.main", "demo", "--data", str(folder), environment=environment
    ) as terminal:
        terminal.expect("Waiting for me", "Orders to receive", within=STARTED)
        clerk, server = Typist(terminal), Server(folder)
        find_and_take_back(clerk, server)
        look_up(clerk)
        export(clerk, server, tmp_path)
        hand_over(clerk, server, folder)
        clerk.type("ctrl+q")
        assert terminal.wait() == 0
    report(clerk, TASKS)


def find_and_take_back(clerk: Typist, server: Server) -> None:
    """A supplier found by its code; a slip in its name, taken back."""
    terminal, name = clerk.terminal, server.get(f"suppliers/code:{SUPPLIER}/")["name"]
    with clerk.task(FIND):
        clerk.go(f"find {SUPPLIER}")
        terminal.expect(name, "is exactly the")
    clerk.type("f6")
    terminal.expect("Submit")
    clerk.type("tab", "end", "x", "f10")
    clerk.terminal.wait_until(
        lambda: server.get(f"suppliers/code:{SUPPLIER}/")["name"] == f"{name}x", "slip in the name"
    )
    terminal.expect("Timeline")
    with clerk.task(TAKE_BACK):
        clerk.type("z")
        terminal.expect("Take back:", f"{name}x")
        terminal.read(
            2 * REACTION
        )  # it is read before it is agreed to: a key from before it was seen is no answer
        clerk.type("f10")
        terminal.expect_gone(f"{name}x")
    assert server.get(f"suppliers/code:{SUPPLIER}/")["name"] == name
    clerk.type("f3")
    terminal.expect("Waiting for me")


def look_up(clerk: Typist) -> None:
    """What may stand in a field, by F4, and what can be done at all, by Ctrl+P."""
    clerk.go("po new")
    clerk.terminal.expect("New purchase order", "F10")
    with clerk.task(PROMPT):
        clerk.type("f4")
        clerk.terminal.expect("S0001", "S0002")
    clerk.type("escape")
    clerk.terminal.expect_gone("S0002")
    clerk.type("f3")
    clerk.terminal.expect("Waiting for me")
    with clerk.task(PALETTE):
        clerk.type("ctrl+p")
        clerk.terminal.expect("Find an action or a screen by its name")
    clerk.type("escape")
    clerk.terminal.expect_gone("Find an action or a screen by its name")


def export(clerk: Typist, server: Server, home: Path) -> None:
    """The list of suppliers as a file, where it is proposed."""
    count = server.get("suppliers/?count=exact&limit=1")["count"]
    clerk.go("suppliers")
    clerk.terminal.expect("Suppliers", "S0001")
    with clerk.task(EXPORT):
        clerk.type("ctrl+x", "f10")
        clerk.terminal.expect(f"{count} rows are in")
    (written,) = home.glob("**/suppliers*.csv")
    assert len(written.read_text(encoding="utf-8").splitlines()) == count + 1
    clerk.type("f3")
    clerk.terminal.expect("Waiting for me")


def hand_over(clerk: Typist, server: Server, folder: Path) -> None:
    """The terminal is a shared one; the next person takes it over by badge and PIN."""
    terminal = clerk.terminal
    clerk.go("terminal")
    terminal.expect("Shared terminal")
    clerk.type("Gate 3", "f10")
    terminal.expect("is the shared terminal Gate 3 now")
    (person,) = server.get("users/?filter=username%3Dclerk")["results"]
    server.post(
        "operations/accounts.assign-badge/", {"user": person["id"], "badge": BADGE}, person["version"]
    )
    (kept,) = (path for path in folder.glob("**/demo.json") if path.parent.name != "sessions")
    password = json.loads(kept.read_text(encoding="utf-8"))["password"]
    server.sign_in("clerk", password)
    server.post("auth/pin/", {"current_password": password, "pin": PIN})
    with clerk.task(SWITCH):
        clerk.type("ctrl+l")
        terminal.expect("has locked this terminal")
        clerk.scan(f"{BADGE}\r")
        clerk.type(PIN, "enter")
        terminal.expect("Waiting for me", "clerk")
