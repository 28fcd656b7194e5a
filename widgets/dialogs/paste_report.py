"""What of a pasted block became lines, and which rows did not, with the reason; they can be copied back."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _, ngettext
from widgets.lines.pasted_lines import Pasted
from widgets.text import server_text

SHOWN = 200
"""Misfits drawn at most; all of them are copied."""


def pasted_in_words(pasted: Pasted) -> str:
    """`1,204 lines pasted; 3 rows do not fit.`"""
    count = len(pasted.lines)
    said = ngettext("{count} line pasted", "{count} lines pasted", count).format(count=format_count(count))
    if pasted.misfits:
        misfits = len(pasted.misfits)
        said += "; " + ngettext("{count} row does not fit", "{count} rows do not fit", misfits).format(
            count=format_count(misfits)
        )
    return f"{said}."


class PasteReport(ModalScreen[None]):
    """Shown where rows were left over; `c` copies them, to be corrected where they came from."""

    class CopyWanted(Message):
        """These rows are to be copied; the app knows whether that may be, and how much a terminal takes."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    DEFAULT_CSS: ClassVar[str] = """
    PasteReport {
        align: center middle;
        & > Vertical { width: 90%; height: auto; max-height: 90%; padding: 0 1; border: heavy $primary;
                       background: $surface; }
        & VerticalScroll { height: auto; max-height: 16; }
        & Static { height: auto; }
        & .paste--title { text-style: bold; margin: 0 0 1 0; }
        & .paste--keys { text-style: dim; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,enter", "dismiss", _("Back"), id="paste.leave"),
        Binding("c", "copy", _("Copy these rows"), id="paste.copy"),
    ]

    def __init__(self, pasted: Pasted) -> None:
        super().__init__()
        self.pasted = pasted

    def compose(self) -> ComposeResult:
        misfits = self.pasted.misfits
        drawn = [
            _("Row {number}: {reason}  [{text}]").format(
                number=each.number, reason=each.reason, text=each.text.replace("\t", " | ")
            )
            for each in misfits[:SHOWN]
        ]
        if len(misfits) > SHOWN:
            drawn.append(_("… and {count} more.").format(count=format_count(len(misfits) - SHOWN)))
        with Vertical():
            yield Static(server_text(pasted_in_words(self.pasted)), classes="paste--title")
            with VerticalScroll():
                yield Static(server_text("\n".join(drawn), multiline=True))
            keys = _("c: copy these rows, to correct and paste them again · Esc or Enter: back")
            yield Static(Content(keys), classes="paste--keys")

    def action_copy(self) -> None:
        """`c`: asks for the rows that did not fit to be copied, by the one way to the clipboard."""
        self.post_message(self.CopyWanted("\n".join(each.text for each in self.pasted.misfits)))
