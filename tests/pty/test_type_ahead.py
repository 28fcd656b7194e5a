"""P11: no key or scan is lost or ends in the wrong field, and no dialog is confirmed by accident."""

from __future__ import annotations

import json
import re
import time
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from erp_tui.terminal.guard import REACTION
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
        terminal.send(b"]C10104006381333931\x1d10LOT\r10LOT\x1d217\rA\r")
        terminal.expect("1 stored")
    assert records(log) == [["0104006381333931\u241d10LOT", "10LOT\u241d217", "A"]]


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


ENOUGH = 900.0
"""Seconds within which all that was typed ahead of a server of 300 ms is worked off."""


def decline_until(terminal: Terminal, log: Path, stored: int, kind: str = "record") -> None:
    """Answers every dialog with Esc, as a person does who has seen it, until so many records are stored."""
    end = time.monotonic() + ENOUGH
    while len(records(log, kind)) < stored:
        assert time.monotonic() < end, f"{len(records(log, kind))} of {stored} {kind}s within {ENOUGH:.0f} s"
        terminal.wait_until(
            lambda: "Delete everything?" in terminal.text or len(records(log, kind)) >= stored,
            f"dialog or {kind}",
            within=180,
        )
        if len(records(log, kind)) < stored:
            answered = len(records(log, "dialog"))
            terminal.read(0.4)
            terminal.send(ESC)
            try:
                terminal.wait_until(partial(more_answers_than, log, answered), "answer", within=3)
            except AssertionError:
                continue  # a busy machine painted it late: pressed too early, so a person presses again


def more_answers_than(log: Path, count: int) -> bool:
    return len(records(log, "dialog")) > count


Piece = tuple[bytes, bool]
"""What is typed, and whether it arrives in one piece, as the sequence of a function key and a paste do."""


def shift(rng: Random, count: int) -> tuple[list[list[str]], list[Piece]]:
    """Records as a clerk and a gun enter them, and what each is read as: codes marked and not, every terminator,
    separators, pastes, remarks behind F4, Esc between two records."""
    wanted: list[list[str]] = []
    pieces: list[Piece] = []
    for number in range(count):
        record = []
        for field in (f"WIDGET-{number:03}", str(10 + number), f"A-{number:02}-B"):
            way = rng.choice(("plain", "marked", "gs1", "paste"))
            text = f"010400638133393110{field}\x1d21S" if way == "gs1" else field
            if way == "paste":
                pieces += [(b"\x1b[200~" + text.encode() + b"\x1b[201~", True), (b"\r", False)]
            elif way == "plain":
                pieces.append((text.encode() + rng.choice([b"\r", b"\n", b"\x04", b"\r\n"]), False))
            else:
                ending = rng.choice([b"\r", b"\n", b"\x04", b"\t", b"\r\n"])
                pieces.append((b"]C" + (b"1" if way == "gs1" else b"0") + text.encode() + ending, False))
            record.append(text.replace("\x1d", "\u241d"))
        wanted.append(record)
        if rng.random() < 0.2:
            pieces += [(F4, True), (b"fragile", False), (ESC, True)]
        elif rng.random() < 0.2:
            pieces.append((ESC, True))
    return wanted, pieces


def gap_for(delay: float) -> str:
    """The gap that the trainer sets for a gun that sends a character in so many seconds."""
    return "180" if delay > 0.02 else "60"


def type_out(terminal: Terminal, pieces: list[Piece], delay: float) -> float:
    """Types them. Returns the longest pause in it beyond the delay, in seconds: this process may be kept waiting."""
    longest = 0.0
    for text, whole in pieces:
        for key in [text] if whole or not delay else [text[place : place + 1] for place in range(len(text))]:
            begun = time.monotonic()
            terminal.send(key)
            if delay:
                terminal.read(delay)
                longest = max(longest, time.monotonic() - begun - delay)
    return longest


def assert_a_gun_typed(longest: float, most: float = REACTION) -> None:
    """Where what was typed paused for as long as a person thinks, no program can know better. Run it in quiet."""
    assert longest < most, f"the machine was too busy: what was typed paused for {longest:.3f} s"


def test_every_ending_mark_and_separator_with_esc_and_pastes_among_them(tmp_path: Path) -> None:
    """The short form of the thousand scans below."""
    log = tmp_path / "log"
    log.touch()
    wanted, pieces = shift(Random(11), 6)
    with form(log, API_SECONDS="0.05", POPUPS="1.5") as terminal:
        type_out(terminal, pieces, 0.002)
        decline_until(terminal, log, len(wanted))
    assert records(log) == wanted
    assert set(records(log, "dialog")) <= {"no"}


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("delay", [0.0, 0.005, 0.02, 0.05])
def test_a_thousand_scans_with_dialogs_popping_up_are_all_stored_in_their_fields(
    tmp_path: Path, delay: float
) -> None:
    """A gun of 50 ms a character is one that the trainer has set the gap for."""
    log = tmp_path / "log"
    log.touch()
    wanted, pieces = shift(Random(int(delay * 1000)), 84)
    with form(log, POPUPS="5", GAP=gap_for(delay)) as terminal:
        longest = type_out(terminal, pieces, delay)
        assert_a_gun_typed(longest)
        decline_until(terminal, log, len(wanted))
    assert records(log) == wanted
    assert set(records(log, "dialog")) <= {"no"}


