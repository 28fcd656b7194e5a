"""`erp doctor` in a real terminal: it asks the terminal, hears what it answers, and leaves it as it was."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal

pytestmark = [pytest.mark.pty, pytest.mark.client]

REPORT = "Nothing stands in the way of working.", "What is marked ✗ does not work"
DA1 = b"\x1b[c"
XTVERSION = b"\x1b[>0q"


def doctor(folder: Path, *options: str) -> Terminal:
    environment = {"ERP_DATA_DIR": str(folder), "ERP_CONFIG_DIR": str(folder), "ERP_KEYRING": "off"}
    return Terminal(
        [sys.executable, "-m", "erp_tui.main", "doctor", *options], environment=environment, rows=60
    )


def test_what_the_terminal_answers_stands_in_the_report_and_nothing_of_it_is_left_typed(
    tmp_path: Path,
) -> None:
    with doctor(tmp_path) as terminal:
        before = terminal.attributes()
        terminal.wait_until(lambda: DA1 in terminal.raw, "question")
        assert XTVERSION in terminal.raw
        terminal.send(b"\x1b[1;2R\x1b[1;3R\x1bP>|testterm 7\x1b\\\x1b[?62;52c")
        assert terminal.wait() == 1, "no server is known"
        text = terminal.text
        assert "testterm 7" in text
        assert "takes copies (OSC 52)" in text
        assert "No server is known yet" in text
        assert REPORT[1] in text
        assert terminal.attributes() == before


def test_a_terminal_that_does_not_answer_is_said_to_be_unknown(tmp_path: Path) -> None:
    with doctor(tmp_path) as terminal:
        assert terminal.wait() == 1
        assert "cannot be known" in terminal.text


def test_each_key_is_asked_for_and_those_that_do_not_arrive_are_named(tmp_path: Path) -> None:
    with doctor(tmp_path, "--keys") as terminal:
        terminal.wait_until(lambda: DA1 in terminal.raw, "question")
        terminal.send(b"\x1b[?62c")
        terminal.expect("Press each key", "  F1")
        terminal.send(b" ")
        terminal.expect("  F2")
        terminal.send(b"\x1bOQ")
        terminal.expect("  F3")
        terminal.send(b"\x1b[15~")
        terminal.expect("  F4")
        terminal.send(b"\x03")
        assert terminal.wait() == 1
        text = " ".join(terminal.text.split())
        assert "arrive: F2" in text
        assert "Key F1 does not arrive" in text
        assert "Key F3 arrives as F5" in text
