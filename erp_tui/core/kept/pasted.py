"""Tables that were pasted to be taken in: each is a file from the moment it arrives, so that no crash loses it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from erp_tui.core.kept.file_names import free_path
from erp_tui.core.kept.files import private_folder, write_atomically
from erp_tui.core.kept.paths import data_folder

if TYPE_CHECKING:
    from erp_tui.core.kept.scope import Scope

log = logging.getLogger(__name__)

KEPT_FOR: Final = timedelta(days=30)


def lines_of(text: str) -> list[str]:
    """The lines that hold something; terminals send other line ends than spreadsheets write."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return [line for line in plain.split("\n") if line.strip()]


def is_table(text: str) -> bool:
    """Whether a paste is more than one line can hold: two lines or more with something in them."""
    return len(lines_of(text)) > 1


class Pasted:
    """The pasted tables of one scope."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._folder = (folder or data_folder() / "pasted") / scope.folder_name

    def keep(self, text: str) -> Path:
        """The file that holds the text now, which is on the disk. Raises ``OSError`` where it refuses.

        Cells are parted by tabs, as spreadsheets give them, or by whatever else stands in the text.
        """
        self._forget_old()
        plain = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n") + "\n"
        moment = datetime.now().strftime("%Y-%m-%d %H.%M")
        ending = "tsv" if "\t" in plain else "csv"
        path = free_path(private_folder(self._folder), f"pasted {moment}.{ending}")
        write_atomically(path, plain.encode("utf-8", errors="replace"))
        return path

    def holds(self, path: Path) -> bool:
        """Whether a file is one of these, and nobody chose its name."""
        return path.parent == self._folder

    def forget(self, path: Path) -> None:
        """It was taken in. Any other file stays."""
        if self.holds(path):
            path.unlink(missing_ok=True)

    def _forget_old(self) -> None:
        oldest = (datetime.now(UTC) - KEPT_FOR).timestamp()
        for path in self._folder.glob("pasted *"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except OSError as error:
                log.info("the pasted table %s stays: %s", path.name, error.strerror)
