"""The row under a receipt's lines: scan, quantity, and what a line needs beyond that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.i18n import _
from erp_tui.core.values import decimal_for_server, decimal_from_server, format_decimal
from screens.purchasing.counting import ZERO, Arrival, Count
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.lookup import Lookups
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.models import FieldDescription

ACCEPTED, REJECTED, REASON = "accepted", "rejected", "reason"
LOT, EXPIRY, LOCATION = "lot", "expiry_date", "location"
SCAN = "scan"
CELLS = {SCAN: 18, ACCEPTED: 8, REJECTED: 8, REASON: 10, LOT: 10, EXPIRY: 10, LOCATION: 8}
SHORTEST_SCAN = 8
"""A whole number of so many digits in the quantity is a barcode (GTIN-8 is the shortest), not a quantity."""


class ReceivingEntry(Vertical):
    """Enter goes where something is still needed: to the quantity, to the lot of tracked goods, to the reason
    of a rejection; then the line is counted. Tab reaches every field."""

    DEFAULT_CSS: ClassVar[str] = """
    ReceivingEntry {
        height: auto;
        & > .entry--row { height: 2; }
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
        """What came for a line is complete; `then` is a code scanned in place of a quantity, or empty."""

        def __init__(self, arrival: Arrival, then: str = "") -> None:
            super().__init__()
            self.arrival = arrival
            self.then = then

    class Changed(Message):
        """Something was typed: a draft is due."""

    def __init__(
        self, scan: FieldDescription, fields: Sequence[FieldDescription], lookups: Lookups, zone: ZoneInfo
    ) -> None:
        super().__init__()
        self.line: Mapping[str, Any] | None = None
        self.default_quantity = ZERO
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
        scanned = self._scan_in_quantity()
        if scanned:
            self.fields[ACCEPTED].load(decimal_for_server(self.default_quantity))
        needed = self._needed()
        if needed is not None:
            if field.field_name == needed:
                self.app.bell()
            self._ask_for(needed)
            return
        self.post_message(self.Counted(self.arrival(), scanned))

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
        """A barcode that went into the quantity: the clerk took the quantity as it stood and scanned on."""
        text = self.fields[ACCEPTED].text.strip()
        return text if text.isdigit() and len(text) >= SHORTEST_SCAN else ""

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
