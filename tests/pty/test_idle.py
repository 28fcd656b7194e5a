"""An idle screen sends nothing: not a byte, on any screen, also while the server is asked for changes (SPEED.md)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.pty.places import place
from tests.pty.terminal import Terminal
from tests.pty.test_promise_p12_screens import NEXT, ended

pytestmark = [pytest.mark.pty, pytest.mark.client]

REST = 0.25
"""Seconds in which the last paint of a filled screen arrives."""


def start(folder: Path, number: int = 0, shards: int = 1, **environment: str) -> tuple[Terminal, Path]:
    file = folder / f"place-{number}"
    given = {"PLACE": str(file), "POLLS": str(folder / f"polls-{number}"), "SHARD": f"{number}/{shards}"}
    terminal = Terminal.python(
        "-m", "tests.pty.apps.idle_screens", environment={**given, "ERP_KEYRING": "off", **environment}
    )
    return terminal, file


def sent_while_idle(started: Sequence[tuple[Terminal, Path]], seconds: float) -> dict[str, int]:
    """The bytes that each screen sent in so many seconds after it was filled, by what stood at its top; only those
    that sent any. The terminals go on side by side."""
    noisy: dict[str, int] = {}
    shown = {terminal: -1 for terminal, _file in started}
    left = dict(started)
    while left:
        for terminal, file in list(left.items()):
            terminal.wait_until(
                lambda terminal=terminal, file=file: (  # type: ignore[misc]
                    place(file)[0] > shown[terminal] or ended(terminal)
                ),
                "next screen",
            )
            assert not ended(terminal), f"it ended after screen {shown[terminal]}:\n{terminal.text}"
            shown[terminal] = place(file)[0]
            terminal.read(REST)
        for terminal in left:
            terminal.read(0)
        before = {terminal: len(terminal.raw) for terminal in left}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for terminal in left:
                terminal.read(min(0.05, max(end - time.monotonic(), 0)))
        for terminal, file in list(left.items()):
            count = len(terminal.raw) - before[terminal]
            if count:
                tail = bytes(terminal.raw[-min(count, 200) :])
                noisy[f"{shown[terminal]} {terminal.text.splitlines()[0].strip()} {tail!r}"] = count
            if shown[terminal] + 1 == place(file)[1]:
                del left[terminal]
            else:
                terminal.signal(NEXT)
    return noisy


@pytest.mark.timeout(400)
def test_no_screen_sends_a_byte_while_nobody_types_and_the_server_answers(tmp_path: Path) -> None:
    terminal, file = start(tmp_path, EACH_ONCE="1")
    with terminal:
        assert sent_while_idle([(terminal, file)], 0.4) == {}
        assert place(file)[1] > 20
    assert len((tmp_path / "polls-0").read_text()) > place(file)[1], "the server was asked all the while"


def test_a_screen_that_paints_while_idle_is_found(tmp_path: Path) -> None:
    """The control."""
    terminal, file = start(tmp_path, 0, 40, BLINK="1")
    with terminal:
        assert sent_while_idle([(terminal, file)], 0.4)


@pytest.mark.soak
def test_every_screen_is_silent_for_a_minute(tmp_path: Path) -> None:
    with ExitStack() as stack:
        started = [start(tmp_path, number, 8) for number in range(8)]
        for terminal, _file in started:
            stack.enter_context(terminal)
        assert sent_while_idle(started, 60.0) == {}
