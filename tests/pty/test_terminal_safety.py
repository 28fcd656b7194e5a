"""P12: no byte of data steers the terminal or the app."""

from __future__ import annotations

import re
from math import ceil
from pathlib import Path

import pytest

from tests.pty.hostile import HOSTILE, STEERING
from tests.pty.places import place
from tests.pty.terminal import Terminal

pytestmark = [pytest.mark.pty, pytest.mark.client]

OURS = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours and styles
    rb"|\x1b\[\d{1,3};\d{1,3}H"  # cursor position
    rb"|\x1b\[\?(?:7|25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    rb"|\x1b\[\?(?:2026|2048)\$p"  # mode requests
    rb"|\x1b\[[<>]\d*u"  # keyboard protocol
    rb"|\x1b\]22;[a-z-]*\x07"  # shape of the mouse pointer
)
FOREIGN = re.compile(
    "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
MARKS = (b"1337", b"77;777H", b"evil.example", b"/etc/passwd", b"cm0gLXJm")
"""Pieces of attacks that, after an escape byte, would look like something that Textual sends itself."""


def foreign(raw: bytes) -> set[str]:
    """What was sent beside text and the sequences that Textual itself uses."""
    found = set(FOREIGN.findall(OURS.sub(b"", raw).decode("utf-8", "replace")))
    return found | {
        mark.decode()
        for mark in MARKS
        if re.search(rb"(\x1b|\xc2\x9b|\xc2\x9d)[^\x1b]{0,12}" + re.escape(mark), raw)
    }


def start(file: Path, **environment: str) -> Terminal:
    return Terminal.python(
        "-m",
        "tests.pty.apps.show_everything",
        columns=100,
        rows=160,
        environment={"PLACE": str(file), **environment},
    )


def walk_over(file: Path, step: int) -> None:
    """Shows the strings by every route, each screen of every so many; none of them sent a foreign byte."""
    with start(file, STEP=str(step)) as terminal:
        terminal.wait_until(lambda: place(file)[0] == 0, "first screen")
        begun = len(terminal.raw)
        shown, count = place(file)
        assert count == ceil(len(HOSTILE) / step)
        while shown + 1 < count:
            terminal.send("n")
            terminal.wait_until(lambda shown=shown: place(file)[0] > shown, f"screen {shown + 1}")  # type: ignore[misc]
            shown = place(file)[0]
        assert foreign(bytes(terminal.raw[begun:])) == set()
        terminal.send("n")
        assert terminal.wait() == 0, terminal.text


@pytest.mark.timeout(300)
def test_no_hostile_string_sends_a_foreign_byte(tmp_path: Path) -> None:
    """Every string and every route, each string by an eighth of the routes."""
    walk_over(tmp_path / "place", 8)


@pytest.mark.soak
def test_no_hostile_string_sends_a_foreign_byte_by_any_route(tmp_path: Path) -> None:
    walk_over(tmp_path / "place", 1)


def test_without_the_filter_the_same_strings_steer_the_terminal(tmp_path: Path) -> None:
    """The control."""
    file = tmp_path / "place"
    with start(file, STEP="8", UNFILTERED="1") as terminal:
        terminal.wait_until(lambda: place(file)[0] == 0, "first screen")
        assert "\x1b" in foreign(bytes(terminal.raw))


def test_there_are_more_than_sixty_hostile_strings() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) > 60 < len(STEERING)
