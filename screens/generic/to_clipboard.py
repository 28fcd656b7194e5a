"""Copying to the clipboard of the terminal, by the only way there is over a line: asking the terminal itself."""

from __future__ import annotations

from typing import Any

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _
from erp_tui.core.transfer.clipboard import MOST_BYTES, too_long
from screens.base import ErpScreen


def copy(screen: ErpScreen[Any], text: str, what: str) -> bool:
    """Sends a text to the terminal's clipboard and says so; says why not where it is not sent.

    `what` names it to the person. Returns whether it was sent; whether the terminal took it nobody can know.
    """
    reason = why_not_copied(screen, text)
    if reason:
        screen.app.bell()
        screen.notify(reason, severity="warning")
        return False
    screen.app.copy_to_clipboard(text)
    screen.notify(
        _("{what}: sent to the clipboard of the terminal. Whether it took it cannot be known.").format(
            what=what
        )
    )
    return True


def why_not_copied(screen: ErpScreen[Any], text: str) -> str:
    """Why this is not sent to the clipboard, as a sentence; empty where it is."""
    session = screen.host.session
    if session is not None and not session.settings.get("clipboard", default=True):
        return _("Copying is switched off here, by --no-clipboard or by clipboard in the configuration.")
    if not text:
        return _("There is nothing to copy here.")
    if too_long(text):
        return _(
            "These are {size} bytes; terminals take {most}. Mark fewer rows, or export the list to a file."
        ).format(size=format_count(len(text.encode())), most=format_count(MOST_BYTES))
    return ""
