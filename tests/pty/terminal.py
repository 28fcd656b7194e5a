"""A real terminal for tests: a program in a pseudo-terminal, the screen it paints, every byte it sent."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 90.0
"""Seconds that a test waits for something before it fails: generous, for a busy machine."""
TICKS = os.sysconf("SC_CLK_TCK")
"""In how many parts of a second the kernel counts the work of a program."""


class Terminal:
    """A program under a pseudo-terminal. Used as a context manager; the program never outlives the block."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.raw = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._painted = 0
        self._text = ""
        self._work = 0.0
        self.status: int | None = None
        env = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": str(ROOT),
            **(environment or {}),
        }
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(argv[0], list(argv), env)
            finally:
                os._exit(127)
        self.resize(columns, rows)

    @classmethod
    def python(cls, *argv: str, **options: object) -> Terminal:
        """This Python with these arguments: `Terminal.python("-m", "tests.pty.apps.scan_form")`."""
        return cls([sys.executable, *argv], **options)  # type: ignore[arg-type]

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size, as a person dragging the corner of the window."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)
        self.columns, self.rows = columns, rows
        self._text = ""

    # What is typed

    def send(self, data: bytes | str, delay: float = 0.0) -> None:
        """Types bytes, `delay` seconds apart; without one, all in a single write, as a scanner does."""
        raw = data.encode() if isinstance(data, str) else data
        pieces = [raw[i : i + 1] for i in range(len(raw))] if delay else [raw]
        for piece in pieces:
            while piece:
                self.read(0)
                piece = piece[os.write(self.fd, piece) :]
            if delay:
                self.read(delay)

    # What is shown

    def read(self, seconds: float = 0.05) -> int:
        """Takes in what the program sends for so long. Returns the number of bytes."""
        end = time.monotonic() + seconds
        count = 0
        while True:
            left = max(end - time.monotonic(), 0)
            readable, _writable, _errors = select.select([self.fd], [], [], left)
            if not readable:
                return count
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return count
            if not data:
                return count
            count += len(data)
            self.raw += data

    @property
    def screen(self) -> pyte.Screen:
        """The screen as it is now; painted only when somebody looks, which costs more than all else here."""
        if self._painted < len(self.raw):
            self._stream.feed(bytes(self.raw[self._painted :]))
            self._painted = len(self.raw)
            self._text = ""
        return self._screen

    @property
    def text(self) -> str:
        """The screen as it is now, a line a row."""
        screen = self.screen
        if not self._text:
            self._text = "\n".join(line.rstrip() for line in screen.display)
        return self._text

    def expect(self, *texts: str, within: float = WITHIN) -> None:
        """Returns when all these texts are on the screen; fails showing the screen."""
        self.wait_until(
            lambda: all(text in self.text for text in texts), f"{texts} on the screen", within=within
        )

    def expect_gone(self, text: str, within: float = WITHIN) -> None:
        """Returns when a text is no longer on the screen."""
        self.wait_until(lambda: text not in self.text, f"{text!r} gone from the screen", within=within)

    def wait_until(self, done: Callable[[], bool], what: str, within: float = WITHIN) -> None:
        """Returns when `done` holds, taking in output meanwhile; fails naming `what`."""
        end = time.monotonic() + within
        while not done():
            if time.monotonic() > end:
                raise AssertionError(f"No {what} within {within:.1f} s. The screen:\n{self.text}")
            self.read(0.02)

    # How it ends

    def signal(self, number: int) -> None:
        """Sends a signal to the program alone."""
        os.kill(self.pid, number)

    def wait(self, within: float = WITHIN) -> int:
        """The exit status (negative for a signal) once the program has ended; fails when it does not."""
        end = time.monotonic() + within
        while self.status is None:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                self._work = used.ru_utime + used.ru_stime
                break
            if time.monotonic() > end:
                raise AssertionError(f"The program still runs after {within:.1f} s. The screen:\n{self.text}")
            if self.fd >= 0:
                self.read(0.01)
            else:
                time.sleep(0.005)
        if self.fd >= 0:
            self.read(0.05)
        return self.status

    @property
    def work(self) -> float:
        """Seconds that the program has worked so far, whatever the machine gave to others meanwhile."""
        if self.status is not None:
            return self._work
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def close(self) -> None:
        """Closes the terminal, as a window that is shut or a line that drops."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def attributes(self) -> list[object]:
        """The settings of the terminal (termios), to see whether they were restored."""
        return termios.tcgetattr(self.fd)

    def kill(self) -> None:
        """Ends the program, whatever it does, and closes the terminal."""
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            _pid, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
        self.close()
