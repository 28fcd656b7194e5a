"""Who has been offered the tour: once for a person on a server, whatever became of it."""

from __future__ import annotations

from pathlib import Path

from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope


class Toured:
    """A mark beside the drafts of a scope."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._path = (folder or data_folder() / "toured") / scope.folder_name

    @property
    def offered(self) -> bool:
        """Whether it was offered before."""
        return self._path.is_file()

    def remember(self) -> None:
        """Never offer it again. Raises ``OSError``."""
        write_atomically(self._path, b"", durable=False)
