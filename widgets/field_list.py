"""A record to be read: every field by its title, long texts in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from widgets.columns import column_of, fit
from widgets.shown import UTC_ZONE
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.models import FieldDescription

TITLE_CELLS = 20
NOTHING = "–"
LONG_TYPES = frozenset({"long_text", "json"})


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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left, self._right, self._long = Static(), Static(), Static()

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._left
            yield self._right
        yield self._long

    def show(
        self, fields: Sequence[FieldDescription], row: Mapping[str, Any], zone: ZoneInfo = UTC_ZONE
    ) -> None:
        """Shows these fields of a row."""
        short = [field for field in fields if field.type not in LONG_TYPES]
        half = (len(short) + 1) // 2
        self._left.update(_drawn(short[:half], row, zone))
        self._right.update(_drawn(short[half:], row, zone))
        long = [field for field in fields if field.type in LONG_TYPES and row.get(field.name)]
        self._long.update(
            Content("\n").join(
                Content.assemble(
                    server_text(field.title, "dim"), "\n", server_text(row[field.name], multiline=True)
                )
                for field in long
            )
        )
        self._long.display = bool(long)


def _drawn(fields: Sequence[FieldDescription], row: Mapping[str, Any], zone: ZoneInfo) -> Content:
    lines = []
    cells = min(max((cell_len(field.title) for field in fields), default=0), TITLE_CELLS)
    for field in fields:
        value = column_of(field.name, field, zone).text(row) or NOTHING
        beside = field.unit or field.currency
        unit = f" {row[beside]}" if beside and row.get(beside) and value != NOTHING else ""
        title = field.title if cell_len(field.title) >= cells else fit(field.title, cells)
        lines.append(
            Content.assemble(server_text(title, "dim"), " ", server_text(value, "bold"), server_text(unit))
        )
    return Content("\n").join(lines)
