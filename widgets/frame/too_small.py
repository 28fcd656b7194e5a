"""What stands over a screen while its window is too small to work in. Nothing beneath is changed or lost."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.text import server_text

LEAST_COLUMNS = 40
LEAST_LINES = 10

WIDE_FROM = 120

HORIZONTAL = [(0, "-narrow"), (LEAST_COLUMNS, "-broad"), (WIDE_FROM, "-wide")]
VERTICAL = [(0, "-short"), (LEAST_LINES, "-tall")]
"""The classes that a screen has by its size; the app hands them to every screen."""


class TooSmall(Vertical):
    """Covers the whole screen, where it is needed."""

    DEFAULT_CSS: ClassVar[str] = """
    TooSmall { display: none; layer: too-small; dock: top; width: 100%; height: 100%; background: $background; }
    TooSmall > Static { width: 100%; height: auto; text-style: bold; }
    Screen.-narrow > TooSmall, Screen.-short > TooSmall { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield Static(
            server_text(_("Make the window larger: 80x24 shows everything. What you typed is kept."))
        )
