"""Reading the terminal: Esc as a key of its own, and a closed terminal as the end, not as a busy loop."""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, Final, cast

from textual._time import get_time
from textual.drivers.linux_driver import LinuxDriver

from erp_tui.terminal.escape import EscapeFirstParser

if TYPE_CHECKING:
    from erp_tui.app import ErpApp

WAIT: Final = 0.05
"""Seconds between two looks at whether an escape byte has waited long enough."""

AT_ONCE: Final = 4096


class TerminalDriver(LinuxDriver):
    """Textual's driver for terminals with its reading loop replaced.

    Textual's own loop spins at a full core when the terminal is closed and the hang-up signal is ignored,
    as under `nohup`: every read returns at once with nothing.
    """

    def __init__(self, app: ErpApp, **options: Any) -> None:
        super().__init__(cast("Any", app), **options)
        self._host = app

    def run_input_thread(self) -> None:
        """Reads until the app ends, and tells it when the terminal is gone."""
        parser = EscapeFirstParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        looked_at = get_time()
        while not self.exit_event.is_set():
            # What waits already when this thread comes to look was typed since it looked last: on a busy machine
            # the time of reading would tear a scan that arrived in one piece.
            waits = bool(select.select([self.fileno], [], [], 0)[0])
            readable = waits or bool(select.select([self.fileno], [], [], WAIT)[0])
            read_at = looked_at if waits else get_time()
            looked_at = get_time()
            if readable:
                data = self._read()
                if not data:
                    self._host.terminal_closed()
                    return
                for message in parser.feed(decode(data)):
                    # What came in one piece was typed at one time, however long this machine takes to sort it:
                    # how fast keys come tells a barcode gun from a person.
                    message.time = read_at
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def _read(self) -> bytes:
        """What was typed; nothing when the terminal is closed, which Linux reports as an error."""
        try:
            return os.read(self.fileno, AT_ONCE)
        except OSError:
            return b""
