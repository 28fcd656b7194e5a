"""P12: no byte of data steers the terminal or the app."""

from __future__ import annotations

import re

import pytest

from tests.pty.hostile import HOSTILE, STEERING
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


def walk(terminal: Terminal, count: int) -> bytes:
    """Shows so many strings, one after another. Returns what was sent while they were shown."""
    terminal.expect("<0>")
    start = len(terminal.raw)
    for place in range(1, count):
        terminal.send("n")
        terminal.expect(f"<{place}>")
    return bytes(terminal.raw[start:])


@pytest.mark.timeout(300)
def test_no_hostile_string_sends_a_foreign_byte_by_any_route() -> None:
    with Terminal.python("-m", "tests.pty.apps.show_everything", columns=100, rows=160) as terminal:
        sent = walk(terminal, len(HOSTILE))
        assert foreign(sent) == set()
        terminal.send("n")
        assert terminal.wait() == 0, terminal.text


def test_without_the_filter_the_same_strings_steer_the_terminal() -> None:
    """The control."""
    with Terminal.python(
        "-m", "tests.pty.apps.show_everything", columns=100, rows=160, environment={"UNFILTERED": "1"}
    ) as terminal:
        terminal.wait_until(lambda: "\x1b" in foreign(bytes(terminal.raw)), "escape byte of data")


def test_there_are_more_than_sixty_hostile_strings() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) > 60 < len(STEERING)
