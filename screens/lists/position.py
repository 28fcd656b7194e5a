"""Going to the row of a list that begins with what is typed, in the order in which the list stands."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from textual import events, on, work

from erp_tui.core.entry.dates import datetime_for_server, parse_date, parse_datetime, today_in
from erp_tui.core.entry.numbers import BadValue, decimal_for_server, parse_decimal
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.lists.filtering import both, quoted
from screens.lists.table_screen import TableScreen
from widgets.shown import NUMBERS
from widgets.table.paged_table import PagedTable
from widgets.table.paging import LARGEST_OFFSET
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription
    from erp_tui.core.scanning.reading import Scan

POSITION = "position"


def comparable(text: str, field: FieldDescription | None, zone: ZoneInfo) -> str:
    """What was typed as the server compares the field: a number, a day, a choice by its title.

    Raises `BadValue` where it cannot be read as such.
    """
    kind = field.type if field else "text"
    if kind in NUMBERS:
        return decimal_for_server(parse_decimal(text, field.scale or 0 if field else 0))
    if kind == "date":
        return parse_date(text, today_in(zone)).isoformat()
    if kind == "datetime":
        try:
            return datetime_for_server(parse_datetime(text, zone, datetime.now(zone)))
        except BadValue:
            day = parse_date(text, today_in(zone))
            return datetime_for_server(datetime.combine(day, time(), zone))
    if field is not None and field.choices:
        found = [each for each in field.choices if each.title.lower().startswith(text.lower())]
        return str(found[0].value) if found else text
    return text


class ListPosition(TableScreen):
    """Letters and digits typed on the list open the bar, Enter goes there."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.table.takes_codes = True

    def on_key(self, event: events.Key) -> None:
        """A letter typed, or a code scanned, on the list positions it."""
        character = event.character or ""
        # Z takes back, and vim's letters move, also here; what begins so is gone to by Shift or by Ctrl+F.
        if self.table.has_focus and character.isalnum() and event.key not in self.active_bindings:
            event.stop()
            self.ask_position(character)

    @on(PagedTable.CodeTyped)
    def _code_typed(self, event: PagedTable.CodeTyped) -> None:
        self.ask_position(event.text)

    def scan_unknown(self, scan: Scan) -> bool:
        """A code that nothing bears is a text to go to, as one typed letter by letter."""
        if scan.gs1 is not None or not self.position_title():
            return False
        self.position_to(scan.code)
        return True

    def action_position(self) -> None:
        """Ctrl+F."""
        self.ask_position("")

    def ask_position(self, text: str) -> None:
        """Opens the bar with what was typed so far; says so where the list has no order to go by."""
        title = self.position_title()
        if title:
            self.bar.open(POSITION, _("Position to {column}:").format(column=title), text)
            return
        self.app.bell()
        self.notify(_("This list has no order to go by; F7 sorts it by a column."), severity="warning")

    @property
    def _ordered_by(self) -> str:
        return self.table.ordering.split(",")[0].lstrip("-")

    def position_title(self) -> str:
        """The column that the list is sorted by, as it is called; empty where there is none."""
        name = self._ordered_by
        shown = next((column.title for column in self.table.columns if column.name == name), "")
        field = self.description.field(name) if self.description and name else None
        return shown or (field.title if field else "")

    def position_to(self, text: str) -> None:
        """Goes to the first row that is not before this text."""
        field = self.description.field(self._ordered_by) if self.description else None
        try:
            value = comparable(text, field, self.zone)
        except BadValue as bad:
            self.app.bell()
            self.problem.show(bad)
            self.bar.open(POSITION, _("Position to {column}:").format(column=self.position_title()), text)
            return
        column = field.display[0] if field is not None and field.reference and field.display else None
        self._position(column or self._ordered_by, value)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _position(self, column: str, value: str) -> None:
        """Counts the rows before the value in the present order; that is the number of the row to go to."""
        falling = self.table.ordering.startswith("-")
        before, from_there = (">", "<=") if falling else ("<", ">=")
        narrowing = self.narrowing
        try:
            page = await self.api.list(
                self.resource,
                q=narrowing.q or None,
                filter=both(narrowing.filter, f"{column}{before}{quoted(value)}"),
                limit=1,
                count="exact",
            )
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        if (page.count or 0) <= LARGEST_OFFSET:
            self.table.position_to(page.count or 0)
            return
        self.narrow(self.as_typed(f"{column}{from_there}{quoted(value)}"))
