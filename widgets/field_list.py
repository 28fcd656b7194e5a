"""A record to be read: every field by its title, one of them under the cursor, long texts in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.shown import UTC_ZONE, shown_value
from widgets.table.columns import column_of, fit
from widgets.table.row_keys import row_bindings
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

TITLE_CELLS = 20
NOTHING = "–"
LONG_TYPES = frozenset({"long_text", "json"})
AMONG_FIELDS = {
    "row_up": "move(-1)",
    "row_down": "move(1)",
    "page_up": "page_up",
    "page_down": "page_down",
    "first_row": "go(0)",
    "last_row": "go(-1)",
    "columns_left": "side(-1)",
    "columns_right": "side(1)",
}


class FieldList(VerticalScroll, can_focus=True):
    """Two columns of titles and values; what is long stands under them over the whole width."""

    DEFAULT_CSS: ClassVar[str] = """
    FieldList {
        height: auto; max-height: 100%; padding: 0 1; scrollbar-size-vertical: 1;
        & > Horizontal { height: auto; }
        & Static { width: 1fr; height: auto; }
        & > Horizontal > Static { padding: 0 1 0 0; }
        &:focus { background: $surface; }
    }
    """
    ROW_ACTIONS = AMONG_FIELDS
    BINDINGS: ClassVar[list[BindingType]] = [
        *row_bindings(AMONG_FIELDS),
        Binding("enter", "choose", _("Read the value in full"), show=False, id="fields.choose"),
    ]
    help_text = _("↑ ↓ ← → move over the fields; Enter shows a value in full, Ctrl+Y copies it.")

    cursor: reactive[int] = reactive(0)

    class Chosen(Message):
        """Enter was pressed on a field; `text` is its value in full."""

        def __init__(self, field: FieldDescription, text: str) -> None:
            super().__init__()
            self.field = field
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left, self._right, self._long = Static(), Static(), Static()
        self._parts: tuple[Sequence[FieldDescription], ...] = ((), (), ())
        self._row: Mapping[str, Any] = {}
        self._zone = UTC_ZONE

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._left
            yield self._right
        yield self._long

    @property
    def current(self) -> FieldDescription | None:
        """The field under the cursor, or None while there is none."""
        every = [field for part in self._parts for field in part]
        return every[self.cursor] if self.cursor < len(every) else None

    def show(
        self,
        fields: Sequence[FieldDescription],
        row: Mapping[str, Any],
        zone: ZoneInfo = UTC_ZONE,
        *,
        narrow: bool = False,
    ) -> None:
        """Shows these fields of a row; `narrow` puts all of them into one column."""
        short = [field for field in fields if field.type not in LONG_TYPES]
        half = len(short) if narrow else (len(short) + 1) // 2
        long = [field for field in fields if field.type in LONG_TYPES and row.get(field.name)]
        self._parts = (short[:half], short[half:], long)
        self._row, self._zone = row, zone
        self._right.display = not narrow
        self._long.display = bool(long)
        self.set_reactive(FieldList.cursor, self.validate_cursor(self.cursor))
        self._draw()

    def _draw(self) -> None:
        left, right, long = self._parts
        current = self.current if self.has_focus else None
        self._left.update(drawn_fields(left, self._row, self._zone, current))
        self._right.update(drawn_fields(right, self._row, self._zone, current))
        self._long.update(
            Content("\n").join(
                Content.assemble(
                    server_text(field.title, "reverse" if field is current else "dim"),
                    "\n",
                    server_text(self._row[field.name], multiline=True),
                )
                for field in long
            )
        )

    # The cursor

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, sum(len(part) for part in self._parts) - 1))

    def watch_cursor(self) -> None:
        self._draw()
        line = self._line_of(self.cursor)
        if not self.scroll_offset.y <= line < self.scroll_offset.y + max(1, self.size.height):
            self.scroll_to(y=line, animate=False)

    def _line_of(self, cursor: int) -> int:
        left, right, _long = self._parts
        if cursor < len(left):
            return cursor
        if cursor < len(left) + len(right):
            return cursor - len(left)
        return self._left.size.height + cursor - len(left) - len(right)

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def action_move(self, step: int) -> None:
        before = self.cursor
        self.cursor += step
        if self.cursor == before:
            self.scroll_relative(y=step, animate=False)

    def action_go(self, cursor: int) -> None:
        self.cursor = cursor if cursor >= 0 else sum(len(part) for part in self._parts)

    def action_side(self, step: int) -> None:
        """To the field beside this one."""
        left, right, _long = self._parts
        if step > 0 and self.cursor < len(left) and right:
            self.cursor = len(left) + min(self.cursor, len(right) - 1)
        elif step < 0 and len(left) <= self.cursor < len(left) + len(right):
            self.cursor -= len(left)

    def action_choose(self) -> None:
        field = self.current
        if field is not None:
            self.post_message(self.Chosen(field, value_in_full(field, self._row, self._zone)))


def value_in_full(field: FieldDescription, row: Mapping[str, Any], zone: ZoneInfo = UTC_ZONE) -> str:
    """The value of a field as a person reads it, with its unit, its lines as they are; empty for nothing."""
    if field.type in LONG_TYPES:
        return shown_value(row.get(field.name))
    value = column_of(field.name, field, zone).text(row)
    beside = field.unit or field.currency
    return f"{value} {row[beside]}" if value and beside and row.get(beside) else value


def drawn_fields(
    fields: Sequence[FieldDescription],
    row: Mapping[str, Any],
    zone: ZoneInfo,
    current: FieldDescription | None = None,
) -> Content:
    """Titles and values, one field a line; the `current` one stands out."""
    lines = []
    cells = min(max((cell_len(field.title) for field in fields), default=0), TITLE_CELLS)
    for field in fields:
        value = column_of(field.name, field, zone).text(row) or NOTHING
        beside = field.unit or field.currency
        unit = f" {row[beside]}" if beside and row.get(beside) and value != NOTHING else ""
        title = field.title if cell_len(field.title) >= cells else fit(field.title, cells)
        style = "reverse" if field is current else "dim"
        lines.append(
            Content.assemble(server_text(title, style), " ", server_text(value, "bold"), server_text(unit))
        )
    return Content("\n").join(lines)
