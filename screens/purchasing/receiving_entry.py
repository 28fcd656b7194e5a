"""The row under a receipt's lines: scan, quantity, and what a line needs beyond that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.entry.values import decimal_for_server, decimal_from_server, format_decimal
from erp_tui.core.i18n import _
from screens.purchasing.counting import ZERO, Arrival, Count
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.fields.lookup import Lookups
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

ACCEPTED, REJECTED, REASON = "accepted", "rejected", "reason"
LOT, EXPIRY, LOCATION = "lot", "expiry_date", "location"
SCAN = "scan"
CELLS = {SCAN: 18, ACCEPTED: 8, REJECTED: 8, REASON: 10, LOT: 10, EXPIRY: 10, LOCATION: 8}
SHORTEST_WORD = 3
"""A text of so many characters with a letter in it, in the quantity, is the code of a place or of goods."""
_HAS_LETTER = re.compile(r"[^\W\d_]|\u241d")
SHORTEST_SCAN = 8
"""A whole number of so many digits in the quantity is a barcode (GTIN-8 is the shortest), not a quantity."""


class ReceivingEntry(Vertical):
    """Enter goes where something is still needed: to the quantity, to the lot of tracked goods, to the reason
    of a rejection; then the line is counted. Tab reaches every field."""

    DEFAULT_CSS: ClassVar[str] = """
    ReceivingEntry {
        height: auto;
        & > .entry--row { height: 2; overflow-x: auto; scrollbar-size-horizontal: 0; }
        & .entry--cell { height: 2; margin: 0 1 0 0; }
        & .entry--title { height: 1; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        & .entry--cell:focus-within .entry--title { text-style: bold underline; }
        & > .entry--note { height: auto; min-height: 1; max-height: 3; }
    }
    """

    class Scanned(Message):
        """A code was scanned or typed: which line is it?"""

        def __init__(self, code: str) -> None:
            super().__init__()
            self.code = code

    class Counted(Message):
        """What came for a line is complete."""

        def __init__(self, arrival: Arrival) -> None:
            super().__init__()
            self.arrival = arrival

    class Changed(Message):
        """Something was typed: a draft is due."""

    def __init__(
        self, scan: FieldDescription, fields: Sequence[FieldDescription], lookups: Lookups, zone: ZoneInfo
    ) -> None:
        super().__init__()
        self.line: Mapping[str, Any] | None = None
        self.default_quantity = ZERO
        self.zone = zone
        descriptions = {field.name: field for field in fields}
        self.fields: dict[str, FieldWidget] = {SCAN: field_widget(scan, bare=True)}
        for name in (ACCEPTED, REJECTED, REASON, LOT, EXPIRY, LOCATION):
            if name in descriptions:
                self.fields[name] = field_widget(descriptions[name], lookups=lookups, zone=zone, bare=True)
        self._note = Static(classes="entry--note")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="entry--row"):
            for name, field in self.fields.items():
                cell = Vertical(
                    Static(server_text(field.description.title), classes="entry--title"),
                    field,
                    classes="entry--cell",
                )
                cell.styles.width = CELLS[name]
                yield cell
        yield self._note

    # What is being counted

    def begin(self, line: Mapping[str, Any], count: Count, arrival: Arrival | None = None) -> None:
        """Goes on with a line: its open quantity stands ready, and Enter takes it."""
        self.line = line
        self.default_quantity = count.left(line)
        row: dict[str, Any] = {
            ACCEPTED: decimal_for_server(self.default_quantity) if self.default_quantity else None,
            LOT: arrival.lot if arrival else None,
        }
        if arrival is not None:
            row |= {
                ACCEPTED: arrival.accepted,
                REJECTED: arrival.rejected if decimal_from_server(arrival.rejected) else None,
                REASON: arrival.reason,
                EXPIRY: arrival.expiry_date,
            }
        for name, field in self.fields.items():
            field.load(str(line["product_code"]) if name == SCAN else row.get(name))
        if arrival is not None and LOCATION in self.fields:
            self.fields[LOCATION].text = arrival.location
        self.say(
            _("{code} {name}: {open} {unit} open. Quantity, then Enter.").format(
                code=line["product_code"],
                name=line.get("product_name", ""),
                open=format_decimal(self.default_quantity, grouped=True),
                unit=line.get("unit_code", ""),
            )
        )
        self.fields[ACCEPTED].focus()

    def fill(self, values: Mapping[str, Any]) -> None:
        """Puts what a scan said into the row."""
        for name, value in values.items():
            if name in self.fields and name == LOCATION:
                self.fields[name].text = str(value)
            elif name in self.fields:
                self.fields[name].load(value)

    def proposes(self, line: Mapping[str, Any]) -> bool:
        """Whether this line is begun with nothing but what was proposed for it."""
        return (
            self.line is not None
            and self.line["id"] == line["id"]
            and self._amount(ACCEPTED) == self.default_quantity
            and not self._amount(REJECTED)
        )

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing that the line cannot do without."""
        return self.line is not None and self._needed() is None

    @property
    def scanned_text(self) -> str:
        """What stands in the field for scans."""
        return self.fields[SCAN].text.strip()

    @property
    def focused_field(self) -> FieldWidget | None:
        """The field that has the cursor, or None."""
        return next((field for field in self.fields.values() if field.has_focus_within), None)

    def focus_quantity(self) -> None:
        """Puts the cursor where a line goes on: into what is still needed, else the quantity."""
        needed = self._needed() if self.line is not None else None
        self.fields[needed or ACCEPTED].focus()

    def clear(self) -> None:
        """Ready for the next scan."""
        self.line = None
        for field in self.fields.values():
            field.load(None)
        self.focus_scan()

    def focus_scan(self) -> None:
        """Puts the cursor where scans belong."""
        self.fields[SCAN].focus()

    def say(self, sentence: str) -> None:
        """A sentence under the row."""
        self._note.update(server_text(sentence, multiline=True))

    @property
    def has_entry(self) -> bool:
        """Whether a line is begun that is not counted yet."""
        return self.line is not None

    # Enter

    def advance_from(self, field: FieldWidget) -> None:
        """Enter in a field whose text is good."""
        if field.field_name == SCAN:
            if field.text.strip():
                self.post_message(self.Scanned(field.text.strip()))
            return
        if self.line is None:
            self.focus_scan()
            return
        needed = self._needed()
        if needed is not None:
            if field.field_name == needed:
                self.app.bell()
            self._ask_for(needed)
            return
        self.post_message(self.Counted(self.arrival()))

    def on_key(self, event: events.Key) -> None:
        """A code that ends with Tab, or that went into the quantity, is a scan all the same: then the quantity
        is taken as it stood."""
        scan, quantity = self.fields[SCAN], self.fields[ACCEPTED]
        if event.key == "tab" and self.line is None and scan.has_focus_within and scan.text.strip():
            event.stop()
            self.post_message(self.Scanned(scan.text.strip()))
        elif event.key in {"enter", "tab"} and self.line is not None and quantity.has_focus_within:
            code = self._scan_in_quantity()
            if code:
                event.stop()
                quantity.load(decimal_for_server(self.default_quantity))
                self.post_message(self.Scanned(code))

    def finish(self) -> bool:
        """Whether no line is half-counted; a begun one is counted now if it is complete."""
        if self.line is None:
            return True
        wrong = [field for field in self.fields.values() if not field.check()]
        needed = self._needed()
        if wrong or needed is not None:
            if needed is not None:
                self._ask_for(needed)
            if wrong:
                wrong[0].focus()
            self.app.bell()
            return False
        return True

    def arrival(self) -> Arrival:
        """What stands in the row. Call only while a line is begun."""
        assert self.line is not None
        value = {name: field.value for name, field in self.fields.items()}
        return Arrival(
            self.line["id"],
            accepted=str(value.get(ACCEPTED) or "0"),
            rejected=str(value.get(REJECTED) or "0"),
            reason=str(value.get(REASON) or ""),
            lot=str(value.get(LOT) or ""),
            expiry_date=value.get(EXPIRY),
            location=self.fields[LOCATION].text.strip() if LOCATION in self.fields else "",
        )

    def _scan_in_quantity(self) -> str:
        """A code that went into the quantity: the clerk took the quantity as it stood and scanned on."""
        text = self.fields[ACCEPTED].text.strip()
        if text.isdigit():
            return text if len(text) >= SHORTEST_SCAN else ""
        return (
            text if len(text) >= SHORTEST_WORD and not text[0].isdigit() and _HAS_LETTER.search(text) else ""
        )

    def _needed(self) -> str | None:
        """The next field that the line cannot do without."""
        accepts, rejects = self._amount(ACCEPTED), self._amount(REJECTED)
        if not accepts and not rejects:
            return ACCEPTED
        if rejects and REASON in self.fields and self.fields[REASON].is_empty:
            return REASON
        tracked = self.line is not None and bool(self.line.get("tracks_lots"))
        if accepts and tracked and LOT in self.fields and self.fields[LOT].is_empty:
            return LOT
        return None

    def _amount(self, name: str) -> Decimal:
        value = self.fields[name].value if name in self.fields else None
        return decimal_from_server(value) if value is not None else ZERO

    def _ask_for(self, name: str) -> None:
        sentences = {
            ACCEPTED: _("Enter how many were accepted or rejected, or press Esc to scan something else."),
            REASON: _("Say why it was rejected."),
            LOT: _("These goods are tracked by lot: scan or type the lot from the label."),
        }
        self.say(f"› {sentences[name]}")
        self.fields[name].focus()

    @on(FieldWidget.Changed)
    def _typed(self, event: FieldWidget.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    @on(FieldWidget.ErrorChanged)
    def _field_error(self, event: FieldWidget.ErrorChanged) -> None:
        event.stop()
        wrong = next((field for field in self.fields.values() if field.error), None)
        if wrong is not None:
            self.say(f"✗ {wrong.error}")

    # Drafts

    def dump(self) -> dict[str, Any]:
        """What stands in the row, and for which line."""
        texts = {name: field.text for name, field in self.fields.items()}
        return {"line": self.line["id"] if self.line else None, "texts": texts}

    def restore(self, draft: Mapping[str, Any], count: Count) -> None:
        """Puts a draft of the row back, if its line is still there."""
        if draft.get("line") is not None:
            try:
                self.begin(count.line(draft["line"]), count)
            except KeyError:
                return
        for name, text in (draft.get("texts") or {}).items():
            if name in self.fields:
                self.fields[name].text = text
