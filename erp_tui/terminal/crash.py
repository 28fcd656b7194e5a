"""What a crash leaves on the screen: where it happened and where to read on, and no value of any variable.

Textual prints the local variables of every frame, and a password is one.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Final

from rich.console import Group
from rich.text import Text
from textual.worker import WorkerFailed

from erp_tui.core.i18n import _
from widgets.text import visible

log: Final = logging.getLogger(__name__)
FRAMES_SHOWN: Final = 6


def frames(error: BaseException) -> list[str]:
    """One line a frame, outermost first: file, line and function. No source line, no variable."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def traced(error: BaseException) -> str:
    """The frames of an error, with their lines of source, and of what led to it, outermost first, on lines of
    their own. Of the error its kind alone: a message may quote data, and a password is data too."""
    led: list[BaseException] = [error]
    while (before := led[-1].__cause__ or led[-1].__context__) is not None and before not in led:
        led.append(before)
    parts = [
        "".join(traceback.format_tb(each.__traceback__)) + type(each).__qualname__ for each in reversed(led)
    ]
    return "\nwhich led to\n".join(parts)


def cause(error: BaseException) -> BaseException:
    """What went wrong: the error of a failed worker rather than the report of it."""
    return error.error if isinstance(error, WorkerFailed) and error.error else error


def record(error: BaseException) -> None:
    """Writes the crash to the log: the kind of error and its frames, not its message, which may quote data."""
    log.critical("crash %s: %s", type(error).__name__, " < ".join(reversed(frames(error))))


def report(error: BaseException, log_file: Path | None) -> Group:
    """What is left on the terminal after a crash: what happened, where, what is safe, what to do next."""
    where = [Text(f"  {visible(line)}") for line in frames(error)[-FRAMES_SHOWN:]]
    lines = [
        Text(
            _("The program met an error that it cannot go on from: {kind}.").format(kind=type(error).__name__)
        ),
        *where,
        Text(_("What you typed is kept as a draft; what was confirmed is sent once when you start again.")),
    ]
    if log_file is not None:
        lines.append(Text(_("The log is {path}.").format(path=visible(log_file))))
    lines.append(Text(_("Start it again with: erp")))
    return Group(*lines)
