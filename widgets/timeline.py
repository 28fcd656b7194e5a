"""Who changed a record, when, and from what to what; newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from erp_tui.core.entry.values import format_datetime
from erp_tui.core.i18n import _
from widgets.change_preview import field_change, plain_title
from widgets.shown import UTC_ZONE
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import TimelineEntry


class Timeline(OptionList):
    """Entries of the audit of one record, one of them chosen with the arrow keys."""

    DEFAULT_CSS: ClassVar[str] = """
    Timeline { height: 1fr; border: none; padding: 0 1; background: $surface; scrollbar-size-vertical: 1; }
    Timeline:focus { border: none; }
    Timeline > .option-list--option-highlighted { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", _("Open the change"), show=False, id="timeline.open"),
    ]

    class MoreWanted(Message):
        """The last entry is reached and the server has older ones."""

        def __init__(self, after: str) -> None:
            super().__init__()
            self.after = after

    def __init__(
        self,
        *,
        zone: ZoneInfo = UTC_ZONE,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.zone = zone
        self.own = ""
        self.entries: list[TimelineEntry] = []
        self._next: str | None = None

    @property
    def chosen(self) -> TimelineEntry | None:
        """The entry under the cursor."""
        return self.entries[self.highlighted] if self.highlighted is not None and self.entries else None

    def show(self, entries: Sequence[TimelineEntry], next_cursor: str | None) -> None:
        """Shows these entries instead of any others."""
        self.clear_options()
        self.entries = []
        self.append(entries, next_cursor)
        if not entries:
            self.add_option(Option(Content(_("Nobody has changed this record yet.")), disabled=True))

    def append(self, entries: Sequence[TimelineEntry], next_cursor: str | None) -> None:
        """Adds older entries at the end."""
        self.entries += entries
        self._next = next_cursor
        self.add_options(Option(self._drawn(entry)) for entry in entries)

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        if self._next is not None and highlighted == len(self.entries) - 1:
            after, self._next = self._next, None
            self.post_message(self.MoreWanted(after))

    def _drawn(self, entry: TimelineEntry) -> Content:
        words = {"create": _("made it"), "update": _("changed it"), "delete": _("deleted it")}
        who = entry.user or _("the system")
        head = f"{format_datetime(entry.at, self.zone)}  {who}  {words.get(entry.action, entry.action)}"
        if entry.resource != self.own:
            head += f"  ·  {entry.resource} {entry.label}".rstrip()
        lines = [server_text(head, "bold")]
        if entry.reason:
            lines.append(server_text(_("    Reason: {reason}").format(reason=entry.reason)))
        lines += [field_change(plain_title(name), change) for name, change in entry.fields.items()]
        if entry.undoable:
            lines.append(
                Content(
                    _("    Ctrl+U takes it back"),
                )
            )
        return Content("\n").join(lines)
