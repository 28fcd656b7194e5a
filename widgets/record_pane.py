"""A record beside a list: what it is called, the fields that hold something, its lines in short. Only to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from erp_tui.core.i18n import ngettext
from widgets.field_list import drawn_fields, value_in_full
from widgets.lines.line_totals import line_totals
from widgets.shown import UTC_ZONE
from widgets.table.columns import column_of
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description

SHOWN_LINES = 20
LINE_COLUMNS = 3
"""Columns of a line that have room beside a list."""


class RecordPane(VerticalScroll, can_focus=False):
    """Shows one record at a time; draws nothing until it is given one."""

    DEFAULT_CSS: ClassVar[str] = """
    RecordPane {
        width: 42; padding: 0 1; border-left: solid $panel; scrollbar-size-vertical: 1;
        & > Static { height: auto; }
        & > .pane--title { text-style: bold; margin: 0 0 1 0; }
        & > .pane--lines { margin: 1 0 0 0; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = Static(classes="pane--title")
        self._fields = Static()
        self._lines = Static(classes="pane--lines")

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._fields
        yield self._lines

    def show(
        self, title: str, description: Description, row: Mapping[str, Any], zone: ZoneInfo = UTC_ZONE
    ) -> None:
        """Shows a record."""
        self._title.update(server_text(title))
        filled = [field for field in description.fields if value_in_full(field, row, zone)]
        self._fields.update(drawn_fields(filled, row, zone))
        self._lines.update(_lines(description, row, zone))
        self.scroll_home(animate=False)

    def say(self, sentence: str) -> None:
        """Says why there is nothing to show."""
        self._title.update(server_text(sentence))
        self._fields.update("")
        self._lines.update("")


def _lines(description: Description, row: Mapping[str, Any], zone: ZoneInfo) -> Content:
    if description.lines is None:
        return Content("")
    fields = description.lines.fields
    lines = row.get(description.lines.name) or []
    columns = [column_of(field.name, field, zone) for field in fields[:LINE_COLUMNS]]
    drawn = [server_text(line_totals(lines, fields), "bold")]
    drawn += [
        server_text("  ".join(text for column in columns if (text := column.text(line))))
        for line in lines[:SHOWN_LINES]
    ]
    left = len(lines) - SHOWN_LINES
    if left > 0:
        drawn.append(
            Content(ngettext("and {count} more line", "and {count} more lines", left).format(count=left))
        )
    return Content("\n").join(drawn)
