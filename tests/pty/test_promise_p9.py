"""P9 on the real forms and wizards: what was typed is back after a hang-up, a kill, a closed terminal."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from screens.registry import SCREENS
from tests.pty.terminal import Terminal
from tests.pty.test_line_drops import IN_A_SECOND, modes_left_on

pytestmark = [pytest.mark.pty, pytest.mark.client]

KNOWN_RESOURCES = frozenset({"suppliers", "products", "purchase-orders"})
TYPED = "S004"
"""A code that is right in every form: text in one, the supplier that is looked up in another."""


def forms() -> list[str]:
    """Every word that opens a form over the resources that the server in memory knows."""
    new = [f"{entry.word} new" for entry in SCREENS if entry.word in KNOWN_RESOURCES]
    own = [entry.word for entry in SCREENS if entry.word.endswith(" new")]
    return sorted({*new, *own} - {"purchase-orders new"})


def client(folder: Path, word: str) -> Terminal:
    return Terminal.python(
        "-m", "tests.pty.apps.real_client", word, environment={"ERP_DATA_DIR": str(folder)}
    )


def typed(folder: Path, word: str) -> Terminal:
    """The form with a code typed and painted."""
    terminal = client(folder, word)
    terminal.expect("F10", "online")
    terminal.send(TYPED)
    terminal.expect(TYPED)
    return terminal


def hang_up(terminal: Terminal) -> None:
    terminal.signal(signal.SIGHUP)
    assert terminal.wait() == 128 + signal.SIGHUP
    assert modes_left_on(bytes(terminal.raw)) == []


def terminate(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM


def close(terminal: Terminal) -> None:
    terminal.close()
    terminal.wait()


def test_the_forms_are_found() -> None:
    assert {"suppliers new", "po new"} <= set(forms())


@pytest.mark.parametrize("word", forms())
@pytest.mark.parametrize("leave", [hang_up, terminate, close])
def test_a_dropped_line_loses_no_letter_of_any_form(
    tmp_path: Path, word: str, leave: Callable[[Terminal], None]
) -> None:
    with typed(tmp_path, word) as terminal:
        started = time.monotonic()
        leave(terminal)
        assert time.monotonic() - started < IN_A_SECOND
    with client(tmp_path, word) as terminal:
        terminal.expect("Go on with what you typed here before?")
        terminal.read(0.4)
        terminal.send("y")
        terminal.expect(TYPED)
        terminal.expect_gone("Go on with what you typed")


@pytest.mark.parametrize("word", forms())
def test_a_kill_loses_at_most_the_last_second_of_any_form(tmp_path: Path, word: str) -> None:
    with typed(tmp_path, word) as terminal:
        drafts = tmp_path / "drafts"
        terminal.wait_until(
            lambda: any(TYPED in path.read_text() for path in drafts.rglob("*.json")), "draft", within=1.5
        )
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
    with client(tmp_path, "drafts") as terminal:
        terminal.expect("2=Open")
        terminal.send("\r")
        terminal.expect(TYPED)
