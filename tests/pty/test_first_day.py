"""The first day: a fresh folder, an organization made on the screen, a server over it, and the way in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from erp_tui.core.initializing import LOCAL_SERVER
from server.launch.arguments import DEFAULT_PORT
from tests.e2e.processes import ROOT, free_port, until
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

PASSWORD = "four words on paper"
F10 = "\x1b[21~"
SLOW = 90.0
"""Seconds for what starts a process that makes every table."""


def test_the_address_that_the_client_remembers_is_the_one_that_serve_takes() -> None:
    assert LOCAL_SERVER.endswith(f":{DEFAULT_PORT}")


def test_an_organization_made_on_the_screen_is_served_and_its_administrator_gets_in(tmp_path: Path) -> None:
    environment = {
        "ERP_DATA_DIR": str(tmp_path / "data"),
        "ERP_CONFIG_DIR": str(tmp_path / "config"),
        "ERP_KEYRING": "off",
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "server.config.settings.prod",
        "LANG": "C.UTF-8",
        "TZ": "Europe/Madrid",
    }
    with Terminal.python("-m", "erp_tui.main", "init", environment=environment) as terminal:
        terminal.expect("Set up an organization", "Base currency", "Europe/Madrid", within=SLOW)
        terminal.send("PRAIRIE\rPrairie Provisions\rxyz\r\r\r\r")
        terminal.expect("What things are counted")
        terminal.send("\r")
        terminal.expect("MAIN")
        terminal.send("COLD\rCold store\r\r")
        terminal.expect("Goods receipts")
        terminal.send(F10)
        terminal.expect("The same again")
        terminal.send(f"anna\rAnna Holm\r\r{PASSWORD}\r{PASSWORD}\r")
        terminal.expect("no currency", within=SLOW)
        terminal.send("\x7f\x7f\x7feur" + F10 * 5)
        terminal.expect("This will be made", within=SLOW)
        terminal.send(F10)
        terminal.expect("PRAIRIE is ready", "erp serve", within=SLOW)
        terminal.send("\r")
        assert terminal.wait() == 0
        assert PASSWORD.encode() not in terminal.raw
    port = free_port()
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "erp_tui.main", "serve", "--port", str(port)],
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(lambda: "Serving at" in (tmp_path / "server.log").read_text(), SLOW, "the server serves")
        here = {**environment, "ERP_URL": f"http://127.0.0.1:{port}", "ERP_USERNAME": "anna"}
        with Terminal.python("-m", "erp_tui.main", environment=here) as terminal:
            terminal.expect("Password", within=SLOW)
            terminal.send(f"{PASSWORD}\r")
            terminal.expect("PRAIRIE", "anna", within=SLOW)
            terminal.send(":units\r")
            terminal.expect("Units", "Kilogram", within=SLOW)
            terminal.send("\x11")
            assert terminal.wait() == 0
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    assert PASSWORD not in (tmp_path / "server.log").read_text()
    kept = (path for path in tmp_path.rglob("*") if path.is_file())
    assert not any(PASSWORD.encode() in path.read_bytes() for path in kept)


def test_a_dropped_line_keeps_what_was_typed_into_the_setup_but_for_the_password(tmp_path: Path) -> None:
    environment = {"ERP_DATA_DIR": str(tmp_path / "data"), "ERP_CONFIG_DIR": str(tmp_path / "config")}
    with Terminal.python("-m", "erp_tui.main", "init", environment=environment) as terminal:
        terminal.expect("Set up an organization", "Base currency", within=SLOW)
        terminal.send("PRAIRIE\rPrairie Provisions\reur" + F10)
        terminal.expect("What things are counted")
        terminal.send(F10)
        terminal.expect("MAIN")
        terminal.send(F10)
        terminal.expect("Goods receipts")
        terminal.send(F10)
        terminal.expect("The same again")
        terminal.send(f"anna\rAnna Holm\r\r{PASSWORD}")
        terminal.expect("•" * len(PASSWORD))
        terminal.signal(signal.SIGHUP)
        assert terminal.wait() == 128 + signal.SIGHUP
    kept = [path.read_text() for path in (tmp_path / "data" / "drafts").rglob("*.json")]
    assert any("Prairie Provisions" in text and "Anna Holm" in text for text in kept)
    assert not any(PASSWORD in text for text in kept)
