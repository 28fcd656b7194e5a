"""Reading a file of another kind in a child process: capped in memory, time and output, so that none can hurt.

The child has a minimal environment (no address of the database, no secret), no standard input, and a folder of its
own that is gone afterwards. What it writes is read like any file (`converted_rows`).
"""

from __future__ import annotations

import errno
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.utils.translation import gettext as _

import server
from server.core.errors import Throttled
from server.imports.issues import UnreadableFileError
from server.imports.reading.records import LONGEST_CELL, LONGEST_LINE

from .formats import CONVERTED, format_of
from .port import OUT_OF_MEMORY
from .wording import refusal

PIECE = 1 << 20
HEAD_BYTES = 64 * 1024
# A file whose turn does not come in this time is refused for now: nobody may hold all threads by waiting.
PATIENCE_SECONDS = 20
RETRY_AFTER = 10

log = structlog.get_logger(__name__)
_places = BoundedSemaphore(settings.IMPORT_READINGS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file of another kind, on disk at `path` as long as the context of `converted` lasts.

    `source` is what the session remembers of it: `format`, `sheet`, `sheets`, `names` (None where a row may name
    the columns) and `notes`.
    """

    path: Path
    source: dict[str, Any] = field(default_factory=dict)

    def pieces(self) -> Iterator[bytes]:
        """Yields the rows as they are stored."""
        with self.path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


@contextmanager
def converted(
    open_chunks: Callable[[], Iterable[bytes]], *, filename: str, sheet: str | None = None
) -> Iterator[Table | None]:
    """Gives the table of a file of another kind, None for a text whose lines are its rows.

    `open_chunks` gives the bytes anew at each call. Raises UnreadableFileError with a sentence for a person, and
    `Throttled` where as many files as may be are being read already.
    """
    head = _head(open_chunks())
    form = format_of(head)
    if form not in CONVERTED:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="erp-import-") as folder:
        file, rows = Path(folder, "file"), Path(folder, "rows")
        try:
            with file.open("wb") as out:
                out.writelines(open_chunks())
        except OSError as error:
            raise no_room(error, filename) from error
        with _place():
            found = _read(form, file, rows, sheet=sheet, filename=filename)
        file.unlink()
        yield Table(rows, {"format": form, **found})


def _head(chunks: Iterable[bytes]) -> bytes:
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return bytes(head[:HEAD_BYTES])


@contextmanager
def _place() -> Iterator[None]:
    """One of `IMPORT_READINGS_AT_ONCE` in this process."""
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise Throttled(
            _("Other files are being read just now. Try again in %(seconds)d seconds.")
            % {"seconds": RETRY_AFTER},
            retry_after=RETRY_AFTER,
        )
    try:
        yield
    finally:
        _places.release()


def _read(form: str, file: Path, rows: Path, *, sheet: str | None, filename: str) -> dict[str, Any]:
    """Runs the child; returns what it found."""
    options = {
        "sheet": sheet,
        "memory": settings.IMPORT_READING_MEMORY_BYTES,
        "seconds": settings.IMPORT_READING_SECONDS,
        "limits": {
            "rows": settings.IMPORT_MOST_ROWS,
            "columns": settings.IMPORT_MOST_COLUMNS,
            "cell": LONGEST_CELL,
            "row": LONGEST_LINE,
            "unpacked": settings.IMPORT_UNPACKED_LIMIT_BYTES,
        },
    }
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "server.imports.sources.child",
        form,
        str(file),
        str(rows),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module; the file is an argument's content
            [*command, orjson.dumps(options).decode()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=file.parent,
            env={"PYTHONPATH": str(Path(server.__path__[0]).parent), "LANG": "C.UTF-8"},
            timeout=settings.IMPORT_READING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        log.warning("import.reading_too_slow", form=form)
        raise refusal("too_much", {}, filename=filename) from error
    if done.returncode:
        raise _failure(form, done, filename)
    answer = orjson.loads(done.stdout)
    if "refused" in answer:
        raise refusal(answer["refused"], answer["facts"], filename=filename)
    found: dict[str, Any] = answer["found"]
    return found


def _failure(form: str, done: subprocess.CompletedProcess[bytes], filename: str) -> UnreadableFileError:
    """Returns the error for a child that did not end well: killed by a cap, or by what is in the file."""
    last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    # The type alone: the message may quote what is in the file.
    told = last.partition(":")[0]
    log.warning("import.unreadable_file", form=form, code=done.returncode, told=told)
    if done.returncode < 0 or done.returncode == OUT_OF_MEMORY or told == "MemoryError":
        return refusal("too_much", {}, filename=filename)
    code = "damaged_workbook" if form in ("xlsx", "xls") else "invalid_json"
    return refusal(code, {"line": 1}, filename=filename)


def no_room(error: OSError, filename: str) -> Exception:
    """Returns the refusal for a full disk, any other error as it is."""
    return (
        refusal("disk_full", {}, filename=filename) if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
    )
