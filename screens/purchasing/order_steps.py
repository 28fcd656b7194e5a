"""The steps of the order wizard: whom to order from, what, and what the server makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from erp_tui.core.entry.values import format_decimal
from erp_tui.core.i18n import _
from widgets.fields.lookup_field import LookupField
from widgets.form_panel import FormPanel
from widgets.lines.lines_editor import LinesEditor
from widgets.shown import shown_value
from widgets.table.columns import column_of
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription, Preview

SHOWN_COLUMNS = ("number", "product", "quantity", "unit", "unit_price", "amount")


class SupplierStep(FormPanel):
    """Supplier first; Enter in the last field or F10 anywhere goes on."""

    step_title = ""

    def __init__(self, fields: Sequence[FieldDescription], **options: Any) -> None:
        super().__init__(fields, **options)
        self.step_title = _("Supplier")

    @property
    def supplier(self) -> int | str | None:
        """The supplier's key, or its code while nobody has looked it up."""
        value: int | str | None = self.fields["supplier"].value
        return value

    @property
    def currency(self) -> str:
        """The currency typed, else the supplier's; empty while it is not known."""
        typed = self.fields["currency"].value if "currency" in self.fields else None
        if typed:
            return str(typed).upper()
        field = self.fields["supplier"]
        found = field.found if isinstance(field, LookupField) else None
        return str(found.row.get("currency") or "") if found is not None else ""

    @property
    def supplier_name(self) -> str:
        """The supplier by code and name."""
        field = self.fields["supplier"]
        found = field.found if isinstance(field, LookupField) else None
        return f"{found.code} {found.name}".strip() if found is not None else field.text


class LinesStep(LinesEditor):
    """Code, Enter, quantity, Enter; an empty code and Enter goes on."""

    step_title = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.step_title = _("Lines")

    def focus_first(self) -> None:
        """Puts the cursor into the code of the next line."""
        self.focus_entry()

    def check(self) -> bool:
        """Whether there is a line, and none half-typed."""
        if not self.finish_entry():
            return False
        if not self.lines:
            self.note(_("Enter at least one line: a product's code, Enter, the quantity, Enter."))
            self.app.bell()
            self.focus_entry()
            return False
        return True


class OrderReview(Vertical):
    """The order as the server would write it: head, lines, total, and what it remarks."""

    DEFAULT_CSS: ClassVar[str] = """
    OrderReview > .review--head { height: auto; padding: 0 1; text-style: bold; }
    OrderReview > .review--warnings { height: auto; padding: 0 1; }
    OrderReview > PagedTable { height: 1fr; }
    OrderReview > .review--total { height: 1; padding: 0 1; text-align: right; text-style: bold; }
    """

    def __init__(self, fields: Sequence[FieldDescription], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.step_title = _("Review")
        self.ready = False
        known = {field.name: field for field in fields}
        self._columns = [column_of(name, known[name]) for name in SHOWN_COLUMNS if name in known]
        self._rows: list[Row] = []
        self._head = Static(classes="review--head")
        self._warnings = Static(classes="review--warnings")
        self._total = Static(classes="review--total")
        self.table = PagedTable(self._columns, local_fetch(lambda: self._rows))

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._warnings
        yield self.table
        yield self._total

    def wait(self) -> None:
        """Nothing is known yet of these lines."""
        self.nothing_known()
        self._head.update(server_text(_("Asking the server what this order comes to …")))

    def nothing_known(self) -> None:
        """Nothing is known of these lines, and nobody asks."""
        self.ready = False
        self._rows = []
        self._head.update("")
        self._warnings.update("")
        self._total.update("")
        self.table.start_over()

    def show(self, preview: Preview) -> None:
        """Shows the answer of a dry run."""
        order = preview.result or {}
        self.ready = True
        self._rows = [{**line, "id": number} for number, line in enumerate(order.get("lines") or [])]
        self._head.update(server_text(_head(order), multiline=True))
        self._warnings.update(
            server_text("\n".join(f"! {each}" for each in preview.warnings), multiline=True)
        )
        total = order.get("total")
        shown = format_decimal(total, decimals=2, grouped=True) if total is not None else "?"
        self._total.update(
            server_text(_("Total {total} {currency}").format(total=shown, currency=order.get("currency", "")))
        )
        self.table.start_over()

    def focus_first(self) -> None:
        """Focuses the lines, so that they can be scrolled."""
        self.table.focus()

    def check(self) -> bool:
        """Whether the server has said what it would do."""
        return self.ready

    def dump(self) -> Mapping[str, Any]:
        """A review is made anew from what was typed."""
        return {}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """A review is made anew: `draft` is not looked at."""
        self.ready = False


def _head(order: Mapping[str, Any]) -> str:
    supplier = f"{order.get('supplier_code') or ''} {order.get('supplier_name') or ''}".strip()
    parts = [_("Order to {supplier}").format(supplier=supplier)]
    if order.get("customer_code"):
        parts.append(_("for {customer}").format(customer=order["customer_code"]))
    if order.get("expected_on"):
        parts.append(_("expected on {date}").format(date=shown_value(order["expected_on"], "date")))
    if order.get("location_code"):
        parts.append(_("at {location}").format(location=order["location_code"]))
    return ", ".join(parts) + ".\n" + _("Nothing is ordered yet: F10 creates it, F7 goes back.")
