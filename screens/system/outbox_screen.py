"""`:outbox`: what was confirmed on this machine and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from erp_tui.core.i18n import _
from screens.system.kept_list import KeptListScreen
from widgets.columns import Column
from widgets.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.outbox import Entry

SEEN = "4"


class OutboxScreen(KeptListScreen):
    """Enter shows all of a refusal; 4 takes away what was refused, or gives up what was never sent."""

    word: ClassVar[str] = "outbox"

    def __init__(self) -> None:
        super().__init__(
            _("Outbox"),
            _("Everything that you confirmed is settled."),
            {SEEN: _("Seen, or give up")},
        )

    def columns(self) -> Sequence[Column]:
        """What it was, when, and how it stands."""
        return (
            Column("title", _("Confirmed")),
            Column("made_at", _("When"), "datetime", zone=self.zone),
            Column("state", _("State")),
            Column("problem", _("Problem")),
        )

    def rows(self) -> list[Row]:
        """What was not acknowledged yet, the oldest first."""
        return [_row(entry) for entry in self.host.outbox.entries()]

    def chosen(self, row: Row) -> None:
        """Enter: the whole sentence, which the column cuts."""
        self.problem.show(str(row["problem"] or row["state"]))

    def option_entered(self, option: str, row: Row) -> None:
        """4: forgotten, unless it was sent and its outcome is open: that one can only be waited for."""
        if option == SEEN and not self.host.outbox.give_up(str(row["id"])):
            self.problem.show(
                _("{title} was sent and its outcome is being checked; it cannot be given up now.").format(
                    title=row["title"]
                )
            )
        self.host.outbox_changed()

    def action_refresh(self) -> None:
        """F5: asks the server once more, then shows how things stand."""
        self.host.settle_outbox()
        super().action_refresh()


def _row(entry: Entry) -> Row:
    states = {
        "pending": _("not sent yet"),
        "sent": _("sent, being checked"),
        "settled": _("done"),
        "refused": _("refused"),
    }
    return {
        "id": entry.intent.key,
        "title": entry.intent.title or entry.intent.target,
        "made_at": entry.intent.made_at,
        "state": states[entry.state],
        "problem": entry.problem,
    }


def open_outbox(_arguments: Sequence[str]) -> OutboxScreen:
    """The outbox; what follows the word is ignored."""
    return OutboxScreen()
