"""The client's own log: a file that only its owner reads, since a full-screen program has nowhere to print."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Final

from erp_tui.core.kept.paths import data_folder

NAME: Final = "client.log"
AT_MOST_BYTES: Final = 1_000_000
KEPT: Final = 2


class _OwnersFile(RotatingFileHandler):
    def _open(self) -> IO[str]:  # type: ignore[override]
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding)


def path() -> Path | None:
    """Where the log is; None while it has not been opened."""
    handler = next((each for each in logging.getLogger().handlers if isinstance(each, _OwnersFile)), None)
    return Path(handler.baseFilename) if handler else None


def open_log() -> None:
    """Opens the log, once. Where the disk refuses, the client runs without."""
    if path() is not None:
        return
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = _OwnersFile(folder / NAME, maxBytes=AT_MOST_BYTES, backupCount=KEPT, encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).warning("no log file in %s: %s", folder, error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
