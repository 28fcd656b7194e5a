"""How the rows of a remote list are drawn: columns, header, marks, options, the row under the cursor.

Drawn line by line, so that a cursor move repaints two lines and a list of a million rows is painted as fast
as one of a hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import ClassVar, Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from erp_tui.core.entry.conventions import conventions
from erp_tui.core.i18n import _, current_language
from widgets.table.columns import Column, fit, fitted_widths, in_view, natural_widths
from widgets.table.marks import Marks
from widgets.table.options import OptionColumn
from widgets.table.paging import Row
from widgets.table.rows import HEADER_LINES, Fetch, RemoteRows
from widgets.text import visible

MARK = "✓"
MOST_DRAWN = 500
"""Rows that are kept as they were drawn: some screens of a tall terminal."""


@dataclass(slots=True)
class DrawnRow:
    """A row as it was drawn: the text of its cells, and how it came out by its gutter and style."""

    row: Row
    cells: str
    strips: dict[tuple[str, str], Strip] = field(default_factory=dict)


class DrawnRows(RemoteRows):
    """Columns over remote rows. `marked` and `typed` are what the gutter on the left shows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "paged-table--header",
        "paged-table--cursor",
        "paged-table--resting",
        "paged-table--marked",
        "paged-table--dots",
        "paged-table--message",
    }

    def __init__(
        self,
        columns: Sequence[Column] = (),
        fetch: Fetch | None = None,
        *,
        options: Mapping[str, str] | None = None,
        ordering: str = "",
        empty: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._drawn: dict[int, DrawnRow] = {}
        self._drawn_for: tuple[object, ...] = ()
        super().__init__(fetch, id=id, classes=classes)
        self.typed = OptionColumn(options or {})
        self.marked = Marks()
        self.ordering = ordering
        self.empty = empty
        self._columns = list(columns)
        self._natural = natural_widths(self._columns, ())
        self._widths = list(self._natural)
        self._styles: dict[str, Style] = {}

    @property
    def columns(self) -> list[Column]:
        """The columns, from left to right."""
        return self._columns

    # Layout

    def rows_came(self, rows: Iterable[Row]) -> None:
        """Widens the columns to what came: they only ever grow, so that they do not jump while scrolling."""
        measured = natural_widths(self._columns, rows)
        self._natural = [max(old, new) for old, new in zip(self._natural, measured, strict=True)]
        self.marked.renew(rows)

    def rows_forgotten(self) -> None:
        """What was typed beside rows that are gone is gone; marks stay."""
        self.typed.clear()

    @property
    def _gutter(self) -> int:
        return 4 if self.typed.titles else 2

    def lay_out(self) -> None:
        """Fits the columns to the width and the scrolled size to the rows."""
        room = self.scrollable_content_region.width - self._gutter
        self._widths = fitted_widths(self._columns, self._natural, room)
        width = self._gutter + sum(self._widths) + max(0, len(self._widths) - 1)
        size = Size(width, self.total + HEADER_LINES)
        if size != self.virtual_size:
            self.virtual_size = size

    @property
    def _frozen(self) -> int:
        """Cells on the left that never scroll away: marks, options and the first column."""
        return self._gutter + (self._widths[0] + 1 if self._widths else 0)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._header_line(width)
        number = y - HEADER_LINES + self.scroll_offset.y
        message = self._message_line(y)
        if message is not None:
            return Strip([Segment(fit(message, width), self._style("message"))], width)
        if number >= self.total:
            return Strip.blank(width, self._style(""))
        row = self.window.row(number)
        if row is None:
            dots = " ".join("·" * min(cells, 8) + " " * max(0, cells - 8) for cells in self._widths)
            return self._cut(" " * self._gutter + dots, self._style("dots"), width)
        return self._row_strip(number, row, width)

    def _row_strip(self, number: int, row: Row, width: int) -> Strip:
        """A row as it is drawn, made once while it looks the same: a scroll by one row asks for all in view."""
        drawn_for = (width, self.scroll_offset.x, self._widths, conventions(), current_language())
        if drawn_for != self._drawn_for or len(self._drawn) > MOST_DRAWN:
            self._drawn.clear()
            self._drawn_for = drawn_for
        drawn = self._drawn.get(number)
        if drawn is None or drawn.row is not row:
            drawn = self._drawn[number] = DrawnRow(row, " ".join(self._cells(row)))
        look = self._gutter_text(row), self._row_part(number, row)
        if look not in drawn.strips:
            gutter, part = look
            drawn.strips[look] = self._cut(gutter + drawn.cells, self._style(part), width)
        return drawn.strips[look]

    def _message_line(self, y: int) -> str | None:
        """Line `y` of the sentence that stands in place of rows, or None where rows are drawn."""
        if self.failure is not None and self.window.held_rows == 0:
            lines = [visible(self.failure.sentence()), _("F5 tries again.")]
        elif self.failure is not None and y == self.size.height - 1:
            return visible(self.failure.sentence()) + " " + _("F5 tries again.")
        elif self._answered and self.total == 0:
            lines = [self.empty or _("There is nothing in this list yet.")]
        else:
            return None
        wrapped = [piece for line in lines for piece in wrap(line, max(10, self.size.width - 2))]
        return " " + wrapped[y - 2] if 0 <= y - 2 < len(wrapped) else ""

    def _header_line(self, width: int) -> Strip:
        cells = [
            fit(column.title + self._sort_marker(column), cells, right=column.is_number)
            for column, cells in zip(self._columns, self._widths, strict=True)
        ]
        strip = self._cut(" " * self._gutter + " ".join(cells), self._style("header"), width)
        left, right = self.scroll_offset.x > 0, self.virtual_size.width - self.scroll_offset.x > width
        if not (left or right) or width < 4:
            return strip
        arrows = ("‹" if left else " ") + ("›" if right else " ")
        return Strip([*strip.crop(0, width - 2), Segment(arrows, self._style("header"))], width)

    def _sort_marker(self, column: Column) -> str:
        """▲ and ▼ on what the rows are ordered by, hollow where it only parts what is equal before."""
        for place, part in enumerate(self.ordering.split(",")):
            if part.lstrip("-") == column.name:
                up, down = ("▲", "▼") if place == 0 else ("△", "▽")
                return f" {down if part.startswith('-') else up}"
        return ""

    def _gutter_text(self, row: Row) -> str:
        row_id = row.get("id", "")
        gutter = (MARK if row_id in self.marked else " ") + " "
        return self.typed.entered.get(row_id, "_") + " " + gutter if self.typed.titles else gutter

    def _cells(self, row: Row) -> Iterator[str]:
        """Every column's text in its width; where the edge of the view cuts one, that is said in the cell."""
        edges = (
            self.scroll_offset.x + self._frozen,
            self.scroll_offset.x + self.scrollable_content_region.width,
        )
        place = self._gutter
        for index, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            text, number = column.text(row), column.is_number
            start = max(0, edges[0] - place) if index else 0
            end = min(width, edges[1] - place) if index else width
            if 0 < end - start < width:
                seen = in_view(text, width, start, end, right=number)
                yield " " * start + seen + " " * (width - end)
            else:
                yield fit(text, width, right=number)
            place += width + 1

    def _cut(self, text: str, style: Style, width: int) -> Strip:
        whole = Strip([Segment(text, style)])
        offset = self.scroll_offset.x
        if not offset:
            # Joined with its padding, a line names its colours once: 45 bytes less a line.
            return whole.crop_extend(0, width, style).simplify()
        frozen = min(self._frozen, width)
        rest = whole.crop_extend(frozen + offset, offset + width, style)
        return Strip([*whole.crop(0, frozen), *rest], width).simplify()

    def _row_part(self, number: int, row: Row) -> str:
        if number == self.cursor:
            return "cursor" if self.has_focus else "resting"
        return "marked" if row.get("id") in self.marked else ""

    def _style(self, part: str) -> Style:
        """The style of a part, or of the table itself: asked for with each line, made out once."""
        if part not in self._styles:
            own = self.get_component_rich_style(f"paged-table--{part}") if part else self.rich_style
            self._styles[part] = own
        return self._styles[part]

    def notify_style_update(self) -> None:
        self._styles.clear()
        self._drawn.clear()
        super().notify_style_update()

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Draws the rows anew where no region is named; in one, what did not change is taken as it was drawn."""
        if not regions:
            self._drawn.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def refresh_rows(self, *numbers: int) -> None:
        """Draws rows again where they are in view."""
        size, top = self.size, self.scroll_offset.y
        # Without the scroll bar, which a row does not change.
        width = size.width - self.scrollbar_size_vertical * self.show_vertical_scrollbar
        lines = [number - top for number in numbers if 0 <= number - top < size.height - HEADER_LINES]
        if lines:
            self.refresh(*(Region(0, line + HEADER_LINES, width, 1) for line in lines))

    def on_focus(self) -> None:
        self.refresh_rows(self.cursor)

    def on_blur(self) -> None:
        self.refresh_rows(self.cursor)

    def cell_region(self, number: int, column: Column) -> Region:
        """Where on the screen a cell is drawn; outside the view where it is scrolled away."""
        start = self._gutter
        for each, width in zip(self._columns, self._widths, strict=True):
            if each.name == column.name:
                frozen = each is self._columns[0]
                x = self.region.x + start - (0 if frozen else self.scroll_offset.x)
                y = self.region.y + HEADER_LINES + number - self.scroll_offset.y
                return Region(x, y, width, 1)
            start += width + 1
        return Region(self.region.x, self.region.y, 0, 1)

    def show_column(self, column: Column) -> None:
        """Scrolls sideways until a column is in view."""
        cell = self.cell_region(self.cursor, column)
        if cell.x < self.region.x + self._frozen and column is not self._columns[0]:
            self.scroll_to(
                x=max(0, self.scroll_offset.x + cell.x - self.region.x - self._frozen), animate=False
            )
        elif cell.right > self.region.right:
            self.scroll_to(x=self.scroll_offset.x + cell.right - self.region.right, animate=False)

    def column_at(self, x: int) -> Column | None:
        """The column drawn at a cell of the view, or None beside all of them."""
        cell = x if x < self._frozen else x + self.scroll_offset.x
        start = self._gutter
        for column, width in zip(self._columns, self._widths, strict=True):
            if start <= cell <= start + width:
                return column
            start += width + 1
        return None
