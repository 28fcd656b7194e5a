"""Asks the terminal itself: who it is (XTVERSION), what it can (DA1), how wide it draws (CPR).

Every terminal answers DA1, so that one is asked last: whatever has not come by then will not come.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from erp_tui.core.doctor.machine import Answers
from erp_tui.core.safe_text import one_line

PATIENCE = 0.8
"""Seconds for all answers together; a terminal across the world takes half a second."""

_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_VERSION = re.compile(rb"\x1bP>\|([^\x1b]*)\x1b\\")
_CURSOR = re.compile(rb"\x1b\[(\d+);(\d+)R")


def ask_terminal(texts: Iterable[str], patience: float = PATIENCE) -> Answers:
    """What the terminal of this process says; nothing where there is none, or it cannot be asked."""
    with contextlib.suppress(OSError, ImportError), open_raw() as (write, read):
        return converse(list(texts), write, read, patience)
    return Answers()


@contextlib.contextmanager
def open_raw() -> Iterator[tuple[Callable[[bytes], object], Callable[[float], bytes]]]:
    """The terminal without echo and line editing, as a writer and a reader with a patience in seconds.

    What was there before is put back. Raises ``OSError`` where there is no terminal, ``ImportError`` on Windows.
    """
    import termios
    import tty

    descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        before = termios.tcgetattr(descriptor)
        tty.setraw(descriptor, termios.TCSANOW)
        try:
            yield (
                lambda data: os.write(descriptor, data),
                lambda patience: _read(descriptor, patience),
            )
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
    except termios.error as error:
        raise OSError(*error.args) from error
    finally:
        os.close(descriptor)


def _read(descriptor: int, patience: float) -> bytes:
    """What comes within so many seconds; empty where nothing does."""
    readable, _writable, _failed = select.select([descriptor], [], [], patience)
    return os.read(descriptor, 4096) if readable else b""


def converse(
    texts: list[str], write: Callable[[bytes], object], read: Callable[[float], bytes], patience: float
) -> Answers:
    """Asks through ``write`` and hears through ``read``; the line that it drew on is wiped."""
    questions = b"\x1b7"
    for text in texts:
        questions += b"\r" + text.encode() + b"\x1b[6n"
    write(questions + b"\r\x1b[K\x1b8\x1b[>0q\x1b[c")
    heard, until = b"", time.monotonic() + patience
    while not _ATTRIBUTES.search(heard) and (left := until - time.monotonic()) > 0:
        heard += read(left)
    attributes, version = _ATTRIBUTES.search(heard), _VERSION.search(heard)
    columns = [int(match[2]) for match in _CURSOR.finditer(heard)]
    return Answers(
        asked=True,
        attributes=tuple(int(part) for part in attributes[1].split(b";") if part) if attributes else None,
        name=one_line(version[1].decode(errors="replace"))[:60] if version else None,
        cells={text: column - 1 for text, column in zip(texts, columns, strict=False)},
    )


def can_ask() -> bool:
    """Whether a person sits before the terminal that this process writes to."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty())
