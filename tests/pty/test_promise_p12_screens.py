"""P12 on the real screens: every word of the registry and the generic screens, over hostile records."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest

from tests.pty.hostile import share, thousand
from tests.pty.places import place
from tests.pty.terminal import Terminal
from tests.pty.test_terminal_safety import foreign

pytestmark = [pytest.mark.pty, pytest.mark.client]

NEXT = signal.SIGUSR1
"""Asks for the next screen."""


def start(file: Path, **environment: str) -> Terminal:
    return Terminal.python(
        "-m",
        "tests.pty.apps.every_screen",
        columns=120,
        rows=100,
        environment={"PLACE": str(file), **environment},
    )


SHARES = 12


@pytest.mark.timeout(400)
def test_no_record_steers_the_terminal_or_the_app_on_any_screen(tmp_path: Path) -> None:
    walk_over(tmp_path / "place")


@pytest.mark.soak
@pytest.mark.parametrize("number", range(SHARES))
def test_none_of_a_thousand_strings_steers_the_terminal_or_the_app(tmp_path: Path, number: int) -> None:
    walk_over(tmp_path / "place", SHARE=f"{number}/{SHARES}")


def test_there_are_a_thousand_strings() -> None:
    assert len(set(thousand())) == 1000
    assert sorted(text for number in range(SHARES) for text in share(number, SHARES)) == sorted(thousand())


def walk_over(file: Path, **environment: str) -> None:
    """Shows every screen over these strings; no byte of them reached the terminal, and nothing ended the app."""
    with start(file, **environment) as terminal:
        terminal.wait_until(lambda: place(file)[0] == 0 or ended(terminal), "first screen")
        begun = len(terminal.raw)
        shown, count = place(file)
        assert count > 60
        while shown + 1 < count:
            terminal.signal(NEXT)
            terminal.wait_until(partial(moved_on, terminal, file, shown), f"screen {shown + 1}")
            assert not ended(terminal), f"it ended after screen {shown}:\n{terminal.text}"
            shown = place(file)[0]
        assert foreign(bytes(terminal.raw[begun:])) == set()
        terminal.signal(NEXT)
        assert terminal.wait() == 0, terminal.text


def moved_on(terminal: Terminal, file: Path, shown: int) -> bool:
    return place(file)[0] > shown or ended(terminal)


def ended(terminal: Terminal) -> bool:
    """Whether the program has left the screen; a crash does."""
    return terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")


def test_without_the_walls_the_same_records_steer_the_terminal(tmp_path: Path) -> None:
    """The control."""
    file = tmp_path / "place"
    with start(file, UNFILTERED="1") as terminal:
        terminal.wait_until(lambda: place(file)[0] == 0, "first screen")
        terminal.signal(NEXT)
        terminal.wait_until(lambda: "\x1b" in foreign(bytes(terminal.raw)), "escape byte of a record")
