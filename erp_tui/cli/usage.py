"""What was given on the command line and cannot be taken."""

from __future__ import annotations

from erp_tui.core.errors import ErpError


class UnreadableInput(ErpError):
    """Its text is the sentence: what is wrong, and how it is given right."""