def test_stock_input_loses_the_same_shift(tmp_path: Path) -> None:
    """The control: without the queue it is stored wrong, or not at all."""
    log = tmp_path / "log"
    log.touch()
    wanted, pieces = shift(Random(11), 6)
    with form(log, STOCK="1", API_SECONDS="0.05") as terminal:
        type_out(terminal, pieces, 0.002)
        terminal.read(2)
    assert records(log) != wanted


# On a list, where every letter would be an action

LABELS = (
    "4006381333931",
    "]E04006381333931",
    "]C010023",
    "]d20104006381333931\x1d10LOT",
    "A-01-03",
    "(10)LOT",
)


def list_of_scans(rng: Random, count: int) -> tuple[list[str], list[Piece]]:
    """So many codes, what each is read as, and now and then a key that a person presses."""
    wanted, pieces = [], []
    for number in range(count):
        label = rng.choice(LABELS) + f"{number:04}"
        ending = rng.choice([b"\r", b"\n", b"\t", b"\x04", b"\r\n"])
        pieces.append((label.encode() + ending, False))
        wanted.append(re.sub(r"^\][A-Za-z]\d", "", label))
    return wanted, pieces


def shown_list(log: Path, **environment: str) -> Terminal:
    terminal = Terminal.python(
        "-m", "tests.pty.apps.scan_form", environment={"SCAN_LOG": str(log), "LIST": "1", **environment}
    )
    terminal.expect("0 scanned")
    return terminal


@pytest.mark.parametrize("delay", [0.0, 0.01])
def test_no_letter_of_a_scan_on_a_list_is_an_action(tmp_path: Path, delay: float) -> None:
    log = tmp_path / "log"
    wanted, pieces = list_of_scans(Random(5), 12)
    with shown_list(log, API_SECONDS="0.05", GAP="250") as terminal:
        type_out(terminal, pieces, delay)
        terminal.expect("12 scanned")
    assert records(log, "scan") == wanted
    assert records(log, "key") == []


def test_what_a_person_types_on_a_list_is_keys_one_by_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    with shown_list(log) as terminal:
        terminal.send(b"jj5]/", 0.15)
        terminal.wait_until(lambda: len(records(log, "key")) == 5, "five keys")
    assert records(log, "key") == ["j", "j", "5", "right_square_bracket", "slash"]
    assert records(log, "scan") == []


def test_a_list_of_stock_takes_every_letter_of_the_scans_as_an_action(tmp_path: Path) -> None:
    """The control."""
    log = tmp_path / "log"
    log.touch()
    _wanted, pieces = list_of_scans(Random(5), 3)
    with shown_list(log, STOCK="1") as terminal:
        type_out(terminal, pieces, 0.0)
        terminal.wait_until(lambda: len(records(log, "key")) > 20, "keys")
    assert records(log, "scan") == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("delay", [0.0, 0.005, 0.02, 0.05])
def test_a_thousand_scans_on_a_list_with_dialogs_popping_up_press_no_key(
    tmp_path: Path, delay: float
) -> None:
    """A gun of 50 ms a character is one that the trainer has set the gap for."""
    log = tmp_path / "log"
    log.touch()
    wanted, pieces = list_of_scans(Random(int(delay * 1000)), 250)
    with shown_list(log, POPUPS="5", GAP=gap_for(delay)) as terminal:
        longest = type_out(terminal, pieces, delay)
        assert_a_gun_typed(longest, int(gap_for(delay)) / 1000 - delay)
        decline_until(terminal, log, len(wanted), "scan")
    assert records(log, "scan") == wanted
    # Who declines may press Esc once more than there are dialogs; no scan holds one.
    assert set(records(log, "key")) <= {"escape"}
    assert set(records(log, "dialog")) <= {"no"}


def test_stock_dialogs_are_confirmed_by_the_same_scans(tmp_path: Path) -> None:
    """The control: on stock Textual a scan's Enter answers a question that nobody saw."""
    log = tmp_path / "log"
    log.touch()
    with form(log, STOCK="1", API_SECONDS="0.02", POPUPS="0.35") as terminal:
        terminal.send(keystrokes(codes(6)), 0.02)
        terminal.read(0.5)
    assert "yes" in records(log, "dialog")
