"""What is wrong with a scanned code, as a sentence that names the part of it."""

from __future__ import annotations

from erp_tui.core.errors import ErpError


class ScanProblem(ErpError):
    """A code that cannot be read as what it claims to be. `identifier` is the application identifier at fault,
    or empty; the sentence names it too."""

    def __init__(self, sentence: str, identifier: str = "") -> None:
        super().__init__(sentence)
        self.identifier = identifier
