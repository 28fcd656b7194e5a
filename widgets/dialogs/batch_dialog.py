"""What would become of many records, before it does: what changes, what is refused and why, and a key to do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _, ngettext
from widgets.dialogs.preview_dialog import PreviewDialog
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Preview

SHOWN_REFUSALS = 200
"""Refused records named one by one; further ones are counted."""

Refusal = tuple[str, str]
"""A record by what a person calls it, and the reason."""


def refusals_in_words(refusals: Sequence[Refusal], head: str = "") -> Content:
    """The refused records with their reasons, one a line, under a line of what was or will be done."""
    lines = [server_text(head, "bold")] if head else []
    if refusals:
        count = len(refusals)
        lines.append(
            server_text(
                ngettext(
                    "✗ {count} record is refused and stays marked:",
                    "✗ {count} records are refused and stay marked:",
                    count,
                ).format(count=format_count(count)),
                "bold",
            )
        )
    for name, reason in refusals[:SHOWN_REFUSALS]:
        lines.append(
            Content.assemble("  ", server_text(name, "bold"), "  ", server_text(reason, multiline=True))
        )
    left = len(refusals) - SHOWN_REFUSALS
    if left > 0:
        lines.append(
            Content(ngettext("and {count} more record", "and {count} more records", left).format(count=left))
        )
    return Content("\n").join(lines)


class BatchDialog(PreviewDialog):
    """Gives back whether to do it. `will` is how many records it would be done to, `same` how many of them
    hold already what they would be changed to."""

    def __init__(
        self,
        title: str,
        preview: Preview,
        refusals: Sequence[Refusal],
        *,
        will: int,
        same: int = 0,
        typed: str = "",
        note: str = "",
    ) -> None:
        super().__init__(title, preview, typed=typed if will else "", note=note)
        self.will = will
        sentence = ngettext("{count} record will be done.", "{count} records will be done.", will).format(
            count=format_count(will)
        )
        if not will:
            sentence = _("None of it can be done.")
        if same:
            sentence += " " + ngettext(
                "{count} of them has this value already.", "{count} of them have this value already.", same
            ).format(count=format_count(same))
        self.changes.lead(refusals_in_words(refusals, sentence))

    def keys_said(self) -> str:
        """Nothing is offered where nothing can be done."""
        return super().keys_said() if self.will else _("Esc goes back")

    def on_mount(self) -> None:
        super().on_mount()
        self.changes.query("Static").last().display = bool(self.will)

    def action_confirm(self) -> None:
        """Does it, unless nothing of it can be done."""
        if not self.will:
            self.app.bell()
            self.notify(_("Nothing of it can be done; Esc goes back."), severity="warning", markup=False)
            return
        super().action_confirm()
