"""What hangs on a record, its notes or its files, one of them chosen with the arrow keys."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from erp_tui.core.entry.values import format_datetime
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.i18n import gettext_noop as marked
from widgets.shown import UTC_ZONE
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.annotations import Annotation, Attachment, Note

MOST_LINES = 12
"""Lines of a note that are shown in the list; the note itself shows all."""


class HangingList(OptionList):
    """Entries with a hint above them; a subclass draws one."""

    DEFAULT_CSS: ClassVar[str] = """
    HangingList { height: 1fr; border: none; padding: 0 1; background: $surface; scrollbar-size-vertical: 1; }
    HangingList:focus { border: none; }
    HangingList > .option-list--option-highlighted { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", _("Open"), show=False, id="hanging.open"),
    ]

    class MoreWanted(Message):
        """The last entry is reached and the server has older ones."""

        def __init__(self, list: HangingList, after: str) -> None:
            super().__init__()
            self.list = list
            self.after = after

    help_text = ""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zone: ZoneInfo = UTC_ZONE
        self.entries: list[Annotation] = []
        self._next: str | None = None

    @property
    def chosen(self) -> Annotation | None:
        """The entry under the cursor."""
        number = self.highlighted
        return self.entries[number] if number is not None and number < len(self.entries) else None

    def show(self, entries: Sequence[Annotation], next_cursor: str | None, empty: str) -> None:
        """Shows these entries instead of any others, or why there are none."""
        kept = self.highlighted
        self.clear_options()
        self.entries = []
        self.append(entries, next_cursor)
        if not entries:
            self.add_option(Option(server_text(empty), disabled=True))
        elif kept is not None:
            self.highlighted = min(kept, len(self.entries) - 1)

    def append(self, entries: Sequence[Annotation], next_cursor: str | None) -> None:
        """Adds older entries at the end."""
        self.entries += entries
        self._next = next_cursor
        self.add_options(Option(self.drawn(entry)) for entry in entries)
        if next_cursor is None and self.entries:
            self.add_option(
                Option(server_text(f"\n{_(self.help_text)}", "dim", multiline=True), disabled=True)
            )

    @abstractmethod
    def drawn(self, entry: Annotation) -> Content:
        """One entry."""

    def head(self, entry: Annotation, more: str = "") -> Content:
        """When and by whom."""
        who = entry.author or _("the system")
        return server_text(f"{format_datetime(entry.added_at, self.zone)}  {who}  {more}".rstrip(), "bold")

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        if self._next is not None and highlighted == len(self.entries) - 1:
            after, self._next = self._next, None
            self.post_message(self.MoreWanted(self, after))


class NoteList(HangingList):
    """Notes with their text."""

    help_text = marked("N adds a note, Enter opens the one under the cursor, Delete deletes it.")

    def drawn(self, entry: Annotation) -> Content:
        """The head, then the text."""
        note: Note = entry  # type: ignore[assignment]
        more = [_("pinned")] if note.pinned else []
        if note.changed_at is not None:
            more.append(_("changed {at}").format(at=format_datetime(note.changed_at, self.zone)))
        lines = note.text.strip().splitlines() or [""]
        shown = [server_text(f"    {line}") for line in lines[:MOST_LINES]]
        if hidden := len(lines) - MOST_LINES:
            rest = ngettext(
                "    … one more line; Enter shows it", "    … {count} more lines; Enter shows them", hidden
            )
            shown += [server_text(rest.format(count=hidden), "dim")] if hidden > 0 else []
        return Content("\n").join([self.head(note, "  ".join(more)), *shown])


class FileList(HangingList):
    """Files with their kind and size."""

    help_text = marked("A attaches a file, Enter or S saves the one under the cursor, Delete takes it off.")

    def drawn(self, entry: Annotation) -> Content:
        """The name, then what it is."""
        file: Attachment = entry  # type: ignore[assignment]
        kind = f"{file.media_type}  {size_in_words(file.size)}"
        return Content("\n").join(
            [server_text(file.name, "bold"), server_text("    ").append(self.head(file, kind))]
        )


def size_in_words(size: int) -> str:
    """`12 kB`, `3.4 MB`: how large a file is, to two digits."""
    if size < 1000:
        return _("{size} bytes").format(size=size)
    amount, unit = (size / 1000, "kB") if size < 1_000_000 else (size / 1_000_000, "MB")
    return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.1f} {unit}"
