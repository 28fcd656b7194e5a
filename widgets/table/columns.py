"""Columns of a table, made from the description of a resource: what they show, how wide, on which side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment

from erp_tui.core.i18n import _
from erp_tui.core.parts import part_title
from widgets.shown import NUMBERS, UTC_ZONE, shown_value
from widgets.text import visible

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription

SMALLEST_TEXT = 6
LARGEST_TEXT = 40
"""A longer text is cut with an ellipsis unless the screen has room to spare; the detail shows all of it."""
NARROWED_TEXT = 18
"""What a text is cut to where that brings a further column onto the screen."""

ELLIPSIS = "…"
_WIDTHS = {"date": 10, "datetime": 16, "boolean": 3, "integer": 5, "percent": 6}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `fields` are the row's members that it shows, joined by a space."""

    name: str
    title: str
    type: str = "text"
    fields: tuple[str, ...] = ()
    sortable: bool = False
    choices: Mapping[str, str] | None = None
    zone: ZoneInfo = UTC_ZONE
    width: int = 0
    """Cells that a person gave it; 0 lets what is shown decide."""

    @property
    def is_number(self) -> bool:
        """Numbers stand on the right and are never cut: a cut number is a wrong number."""
        return self.type in NUMBERS

    def text(self, row: Mapping[str, Any]) -> str:
        """What stands in this column for the row: one line, harmless, of any width."""
        shown = (
            shown_value(row.get(name), self.type, self.choices, self.zone)
            for name in self.fields or (self.name,)
        )
        return visible(" ".join(part for part in shown if part))

    def least_width(self) -> int:
        """Cells that the column needs before any row is known."""
        return max(cell_len(self.title) + (2 if self.sortable else 0), _WIDTHS.get(self.type, SMALLEST_TEXT))


NEVER_LISTED = frozenset({"json", "secret"})


def possible_columns(description: Description) -> list[str]:
    """Every name that can stand in a list: the usual columns first, then the rest as the form has them."""
    names = list(description.columns)
    for field in description.fields:
        if field.type not in NEVER_LISTED:
            names += field.display if field.reference and field.display else [field.name]
    return list(dict.fromkeys(names))


def columns_of(
    description: Description,
    zone: ZoneInfo = UTC_ZONE,
    *,
    names: Sequence[str] = (),
    widths: Mapping[str, int] | None = None,
) -> list[Column]:
    """The columns of a resource in the order in which it declares them, or those that were chosen, in theirs."""
    fields = {field.name: field for field in description.fields}
    siblings = {name: field for field in description.fields for name in field.display}
    wanted = names or description.columns
    columns = [
        replace(
            column_of(name, fields.get(name) or siblings.get(name), zone), width=(widths or {}).get(name, 0)
        )
        for name in wanted
    ]
    measured = {field.unit for field in description.fields if field.unit}
    columns = [
        replace(column, title=_("Unit"))
        if column.name in measured and column.name not in siblings
        else column
        for column in columns
    ]
    titles = [column.title for column in columns]
    return [_alone(column, siblings.get(column.name), titles) for column in columns]


def _alone(column: Column, reference: FieldDescription | None, titles: Sequence[str]) -> Column:
    """A reference of which one display column is listed is called by its own title: `Category`, not
    `Category name`."""
    if reference is None or column.title == reference.title or reference.title in titles:
        return column
    further = [title for title in titles if title.startswith(f"{reference.title} ")]
    return replace(column, title=reference.title) if len(further) == 1 else column


def column_of(name: str, field: FieldDescription | None, zone: ZoneInfo = UTC_ZONE) -> Column:
    """The column over one member of a row; a reference shows its display columns, not its key."""
    if field is None:
        return Column(name, name.replace("_", " ").capitalize())
    choices = {str(choice.value): choice.title for choice in field.choices} if field.choices else None
    if field.name != name:
        # The names that a reference gives titles to stand in the first of its display columns.
        titles = choices if name == field.display[0] else None
        return Column(name, _sibling_title(name, field), sortable=field.sortable, choices=titles)
    shown = tuple(field.display) if field.reference and field.display else (name,)
    return Column(name, field.title, field.type, shown, field.sortable, choices, zone)


def _sibling_title(name: str, field: FieldDescription) -> str:
    """The first display column of a reference stands for it; a further one says what it adds: `Product name`."""
    if name == field.display[0]:
        return field.title
    return part_title(field.title, field.name, name)


def natural_widths(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Cells that each column needs to show these rows uncut."""
    widths = [column.least_width() for column in columns]
    for row in rows:
        for index, column in enumerate(columns):
            widths[index] = max(widths[index], cell_len(column.text(row)))
    return widths


def fitted_widths(columns: Sequence[Column], natural: Sequence[int], room: int, gap: int = 1) -> list[int]:
    """Widths to draw with: long texts are cut first, and get back what room the others leave.

    A text gives way only as far as it takes to show a further column whole: a name of 18 cells with the
    quantity beside it says more than one of 40 without.
    """
    widths = [_first_width(column, width) for column, width in zip(columns, natural, strict=True)]
    _narrow(widths, columns, room, gap)
    spare = room - sum(widths) - gap * max(0, len(widths) - 1)
    for index, width in enumerate(natural):
        if spare > 0 and width > widths[index] and not columns[index].width:
            given = min(spare, width - widths[index])
            widths[index] += given
            spare -= given
    return widths


def _first_width(column: Column, natural: int) -> int:
    """What a column gets before the room is looked at; a width given by hand holds, but cuts no number."""
    if column.is_number:
        return max(column.width, natural)
    return column.width or min(natural, LARGEST_TEXT)


def _narrow(widths: list[int], columns: Sequence[Column], room: int, gap: int) -> None:
    least = [
        width
        if column.is_number or column.width
        else min(width, max(NARROWED_TEXT, cell_len(column.title) + 2))
        for column, width in zip(columns, widths, strict=True)
    ]
    whole = _whole_columns(least, room, gap)
    if whole == _whole_columns(widths, room, gap):
        return
    excess = sum(widths[:whole]) + gap * (whole - 1) - room
    while excess > 0:
        widest = max(range(whole), key=lambda index: widths[index] - least[index])
        widths[widest] -= 1
        excess -= 1


def _whole_columns(widths: Sequence[int], room: int, gap: int) -> int:
    """How many columns, from the left, stand on the screen uncut."""
    used = -gap
    for index, width in enumerate(widths):
        used += width + gap
        if used > room:
            return index
    return len(widths)


def in_view(text: str, width: int, start: int, end: int, *, right: bool = False) -> str:
    """The cells from `start` to `end` of a text that fills `width` cells, the rest of which is out of view.

    An ellipsis stands for what is lost of a text. Of a number nothing else is shown: 4 in place of 40 is wrong.
    """
    head, lost_right = Segment(fit(text, width, right=right)).split_cells(end)
    lost_left, seen = head.split_cells(start)
    left, right_end = lost_left.text.strip(), lost_right.text.strip()
    if right and (left or right_end):
        return fit(ELLIPSIS, end - start, right=True)
    shown = seen.text
    if right_end:
        shown = set_cell_size(shown, end - start - 1) + ELLIPSIS
    if left:
        shown = ELLIPSIS + Segment(shown).split_cells(1)[1].text
    return shown


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells; what does not fit ends in an ellipsis."""
    length = cell_len(text)
    if length > width:
        if width <= 1:
            return ELLIPSIS[:width]
        return set_cell_size(chop_cells(text, width - 1)[0], width - 1) + ELLIPSIS
    padding = " " * (width - length)
    return padding + text if right else text + padding
