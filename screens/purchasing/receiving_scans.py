"""What a scan does while a delivery is counted: goods are counted, a place is set, another order is opened."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from textual import work

from erp_tui.core.entry.values import decimal_for_server, format_date, today_in
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.scanning.repeats import Repeat, RepeatGuard
from screens.base import ErpScreen
from screens.forms.lookups import ApiLookups
from screens.purchasing.receiving_entry import ACCEPTED, EXPIRY, LOCATION, LOT, SCAN, ReceivingEntry
from screens.scanning.resolver import Resolver
from screens.scanning.routing import TITLES
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.prompter import Prompter
from widgets.frame.confirmation_line import ConfirmationLine, Tone
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Record
    from erp_tui.core.scanning.candidates import Candidate
    from erp_tui.core.scanning.reading import Scan
    from screens.purchasing.counting import Arrival, Count
    from widgets.table.paged_table import PagedTable
    from widgets.table.paging import Row

PRODUCTS: Final = "products"
NOTHING_HERE: Final = 9
"""The rank of what is nothing to a delivery."""


class ScanningReceipt(ErpScreen[Any]):
    """The part of the receiving screen that scans go to; the screen counts and books."""

    count: Count
    entry: ReceivingEntry | None
    order: Record | None
    table: PagedTable
    number: str

    def __init__(self) -> None:
        super().__init__()
        self.place = ""
        """Where what is scanned from now on is put: the code of a location; empty for that of the order."""
        self.confirmation = ConfirmationLine()
        self.repeats = RepeatGuard(0.0)
        self._resolver: Resolver | None = None

    # What the screen provides

    @abstractmethod
    def take_arrival(self, arrival: Arrival) -> None:
        """Counts what came."""

    @abstractmethod
    def finish_entry(self) -> bool:
        """Counts a line that is begun and complete. Returns False where something of it is missing."""

    @abstractmethod
    def change_order(self, number: str) -> None:
        """Opens another order; what was counted on the present one is kept as a draft."""

    @abstractmethod
    def show_place(self) -> None:
        """Shows where goods are put from now on."""

    @abstractmethod
    def fail(self, sentence: str, large: str | Sequence[str] = "") -> None:
        """Says what was not counted and why, and throws away what was typed ahead for its success."""

    def takes_text(self) -> bool:
        """Whether the cursor stands where a scanned code is text, as in the delivery note."""
        return False

    # The scan

    def take_scan(self, scan: Scan, *, typing: bool) -> bool:
        """A scan goes to the goods wherever the cursor is, except into a text that it is part of."""
        if typing and self.takes_text():
            return False
        self.scanned(scan, self.keys.read_at)
        return True

    def scanned(self, scan: Scan, at: float) -> None:
        """Counts a scan, unless it is one too many. `at` is when it was read."""
        config = self.keys.scanner
        self.repeats.within = config.repeat_ms / 1000
        repeat = self.repeats.look(scan, at)
        if scan.problem is not None:
            self.fail(scan.problem.sentence(), _("not counted"))
            self._ready()
        elif repeat is Repeat.COUNTED:
            self.fail(
                _("{code} is counted already, and there is only one of it. Nothing was added.").format(
                    code=scan.shown
                ),
                _("already counted"),
            )
            self._ready()
        elif repeat is Repeat.QUICK and config.repeat == "ignore":
            self.fail(
                _("{code} was read twice at once and counted once. For more of it type the quantity.").format(
                    code=scan.shown
                ),
                _("once"),
            )
            self._ready()
        elif repeat is Repeat.QUICK and config.repeat == "ask":
            self._ask_again(scan)
        else:
            self._look_up(scan)

    def _ask_again(self, scan: Scan) -> None:
        self.host.tones.bad()
        self.app.push_screen(
            ConfirmDialog(
                _("{code} again?").format(code=scan.shown),
                _("It was read twice at once. Yes counts it a second time."),
            ),
            lambda again: self._once_more(scan) if again else None,
        )

    def _once_more(self, scan: Scan) -> None:
        self._look_up(scan)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _look_up(self, scan: Scan) -> None:
        """The product's own code first, which needs no server; then whatever bears the code."""
        line = None if scan.is_more_than_a_code else self.count.line_by_code(scan.code)
        if line is not None:
            self._begin(line, scan)
            return
        if scan.gs1 is not None and not scan.item_code and scan.gs1.lot and self._take_lot(scan.gs1.lot):
            return
        try:
            found = await self._find(scan)
        except ErpError as error:
            self.fail(error.sentence())
            return
        best = self._best(found)
        if best is None:
            self._unknown(scan, found)
        elif best.kind == "item":
            self._item(best, scan)
        elif best.kind == "location":
            self._put_at(best)
        elif best.kind == "lot":
            self._lot(best, scan)
        else:
            self._switch(best.code)

    async def _find(self, scan: Scan) -> list[Candidate]:
        if self._resolver is None:
            self._resolver = Resolver(self.api)
        kinds = ("item",) if scan.is_more_than_a_code and scan.item_code else ()
        return await self._resolver.find(scan.key, kinds)

    def _best(self, found: Iterable[Candidate]) -> Candidate | None:
        """What a code means here: goods of this order, the lot of the line that is begun, a place, a lot of
        goods of this order, another order, goods that were not ordered."""
        entry = self.entry
        product = entry.line["product"] if entry is not None and entry.line is not None else None

        def rank(candidate: Candidate) -> int:
            if candidate.kind == "item":
                return 0 if self.count.line_for(candidate.id) is not None else 5
            if candidate.kind == "location":
                return 2
            if candidate.kind == "lot" and candidate.product is not None:
                ordered = self.count.line_for(candidate.product) is not None
                return 1 if candidate.product == product else 3 if ordered else NOTHING_HERE
            return 4 if candidate.kind == "order" else NOTHING_HERE

        known = [candidate for candidate in found if rank(candidate) < NOTHING_HERE]
        return min(known, key=rank, default=None)

    # What it is

    def _item(self, item: Candidate, scan: Scan) -> None:
        if self.order is None:
            self._order_first(scan)
            return
        line = self.count.line_for(item.id)
        if line is None:
            self.fail(
                _("{code} was not ordered with {number}. Put it aside, and tell the buyer.").format(
                    code=item.label or scan.shown, number=self.number
                ),
                _("not ordered"),
            )
            self._ready()
            return
        self._begin(line, scan, item)

    def _begin(self, line: Mapping[str, Any], scan: Scan, item: Candidate | None = None) -> None:
        """Goes on with a line, after the one before it; counts at once where the code says all that is needed."""
        entry = self.entry
        if entry is None:
            return
        if (
            entry.has_entry
            and not (scan.is_more_than_a_code and entry.proposes(line))
            and not self.finish_entry()
        ):
            return
        entry.begin(line, self.count)
        self.table.position_to(self.count.lines.index(line))
        values = self._said_by(scan, line)
        has_amount = False
        if item is not None and scan.is_more_than_a_code:
            from erp_tui.core.scanning.candidates import amount_of

            amount = amount_of(scan, item, line.get("unit"))
            if amount is not None and amount.quantity > 0:
                values[ACCEPTED] = decimal_for_server(amount.quantity)
                has_amount = True
        entry.fill(values)
        expired = self._expired(values.get(EXPIRY))
        if expired is not None:
            self.fail(
                _(
                    "{code} was good until {date}. Enter takes it all the same; Tab goes on to reject it."
                ).format(code=line["product_code"], date=format_date(expired)),
                _("expired"),
            )
            entry.focus_quantity()
        elif has_amount and entry.is_complete:
            self.take_arrival(entry.arrival())
            self.repeats.count(scan, line["id"])

    def _said_by(self, scan: Scan, line: Mapping[str, Any]) -> dict[str, Any]:
        """What the code says of the goods beyond their number, by field, and where they are put."""
        values: dict[str, Any] = {}
        if scan.gs1 is not None:
            if scan.gs1.lot and line.get("tracks_lots"):
                values[LOT] = scan.gs1.lot
            expiry = scan.gs1.expiry(self._today)
            if expiry is not None and line.get("tracks_lots"):
                values[EXPIRY] = expiry.isoformat()
        if self.place:
            values[LOCATION] = self.place
        return values

    @property
    def _today(self) -> date:
        assert self.entry is not None
        return today_in(self.entry.zone)

    def _expired(self, expiry: Any) -> date | None:
        day = date.fromisoformat(expiry) if expiry else None
        return day if day is not None and day < self._today else None

    def _take_lot(self, code: str, expiry: str | None = None) -> bool:
        """Fills in the lot of the line that is begun. Returns False where none waits for one."""
        entry = self.entry
        if entry is None or entry.line is None or not entry.line.get("tracks_lots"):
            return False
        entry.fill({LOT: code, EXPIRY: expiry} if expiry else {LOT: code})
        self.host.tones.good()
        entry.focus_quantity()
        self.confirmation.say(
            _("Lot {lot} of {code}. Enter counts it.").format(lot=code, code=entry.line["product_code"])
        )
        return True

    def _lot(self, lot: Candidate, scan: Scan) -> None:
        entry, product = self.entry, lot.product
        if product is None or entry is None:
            return
        begun = entry.line is not None and entry.line["product"] == product
        if begun and self._take_lot(lot.code, lot.expiry_date):
            return
        line = self.count.line_for(product)
        if line is None:
            self._unknown(scan, [lot])
            return
        self._begin(line, scan)
        self._take_lot(lot.code, lot.expiry_date)

    def _put_at(self, location: Candidate) -> None:
        """From now on goods are put there; the same place again goes back to that of the order."""
        if not location.is_active:
            self.fail(_("{place} is not used any more. Scan another place.").format(place=location.label))
            return
        self.place = "" if location.code == self.place else location.code
        self.show_place()
        self.host.tones.good()
        entry = self.entry
        if entry is not None and entry.has_entry:
            entry.fill({LOCATION: self.place})
            entry.focus_quantity()
        elif entry is not None:
            entry.clear()
        if self.place:
            sentence = _("What you scan now is put at {place}. The same place again ends it.")
            self.confirmation.show(self.place, sentence.format(place=location.label), Tone.GOOD)
        else:
            self.confirmation.say(_("What you scan now is put where the order says."))

    def _switch(self, number: str) -> None:
        """Another order: at once, or after a question where something is counted that is not booked."""
        self.repeats.something_else_came()
        if self.order is not None and number == self.number:
            self.confirmation.say(_("{number} is the order that is open.").format(number=number))
            if self.entry is not None and not self.entry.has_entry:
                self.entry.clear()
            return
        if self.entry is not None and not self.entry.has_entry:
            self.entry.clear()
        if not self.count.arrivals and not (self.entry is not None and self.entry.has_entry):
            self.change_order(number)
            return
        self.app.push_screen(
            ConfirmDialog(
                _("Open order {number}?").format(number=number),
                _("What you counted on {old} is not booked yet. It is kept as a draft.").format(
                    old=self.number
                ),
            ),
            lambda yes: self.change_order(number) if yes else None,
        )

    def _unknown(self, scan: Scan, found: Sequence[Candidate]) -> None:
        if found:
            kind = TITLES.get(found[0].kind)
            self.fail(
                _("{code} is a {kind}, which is not counted here. Scan the goods.").format(
                    code=found[0].label or scan.shown, kind=_(kind) if kind else found[0].resource
                ),
                _("not counted"),
            )
        elif self.order is None:
            self._order_first(scan)
        else:
            self.fail(
                _(
                    "{code} is no product of order {number} and no known barcode. "
                    "F4 looks for the product; nothing was counted."
                ).format(code=scan.shown, number=self.number),
                _("unknown"),
            )
        self._ready()

    def _ready(self) -> None:
        """The field for scans is empty again, unless a line is begun: what is refused stays in the large line."""
        if self.order is not None and self.entry is not None and not self.entry.has_entry:
            self.entry.clear()
            self.entry.fill({LOCATION: self.place} if self.place else {})

    def _order_first(self, scan: Scan) -> None:
        self.fail(
            _("{code} cannot be counted yet: scan or type the number of an order first.").format(
                code=scan.shown
            ),
            _("order first"),
        )

    # F4

    def action_prompt(self) -> None:
        """F4 where scans go: the list of products, for goods whose label cannot be read. A field with a list of its
        own opens that before this is asked; in any other there is nothing to look up."""
        if self.order is None or self.entry is None:
            return
        field = self.entry.focused_field
        if field is None or field.field_name == SCAN:
            self._prompt(self.entry.scanned_text)
        else:
            self.app.bell()
            self.entry.say(
                _("There is no list of values for {field}. Type it, or press Tab.").format(
                    field=field.description.title
                )
            )

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _prompt(self, text: str) -> None:
        try:
            prompt = await ApiLookups(self.api).list_of(PRODUCTS)
        except ErpError as error:
            self.fail(error.sentence())
            return
        self.app.push_screen(Prompter(prompt, text), self._chosen_by_hand)

    def _chosen_by_hand(self, row: Row | None) -> None:
        if row is None or self.entry is None:
            return
        line = self.count.line_for(int(row["id"]))
        if line is None:
            self.fail(
                _("{code} was not ordered with {number}. Put it aside, and tell the buyer.").format(
                    code=row.get("code", ""), number=self.number
                ),
                _("not ordered"),
            )
        elif not self.entry.has_entry or self.finish_entry():
            self.entry.begin(line, self.count)
            self.entry.fill({LOCATION: self.place} if self.place else {})
