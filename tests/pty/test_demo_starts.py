"""`erp demo`: the screen is there before its server, and neither a server that fails nor a person in a hurry is held up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_whole_flow import STARTED

pytestmark = [pytest.mark.pty, pytest.mark.client, pytest.mark.timeout(300)]


def demo(folder: Path) -> Terminal:
    environment = {"HOME": str(folder.parent), "LANG": "C.UTF-8", "ERP_LANGUAGE": "en"}
    return Terminal.python("-m", "erp_tui.main", "demo", "--data", str(folder), environment=environment)


def test_keys_typed_while_the_server_starts_are_for_the_first_screen(tmp_path: Path) -> None:
    with demo(tmp_path / "demo") as terminal:
        terminal.expect("F1 Help", within=STARTED)
        terminal.send("\x07suppliers\r")
        terminal.expect("S0001", within=STARTED)
        terminal.send("\x11")
        assert terminal.wait() == 0


def test_ctrl_c_leaves_while_the_server_starts(tmp_path: Path) -> None:
    with demo(tmp_path / "demo") as terminal:
        terminal.expect("F1 Help", within=STARTED)
        terminal.send("\x03")
        assert terminal.wait() == 130
    assert "Waiting for me" not in terminal.raw.decode()


def test_a_server_that_does_not_start_is_told_once_the_screen_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "erp.sqlite3").write_bytes(b"no database" * 1000)
    with demo(folder) as terminal:
        assert terminal.wait(STARTED) == 1
    told = terminal.raw.decode().rpartition("\x1b[?1049l")[2]
    assert "The demonstration server ended while it was starting." in told
    assert told.count("file is not a database") == 1
