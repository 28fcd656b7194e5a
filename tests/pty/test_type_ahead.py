"""P11: no key or scan is lost or ends in the wrong field, and no dialog is confirmed by accident."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.pty.terminal import Terminal

pytestmark = [pytest.mark.pty, pytest.mark.client]

F4, F10, ESC = b"\x1bOS", b"\x1b[21~", b"\x1b"
ENDINGS = {"CR": b"\r", "LF": b"\n", "EOT": b"\x04"}


def form(log: Path, **environment: str) -> Terminal:
    terminal = Terminal.python(
        "-m", "tests.pty.apps.scan_form", environment={"SCAN_LOG": str(log), **environment}
    )
    terminal.expect("0 stored")
    return terminal


def records(log: Path, kind: str = "record") -> list[Any]:
    return [value for found, value in map(json.loads, log.read_text().splitlines()) if found == kind]


def codes(count: int) -> list[list[str]]:
    return [[f"WIDGET-{i:03}", str(10 + i), f"A-{i:02}-B"] for i in range(count)]


def keystrokes(wanted: list[list[str]], ending: bytes = b"\r") -> bytes:
    return b"".join(field.encode() + ending for record in wanted for field in record)


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.05])
def test_scans_typed_ahead_of_a_slow_server_are_all_stored_in_their_fields(
    tmp_path: Path, delay: float
) -> None:
    log = tmp_path / "log"
    wanted = codes(3)
    with form(log) as terminal:
        terminal.send(keystrokes(wanted), delay)
        terminal.expect(f"{len(wanted)} stored")
    assert records(log) == wanted


def test_stock_input_misroutes_the_same_scans(tmp_path: Path) -> None:
    """The control: without the queue the very same keys are stored wrong."""
    log = tmp_path / "log"
    log.touch()
    wanted = codes(3)
    with form(log, STOCK="1") as terminal:
        terminal.send(keystrokes(wanted), 0.005)
        terminal.read(2.5)
    assert records(log) != wanted


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_that_scanners_send_arrives_as_a_key(tmp_path: Path, ending: str) -> None:
    log = tmp_path / "log"
    wanted = codes(2)
    with form(log, API_SECONDS="0.05") as terminal:
        terminal.send(keystrokes(wanted, ENDINGS[ending]))
        terminal.expect("2 stored")
    assert records(log) == wanted


def test_a_gs1_separator_and_a_symbology_prefix_arrive_where_they_were_scanned(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with form(log, API_SECONDS="0.05") as terminal:
        terminal.send(b"]C10104012345\x1d10LOT\r7\rA\r")
        terminal.expect("1 stored")
    assert records(log) == [["]C10104012345|10LOT", "7", "A"]]


def test_tab_and_a_paste_stay_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with form(log, API_SECONDS="0.05") as terminal:
        terminal.send(b"ITEM\t\x1b[200~12\x1b[201~\r\x1b[200~SHELF\x1b[201~\r")
        terminal.expect("1 stored")
    assert records(log) == [["ITEM", "12", "SHELF"]]


def test_a_paste_with_an_escape_byte_is_text_and_presses_no_key(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with form(log, API_SECONDS="0.05") as terminal:
        terminal.send(b"\x1b[200~A\x1b[21~B\x1bb\x1b[201~\r1\rX\r")
        terminal.expect("1 stored")
    assert records(log) == [["A\x1b[21~B\x1bb", "1", "X"]]


def test_keys_typed_ahead_go_to_the_screen_that_the_clerks_own_key_opens(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with form(log, API_SECONDS="0.05") as terminal:
        terminal.send(F4 + b"fragile" + ESC + b"ITEM\r1\rX\r")
        terminal.expect("1 stored")
    assert records(log, "remark") == ["fragile"]
    assert records(log) == [["ITEM", "1", "X"]]


def test_esc_and_a_letter_at_once_are_esc_and_the_letter(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with form(log, API_SECONDS="0.05") as terminal:
        terminal.send(F4 + b"x" + ESC + b"b:1\r2\r3\r")
        terminal.expect("1 stored")
    assert records(log) == [["b:1", "2", "3"]]


def test_a_dialog_that_appears_by_itself_takes_no_key_typed_before_it_was_seen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    wanted = codes(6)
    with form(log, API_SECONDS="0.02", POPUPS="0.35") as terminal:
        terminal.send(keystrokes(wanted[:3]), 0.02)
        terminal.expect("Delete everything?")
        terminal.send(keystrokes(wanted[3:]))
        decline_until(terminal, log, len(wanted))
    assert records(log) == wanted
    assert set(records(log, "dialog")) == {"no"}


def decline_until(terminal: Terminal, log: Path, stored: int) -> None:
    """Answers every dialog with Esc, as a person does who has seen it, until so many records are stored."""
    while len(records(log)) < stored:
        terminal.wait_until(
            lambda: "Delete everything?" in terminal.text or len(records(log)) >= stored, "dialog or record"
        )
        if len(records(log)) < stored:
            answered = len(records(log, "dialog"))
            terminal.read(0.4)
            terminal.send(ESC)
            terminal.wait_until(partial(more_answers_than, log, answered), "answer to the dialog")
            terminal.expect_gone("Delete everything?")


def more_answers_than(log: Path, count: int) -> bool:
    return len(records(log, "dialog")) > count


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("delay", [0.0, 0.005, 0.02, 0.05])
def test_a_thousand_scans_with_dialogs_popping_up_are_all_stored_in_their_fields(
    tmp_path: Path, delay: float
) -> None:
    log = tmp_path / "log"
    wanted = codes(84)
    with form(log, POPUPS="5") as terminal:
        terminal.send(keystrokes(wanted), delay)
        decline_until(terminal, log, len(wanted))
    assert records(log) == wanted
    assert set(records(log, "dialog")) <= {"no"}


def test_stock_dialogs_are_confirmed_by_the_same_scans(tmp_path: Path) -> None:
    """The control: on stock Textual a scan's Enter answers a question that nobody saw."""
    log = tmp_path / "log"
    log.touch()
    with form(log, STOCK="1", API_SECONDS="0.02", POPUPS="0.35") as terminal:
        terminal.send(keystrokes(codes(6)), 0.02)
        terminal.read(0.5)
    assert "yes" in records(log, "dialog")
