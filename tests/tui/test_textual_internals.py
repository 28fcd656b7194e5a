"""What the key queue and its neighbours lean on inside Textual. A failure here names what an upgrade changed."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
import textual
from textual._compositor import Compositor
from textual._queue import Queue
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input

from erp_tui.terminal.escape import EscapeFirstParser
from erp_tui.terminal.settling import everything_idle, is_idle

pytestmark = pytest.mark.client


def test_the_pinned_version_is_the_one_that_was_examined() -> None:
    assert textual.__version__ == "8.2.8", (
        "Read settling.py, escape.py, driver.py and shown.py of erp_tui/terminal and screens/painting.py again, "
        "then raise this."
    )


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (MessagePump, "_message_queue"),
        (App, "_handle_exception"),
        (App, "_close_messages_no_wait"),
        (App, "get_line_filters"),
        (App, "on_event"),
        (LinuxDriver, "run_input_thread"),
        (LinuxDriver, "process_message"),
        (Screen, "_invoke_later"),
        (App, "_display"),
        (App, "_screen_stack"),
        (Screen, "_pop_result_callback"),
        (Compositor, "_get_renders"),
    ],
)
def test_a_private_name_that_we_lean_on_is_still_there(owner: type, name: str) -> None:
    assert hasattr(owner, name), f"Textual no longer has {owner.__name__}.{name}"


def test_the_driver_still_calls_the_loop_that_we_replace() -> None:
    assert "run_input_thread" in inspect.getsource(LinuxDriver._run_input_thread)


def test_every_screen_still_paints_by_a_compositor_of_its_own() -> None:
    assert "self._compositor = Compositor()" in inspect.getsource(Screen.__init__)


async def test_a_queue_shows_whether_its_reader_waits() -> None:
    queue: Queue[int] = Queue()
    assert not queue.ready_event._waiters
    reader = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert queue.ready_event._waiters, "Queue.get no longer waits on ready_event"
    queue.put_nowait(1)
    assert list(queue.values) == [1]
    assert await reader == 1


async def test_a_handler_that_still_awaits_is_not_idle_although_its_queue_is_empty() -> None:
    release = asyncio.Event()

    class Slow(App[None]):
        def compose(self) -> Any:
            yield Input()

        async def on_input_submitted(self) -> None:
            await release.wait()

    app = Slow()
    async with app.run_test():
        while not everything_idle(app):
            await asyncio.sleep(0.001)
        app.post_message(Key("enter", "\r"))
        async with asyncio.timeout(10):
            while is_idle(app) or app._message_queue.values:
                await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert not is_idle(app)
        release.set()
        while not is_idle(app):
            await asyncio.sleep(0.001)


def keys(*reads: str) -> list[str]:
    parser = EscapeFirstParser()
    found = [message for read in reads for message in parser.feed(read)]
    return [message.key if isinstance(message, Key) else type(message).__name__ for message in found]


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("\x1bb", ["escape", "b"]),
        ("\x1b:po\r", ["escape", "colon", "p", "o", "enter"]),
        ("\x1bOP", ["f1"]),
        ("\x1bOrder", ["escape", "O", "r", "d", "e", "r"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x1b[21~", ["f10"]),
        ("\n\x04\x1d\t\r", ["ctrl+j", "ctrl+d", "ctrl+right_square_bracket", "tab", "enter"]),
        ("\x1b[<0;3;4M", ["MouseDown"]),
        ("\x1b[200~a\x1bb\x1b[21~\x1b[201~x", ["Paste", "x"]),
    ],
)
def test_bytes_become_these_keys_in_one_read_and_byte_by_byte(read: str, expected: list[str]) -> None:
    assert keys(read) == expected
    assert keys(*read) == expected
