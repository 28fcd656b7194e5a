"""The command line through a real terminal: typed blind in one burst, and opened from the shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.kept.command_history import History
from erp_tui.core.kept.scope import Scope
from tests.pty.terminal import Terminal

pytestmark = [pytest.mark.pty, pytest.mark.client]

F3 = b"\x1bOR"
CLERK = Scope("http://127.0.0.1:1", "clerk", "DEMO")


def client(folder: Path, word: str = "home") -> Terminal:
    return Terminal.python(
        "-m", "tests.pty.apps.real_client", word, environment={"ERP_DATA_DIR": str(folder)}
    )


@pytest.mark.parametrize("typed", [b":po 10023\r", b"\x07po 10023\r"], ids=["colon", "ctrl+g"])
def test_a_word_and_a_number_typed_blind_in_one_burst_open_that_order(tmp_path: Path, typed: bytes) -> None:
    with client(tmp_path) as terminal:
        terminal.expect("Home")
        terminal.send(typed)
        terminal.expect("purchase-orders 10023", "S001")
        assert "There is no" not in terminal.text


def test_jumps_typed_ahead_of_each_other_all_arrive_and_are_kept(tmp_path: Path) -> None:
    with client(tmp_path) as terminal:
        terminal.expect("Home")
        terminal.send(b":suppliers S002\r" + b":po 10023\r" + b":products P3\r")
        terminal.expect("products P3", "Product 3")
        terminal.send(F3 + F3)
        terminal.expect("suppliers S002")
    assert History(CLERK, tmp_path / "history").lines == ["suppliers S002", "po 10023", "products P3"]


MOST_A_LETTER = 3_000
"""Bytes. The goal is 1,100: a letter that changes the list of candidates draws all of it, colours included."""


def test_a_typed_letter_costs_little_and_a_resting_line_nothing(tmp_path: Path) -> None:
    """Candidates and all."""
    with client(tmp_path) as terminal:
        terminal.expect("Home")
        terminal.send(b":")
        terminal.read(0.5)
        costs = []
        for letter in "suppliers":
            before = len(terminal.raw)
            terminal.send(letter)
            terminal.read(0.6)
            costs.append(len(terminal.raw) - before)
        print("bytes a letter:", costs)
        assert sum(costs) / len(costs) <= MOST_A_LETTER, costs
        terminal.wait_until(lambda: terminal.read(0.5) == 0, "quiet terminal")
        before = len(terminal.raw)
        terminal.read(1.0)
        assert len(terminal.raw) == before
