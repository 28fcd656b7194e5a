"""Reading and copying what stands on a detail: one value in full, one line, the whole record."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from textual import on

from erp_tui.core.i18n import _
from erp_tui.core.transfer.clipboard import as_table, plain
from screens.base import ErpScreen
from screens.generic.to_clipboard import copy
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.dialogs.reading_dialog import ReadingDialog
from widgets.field_list import FieldList, value_in_full
from widgets.shown import UTC_ZONE
from widgets.table.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription, Record

WHOLE, LINES, VALUE = "record", "lines", "value:"


class DetailCopying(ErpScreen[None]):
    """Enter on a field reads it in full; Ctrl+Y asks what to copy, the field under the cursor first."""

    description: Description | None = None
    record: Record | None = None
    zone: ZoneInfo = UTC_ZONE
    fields: FieldList

    @on(FieldList.Chosen)
    def _field_chosen(self, event: FieldList.Chosen) -> None:
        self.read_in_full(event.field.title, event.text)

    def read_in_full(self, title: str, text: str) -> None:
        """Shows a text of any length; Ctrl+Y there copies it."""

        def left(copied: bool | None) -> None:
            if copied:
                copy(self, plain(text), title)

        self.app.push_screen(ReadingDialog(title, text), left)

    def read_line(self, row: Row) -> None:
        """All that a line holds, also what has no room in the table."""
        if self.description is not None and self.description.lines is not None:
            text = "\n".join(
                f"{title}: {value}" for title, value in self._values(self.description.lines.fields, row)
            )
            self.read_in_full(_("Line"), text)

    def _values(self, fields: list[FieldDescription], row: Row) -> list[tuple[str, str]]:
        return [(field.title, value_in_full(field, row, self.zone)) for field in fields]

    def action_copy_record(self) -> None:
        """Ctrl+Y."""
        description, record = self.description, self.record
        if description is None or record is None:
            self.app.bell()
            return
        values = [pair for pair in self._values(description.fields, record.data) if pair[1]]
        current = self.fields.current
        if current is not None:
            values.sort(key=lambda pair: pair[0] != current.title)
        texts = {f"{VALUE}{number}": (title, text) for number, (title, text) in enumerate(values)}
        items = [MenuItem(name, f"{title}: {text}") for name, (title, text) in texts.items()]
        whole = [MenuItem(WHOLE, _("All fields, one a line"))]
        lines = description.lines
        if lines is not None and record.data.get(lines.name):
            whole.append(MenuItem(LINES, _("The lines under the names of the columns")))

        def chosen(name: str | None) -> None:
            if name is None:
                return
            if name == WHOLE:
                copy(self, as_table(values), _("The record"))
            elif name == LINES and lines is not None:
                table = [[text for _title, text in self._values(lines.fields, row)] for row in self._lines()]
                titles = [field.title for field in lines.fields]
                copy(self, as_table([titles, *table]), _("The lines"))
            else:
                title, text = texts[name]
                copy(self, plain(text), title)

        self.app.push_screen(ActionMenu(_("Copy"), [*items[:1], *whole, *items[1:]]), chosen)

    def _lines(self) -> list[Row]:
        if self.description is None or self.description.lines is None or self.record is None:
            return []
        return list(self.record.data.get(self.description.lines.name) or ())
