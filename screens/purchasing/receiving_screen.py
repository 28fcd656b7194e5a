"""Receiving a delivery: the order by number or scan, goods by scan, one key to book them (E-010…E-016)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label

from erp_tui.core.entry.values import decimal_for_server, decimal_from_server, format_decimal
from erp_tui.core.errors import ErpError, InvalidError, NotFoundError, OutcomeUnknown, StaleError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.i18n import gettext_noop as marked
from screens.forms.drafting import DraftingScreen
from screens.forms.lookups import ApiLookups
from screens.forms.sending import SendingScreen
from screens.generic.labels import as_question
from screens.generic.zone import zone_of
from screens.purchasing.counting import Arrival, Count
from screens.purchasing.receiving_entry import LOCATION, ReceivingEntry
from screens.purchasing.receiving_scans import ScanningReceipt
from screens.records.in_words import preview_in_words
from widgets.dialogs.preview_dialog import PreviewDialog
from widgets.fields.text_field import FieldInput
from widgets.frame.confirmation_line import Tone
from widgets.lines.lines_editor import ERROR_PATH
from widgets.table.columns import Column, column_of
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.models import Description, OperationDescription, OperationResult, Record

ORDERS, RECEIVE = "purchase-orders", "purchasing.receive"
ORDER_COLUMNS = ("number", "product", "quantity", "received", "open")
ACCEPTED, REJECTED, LOTS = "_accepted", "_rejected", "_lots"


class OrderBar(Horizontal):
    """The number of the order, and the note that came with the delivery."""

    DEFAULT_CSS: ClassVar[str] = """
    OrderBar { height: 1; padding: 0 1; background: $panel; }
    OrderBar > Label { width: auto; padding: 0 1 0 0; text-style: bold; }
    OrderBar > FieldInput { width: 18; margin: 0 2 0 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.number = FieldInput()
        self.note = FieldInput(max_length=100)
        self._place = Label("")

    def compose(self) -> ComposeResult:
        yield Label(server_text(_("Order")))
        yield self.number
        yield Label(server_text(_("Delivery note")))
        yield self.note
        yield self._place

    def show_place(self, place: str) -> None:
        """Where goods are put from now on; empty where the order says it."""
        self._place.update(server_text(_("Place {place}").format(place=place) if place else ""))


class ReceivingScreen(SendingScreen, DraftingScreen, ScanningReceipt):
    """Scans and quantities only: no letter is an action here. Nothing is booked before F10."""

    word: ClassVar[str] = "receive"
    scope: ClassVar[str] = "receiving"
    DEFAULT_CSS: ClassVar[str] = """
    ReceivingScreen > PagedTable { height: 1fr; min-height: 4; }
    """
    help_text = marked(
        "Scan or type a product, Enter, how many are good, Enter. Rejected goods, their reason, the lot and the "
        "place are reached with Tab. The same product again is added to what was counted. Up goes into the "
        "lines: Enter counts one anew, Delete forgets what was counted for it. Nothing is booked before F10."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "to_lines", _("Lines of the order"), show=False, id="receiving.up"),
        Binding("delete", "uncount", _("Count the line anew"), show=False, id="receiving.uncount"),
    ]

    def __init__(self, number: str = "") -> None:
        super().__init__()
        self.heading = _("Receive")
        self.number = number
        self.order: Record | None = None
        self.count = Count()
        self.bar = OrderBar()
        self.entry: ReceivingEntry | None = None
        self.table = PagedTable(
            (), local_fetch(self._rows), empty=_("Scan or type the number of an order, then Enter.")
        )
        self._description: Description | None = None
        self._operation: OperationDescription | None = None
        self._problem_lines: set[int] = set()

    def shown_word(self) -> str:
        """The word with the order's number."""
        return f"receive {self.number}".strip()

    def compose_body(self) -> Iterable[Any]:
        """The order, its lines, what was booked or counted last; the entry row comes with the first order."""
        yield self.bar
        yield self.problem
        yield self.table
        yield self.confirmation

    def on_mount(self) -> None:
        self.bar.number.value = self.number
        self.bar.number.focus()
        self._open(self.number)

    def why_not(self, action_id: str) -> str:
        """Nothing can be booked before an order is there that takes receipts."""
        if action_id.startswith("receive"):
            if self.order is None:
                return _("scan or type the number of an order first.")
            state = self.order.actions.get(RECEIVE)
            if state is not None and not state.enabled:
                return state.reason
        return ""

    # The order

    @on(Input.Submitted)
    def _bar_entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.bar.number:
            number = event.value.strip()
            if number:
                self.change_order(number)
        elif self.entry is not None:
            self.entry.focus_scan()

    @on(Input.Changed)
    def _note_typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.bar.note and event.value:
            self.typed()

    def change_order(self, number: str) -> None:
        """Opens another order; what was counted on this one is kept as its draft."""
        if self.order is not None and number == self.number:
            if self.entry is not None:
                self.entry.focus_scan()
            return
        self.save_draft()
        self._touched = False
        self._open(number)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self, number: str) -> None:
        """Reads the descriptions once, then the order."""
        try:
            if self._description is None or self._operation is None:
                self._description = await self.api.describe_resource(ORDERS)
                self._operation = await self.api.describe_operation(RECEIVE)
                await self._make_entry(self._description, self._operation)
            if number:
                await self._read_order(number)
        except NotFoundError:
            self.fail(_("There is no order '{number}'. Scan or type another number.").format(number=number))
        except ErpError as error:
            self.fail(error.sentence())

    async def _make_entry(self, description: Description, operation: OperationDescription) -> None:
        zone = await zone_of(self.api)
        line_fields = {each.name: each for each in description.lines.fields} if description.lines else {}
        columns = [column_of(name, line_fields.get(name), zone) for name in ORDER_COLUMNS]
        columns.insert(2, Column("unit_code", line_fields["unit"].title if "unit" in line_fields else ""))
        columns += [
            Column(ACCEPTED, _("now"), "quantity"),
            Column(REJECTED, _("rejected"), "quantity"),
            Column(LOTS, _("lot")),
        ]
        self.table.show(columns, local_fetch(self._rows), empty=self.table.empty)
        product = line_fields["product"]
        scan = product.model_copy(
            update={"name": "scan", "title": _("Product or barcode"), "type": "text", "required": False}
        )
        parameters = operation.lines.fields if operation.lines else []
        self.entry = ReceivingEntry(scan, parameters, ApiLookups(self.api, zone), zone)
        await self.mount(self.entry, after=self.confirmation)

    async def _read_order(self, number: str) -> None:
        ref = int(number[3:]) if number.startswith("id:") and number[3:].isdecimal() else f"code:{number}"
        order = await self.api.get(ORDERS, ref)
        self.problem.clear()
        self.number = str(order.data.get("number") or number)
        self.count = Count()
        self.repeats.counted.clear()
        self._problem_lines.clear()
        self.bar.note.value = ""
        self._show_order(order)
        if self.why_not("receive"):
            self.fail(self.why_not("receive"))
            return
        self.say(
            _("{number} is open. Scan the goods; F7 takes all that is open, F10 books it.").format(
                number=self.number
            )
        )
        if self.entry is not None:
            self.entry.clear()
        await self.offer_draft()

    def _show_order(self, order: Record) -> None:
        self.order = order
        data = order.data
        lines = list(data.get("lines") or [])
        kept = self.count.arrivals
        self.count = Count(lines)
        self.count.arrivals = [
            arrival for arrival in kept if any(line["id"] == arrival.line for line in lines)
        ]
        supplier = f"{data.get('supplier_code') or ''} {data.get('supplier_name') or ''}".strip()
        self.retitle(
            _("Receive {number} · {supplier} · {state}").format(
                number=self.number, supplier=supplier, state=self._state_title(str(data.get("state") or ""))
            )
        )
        self.bar.number.value = self.number
        self._redraw()
        self.refresh_keys()

    def _state_title(self, state: str) -> str:
        field = self._description.field("state") if self._description else None
        choices = field.choices if field and field.choices else ()
        return next((choice.title for choice in choices if choice.value == state), state)

    def _rows(self) -> Sequence[Row]:
        return [
            {
                **line,
                "number": f"{line['number']} ✗" if line["id"] in self._problem_lines else line["number"],
                ACCEPTED: self._shown(self.count.accepted(line)),
                REJECTED: self._shown(self.count.rejected(line)),
                LOTS: " ".join(each.lot for each in self.count.of(line) if each.lot),
            }
            for line in self.count.lines
        ]

    @staticmethod
    def _shown(quantity: Any) -> str | None:
        return decimal_for_server(quantity) if quantity else None

    def _redraw(self) -> None:
        self.table.window.clear()
        self.table.reload()

    def say(self, sentence: str) -> None:
        """The large line: what was counted or booked last."""
        self.confirmation.say(sentence)

    def fail(self, sentence: str, large: str | Sequence[str] = "") -> None:
        """Says what was not done and why, with the bad tone; what was typed ahead for its success is lost."""
        self.keys.flush(sentence, shown=True)
        self.host.tones.bad()
        if large:
            self.confirmation.show(large, sentence, Tone.BAD)
        else:
            self.say(f"✗ {sentence}")
        if self.order is None or self.why_not("receive"):
            self.bar.number.focus()

    # Counting

    @on(ReceivingEntry.Scanned)
    def _scanned(self, event: ReceivingEntry.Scanned) -> None:
        from erp_tui.core.scanning.reading import read

        self.scanned(read(event.code, self.keys.scanner), self.keys.read_at)

    def takes_text(self) -> bool:
        """A delivery note has a code of its own."""
        return self.bar.note.has_focus

    def show_place(self) -> None:
        """In the bar, where it stands until another is scanned."""
        self.bar.show_place(self.place)

    @on(ReceivingEntry.Counted)
    def _counted(self, event: ReceivingEntry.Counted) -> None:
        self.repeats.something_else_came()
        self.take_arrival(event.arrival)

    def take_arrival(self, arrival: Arrival) -> None:
        """Counts what came, and says so large enough to be read from the goods."""
        line = self.count.line(arrival.line)
        self.count.add(arrival)
        self._problem_lines.discard(arrival.line)
        over = self.count.is_over(line)
        accepted = format_decimal(decimal_from_server(arrival.accepted), grouped=True)
        amount = f"{accepted} {line.get('unit_code', '')}".strip()
        sentence = self.count.sentence(line, arrival)
        if decimal_from_server(arrival.accepted):
            large = [f"{line['product_code']} {amount}", amount]
            self.confirmation.show(
                [f"! {each}" for each in large] if over else large,
                sentence,
                Tone.PLAIN if over else Tone.GOOD,
            )
        else:
            self.say(sentence)
        if over:
            self.host.tones.bad()
        else:
            self.host.tones.good()
        self._redraw()
        if self.entry is not None:
            self.entry.clear()
            self.entry.fill({LOCATION: self.place} if self.place else {})
            self.entry.say("")
        self.typed()

    @on(ReceivingEntry.Changed)
    def _entry_typed(self) -> None:
        if self.order is not None:
            self.typed()

    def action_receive_all(self) -> None:
        """F7: accepts all that is still open; what is tracked by lot has to be scanned."""
        if self.entry is None or not self.finish_entry():
            return
        by_hand = self.count.add_all_open()
        self._redraw()
        self.typed()
        if by_hand:
            codes = ", ".join(str(line["product_code"]) for line in by_hand)
            self.say(
                _("The rest is accepted but for {codes}: tracked by lot, scan each and its lot.").format(
                    codes=codes
                )
            )
        else:
            self.say(_("✓ All that was open is accepted. F10 books it."))
        self.entry.focus_scan()

    def finish_entry(self) -> bool:
        """Counts a line that is begun and complete. Returns False where something of it is missing."""
        entry = self.entry
        if entry is None or not entry.has_entry:
            return True
        if not entry.finish():
            return False
        self.take_arrival(entry.arrival())
        return True

    # The lines of the order

    def action_to_lines(self) -> None:
        """Up: into the table, to count a line anew."""
        if self.count.lines:
            self.table.focus()

    @on(PagedTable.Chosen)
    def _line_chosen(self, event: PagedTable.Chosen) -> None:
        """Counts a line by hand: what was counted for it stands in the row again."""
        event.stop()
        if self.entry is None or not self.finish_entry():
            return
        line = self.count.line(int(event.row["id"]))
        taken = self.count.take_out(line)
        self.repeats.forget_line(line["id"])
        for other in taken[1:]:
            self.count.add(other)
        self._redraw()
        self.entry.begin(line, self.count, taken[0] if taken else None)

    def action_uncount(self) -> None:
        """Delete in the table: forgets what was counted for the line."""
        if not self.table.has_focus or self.table.current_row is None:
            return
        line = self.count.line(int(self.table.current_row["id"]))
        self.count.take_out(line)
        self.repeats.forget_line(line["id"])
        self._redraw()
        self.say(_("{code} is not counted any more.").format(code=line["product_code"]))
        self.typed()

    # Booking

    def action_receive(self) -> None:
        """F10: books what was counted; what is odd is shown first."""
        if self.busy or not self.finish_entry():
            return
        if not self.count.arrivals:
            self.fail(_("Nothing is counted yet. Scan the goods, or press F7 for all that is open."))
        elif self.count.over:
            self._preview(self._intent_now())
        else:
            self.send(self._intent_now())

    def action_receive_preview(self) -> None:
        """F8: what would be booked."""
        if not self.busy and self.finish_entry() and self.count.arrivals:
            self._preview(self._intent_now())

    def _intent_now(self) -> Intent:
        from erp_tui.core.kept.outbox import Intent

        assert self.order is not None
        body: dict[str, Any] = {
            "order": self.order.id,
            "lines": [arrival.as_parameters() for arrival in self.count.arrivals],
        }
        if self.bar.note.value.strip():
            body["delivery_note"] = self.bar.note.value.strip()
        title = _("Receive order {number}").format(number=self.number)
        return Intent("operate", RECEIVE, body, title, version=self.order.version)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _preview(self, intent: Intent) -> None:
        try:
            preview = await preview_in_words(
                self.api,
                await self.api.operate(RECEIVE, intent.body, version=intent.version, dry_run=True),
            )
        except ErpError as error:
            self.refused(error)
            return
        self.app.push_screen(
            PreviewDialog(as_question(intent.title), preview),
            lambda answer: self.send(intent) if answer else None,
        )

    def show_problem(self, problem: ErpError | str) -> None:
        """In the large line, where the clerk looks."""
        sentence = problem if isinstance(problem, str) else problem.sentence()
        self.say(f"{'…' if isinstance(problem, OutcomeUnknown) else '✗'} {sentence}")

    def refused(self, error: ErpError) -> None:
        """Marks the lines that were refused; what was counted stays."""
        self.keys.flush(error.sentence(), shown=True)
        if isinstance(error, StaleError):
            self._read_again(
                _("Somebody changed the order meanwhile. What you counted is kept: check it, then F10 again.")
            )
            return
        if isinstance(error, InvalidError):
            for each in error.errors:
                match = ERROR_PATH.fullmatch(each.field)
                if match is not None and int(match[1]) < len(self.count.arrivals):
                    self._problem_lines.add(self.count.arrivals[int(match[1])].line)
            self._redraw()
            messages = [each.message for each in error.errors if each.message]
            self.show_problem("\n".join(dict.fromkeys(messages)) or error.sentence())
        else:
            self.show_problem(error)
        if self.entry is not None:
            self.entry.focus_scan()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _read_again(self, sentence: str) -> None:
        if self.order is None:
            return
        try:
            self._show_order(await self.api.get(ORDERS, self.order.id))
        except ErpError as error:
            self.show_problem(error)
            return
        if sentence:
            self.say(sentence)

    def succeeded(self, result: Any) -> None:
        """Booked: says so, and shows what is still open."""
        self.forget_draft()
        self.count.arrivals.clear()
        self._problem_lines.clear()
        self._after(result)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _after(self, result: OperationResult) -> None:
        self.bar.note.value = ""
        lines = [f"✓ {result.message}", *(f"! {warning}" for warning in result.warnings)]
        try:
            if self.order is not None:
                self._show_order(await self.api.get(ORDERS, self.order.id))
        except ErpError as error:
            lines.append(error.sentence())
        waiting = [line for line in self.count.lines if self.count.left(line)]
        if waiting:
            lines.append(
                ngettext("{count} line is still open.", "{count} lines are still open.", len(waiting)).format(
                    count=len(waiting)
                )
            )
        else:
            lines.append(_("Nothing is open any more. Scan the next order, or leave with F3."))
        self.say("\n".join(lines))
        if waiting and self.entry is not None:
            self.entry.clear()
            self.entry.say("")
        else:
            self.bar.number.value = ""
            self.bar.number.focus()

    # Drafts and leaving

    def draft_name(self) -> str:
        """One draft for each order."""
        return f"receive/{self.number}"

    def dump(self) -> dict[str, Any]:
        """What was counted, the delivery note, and the row as it stands."""
        return {
            "arrivals": [arrival.as_parameters() for arrival in self.count.arrivals],
            "note": self.bar.note.value,
            "entry": self.entry.dump() if self.entry else {},
            "place": self.place,
            "counted": dict(self.repeats.counted),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts back what was counted; a line that is no longer in the order is left out."""
        known = {line["id"] for line in self.count.lines}
        for kept in data.get("arrivals") or []:
            if kept.get("line") in known:
                self.count.add(Arrival(**kept))
        self.bar.note.value = str(data.get("note") or "")
        self.place = str(data.get("place") or "")
        self.show_place()
        self.repeats.counted = {
            str(unique): int(line) for unique, line in (data.get("counted") or {}).items()
        }
        if self.entry is not None:
            self.entry.restore(data.get("entry") or {}, self.count)
        self._redraw()

    def action_refresh(self) -> None:
        """F5: reads the order again; what was counted stays."""
        if self.order is None:
            self._open(self.bar.number.value.strip())
        else:
            self._read_again("")

    def action_back(self) -> None:
        """Esc: gives up the line that is begun, then leaves; what was counted is kept as a draft."""
        if self.entry is not None and (self.entry.has_entry or self.table.has_focus):
            self.entry.clear()
            self.entry.say("")
        else:
            self.action_leave()


def open_word(arguments: Sequence[str]) -> ReceivingScreen:
    """`receive`, or `receive 10023`."""
    return ReceivingScreen(" ".join(arguments))


def open_for(record: Record | str | None) -> ReceivingScreen:
    """The operation `purchasing.receive`, on an order, or its number, where one is given."""
    if isinstance(record, str):
        return ReceivingScreen(record)
    return ReceivingScreen(str(record.data.get("number") or f"id:{record.id}") if record else "")
