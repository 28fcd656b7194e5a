"""The stock of one product: where it lies, in which lots, against its minimum, and every move behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.values import decimal_from_server, format_decimal
from screens.base import ErpScreen
from screens.generic import routes
from screens.generic.fetching import resource_fetch
from screens.generic.zone import zone_of
from screens.inventory.products import find_product
from widgets.columns import Column, columns_of
from widgets.fields.text_field import FieldInput
from widgets.paged_table import PagedTable
from widgets.problem_panel import ProblemPanel
from widgets.shown import UTC_ZONE
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.models import Record

BALANCES, MOVES = "stock-balances", "stock-moves"
OF_PRODUCT = frozenset({"product_code", "product_name"})
"""Columns that say nothing where every row is of one product."""


class ProductBar(Horizontal):
    """Scan or code, then Enter."""

    DEFAULT_CSS: ClassVar[str] = """
    ProductBar { height: 1; padding: 0 1; background: $panel; }
    ProductBar > Label { width: auto; padding: 0 1 0 0; text-style: bold; }
    ProductBar > FieldInput { width: 30; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.input = FieldInput()

    def compose(self) -> ComposeResult:
        yield Label(server_text(_("Product or barcode")))
        yield self.input


class StockScreen(ErpScreen[None]):
    """Type a code at any time; Tab and the arrow keys walk the balances and moves, Enter opens a row."""

    word: ClassVar[str] = "stock"
    scope: ClassVar[str] = "stock"
    DEFAULT_CSS: ClassVar[str] = """
    StockScreen > .stock--head { height: auto; min-height: 2; padding: 0 1; text-style: bold; }
    StockScreen > .stock--moves { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    StockScreen > #balances { height: 2fr; }
    StockScreen > #moves { height: 3fr; }
    """

    help_text = _(
        "Scan or type the code of a product, then Enter. Tab goes on to where it lies, and to its moves, which "
        "Enter opens; Esc comes back to the code."
    )

    def __init__(self, product: str = "") -> None:
        super().__init__()
        self.heading = _("Stock")
        self.wanted = product
        self.product: Record | None = None
        self.bar = ProductBar()
        self.problem = ProblemPanel()
        self.balances = PagedTable(id="balances")
        self.moves = PagedTable(id="moves")
        self._head = Static(classes="stock--head")
        self._balance_columns: list[Column] = []
        self._move_columns: list[Column] = []

    def shown_word(self) -> str:
        """The word with the product's code."""
        code = str(self.product.data.get("code", "")) if self.product else ""
        return f"stock {code}".strip()

    def compose_body(self) -> Iterable[Any]:
        """The product, what there is of it, the ledger."""
        yield self.bar
        yield self.problem
        yield self._head
        yield self.balances
        yield Static(server_text(_("Moves, the latest first")), classes="stock--moves")
        yield self.moves

    def on_mount(self) -> None:
        self.bar.input.value = self.wanted
        self.bar.input.focus()
        if self.wanted:
            self._open(self.wanted)
        else:
            self._head.update(server_text(_("Scan or type the code of a product, then Enter.")))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if text := event.value.strip():
            self._open(text)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self, text: str) -> None:
        try:
            if not self._balance_columns:
                await self._describe()
            product = await find_product(self.api, text)
        except ErpError as error:
            self.keys.flush(error.sentence(), shown=True)
            self.problem.show(error)
            return
        if product is None:
            sentence = _("There is no product and no barcode '{text}'. Scan or type another one.")
            self.keys.flush(sentence.format(text=text), shown=True)
            self.problem.show(sentence.format(text=text))
            self.bar.input.focus()
            return
        self.problem.clear()
        self._show(product)

    async def _describe(self) -> None:
        zone = await zone_of(self.api)
        self._move_columns = await self._columns(MOVES, zone)
        self._balance_columns = await self._columns(BALANCES, zone)

    async def _columns(self, resource: str, zone: ZoneInfo = UTC_ZONE) -> list[Column]:
        description = await self.api.describe_resource(resource)
        return [column for column in columns_of(description, zone) if column.name not in OF_PRODUCT]

    def _show(self, product: Record) -> None:
        self.product = product
        data = product.data
        self.retitle(_("Stock of {code} {name}").format(code=data.get("code"), name=data.get("name", "")))
        self.bar.input.value = str(data.get("code", ""))
        self.bar.input.select_all()
        self._head.update(server_text(_summary(data), multiline=True))
        of_it = f"product=id:{product.id}"
        self.balances.show(
            self._balance_columns,
            resource_fetch(self.api, BALANCES, filter=f"{of_it},on_hand"),
            empty=_("There is nothing of it in stock."),
        )
        self.moves.show(
            self._move_columns,
            resource_fetch(self.api, MOVES, filter=of_it, ordering="-effective_at"),
            ordering="-effective_at",
            empty=_("Nothing of it has ever moved."),
        )

    def action_refresh(self) -> None:
        """F5: reads the product, its balances and moves again."""
        text = f"id:{self.product.id}" if self.product else self.bar.input.value.strip()
        if text:
            self._open(text)

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        resource = BALANCES if event.table is self.balances else MOVES
        self.app.push_screen(routes.detail_screen(resource, int(event.row["id"])))

    def action_back(self) -> None:
        """Esc: from a table to the code, from there back."""
        if self.bar.input.has_focus:
            self.host.leave_screen()
        else:
            self.bar.input.focus()


def _summary(product: Mapping[str, Any]) -> str:
    """On hand, minimum and maximum in the base unit, and in words whether something has to be done."""
    unit = str(product.get("unit_code") or "")
    on_hand = _number(product.get("on_hand"))
    minimum = _number(product.get("minimum_level"))
    parts = [_("On hand {quantity} {unit}").format(quantity=_shown(on_hand), unit=unit)]
    if minimum is not None:
        parts.append(_("minimum {quantity} {unit}").format(quantity=_shown(minimum), unit=unit))
    if (maximum := _number(product.get("maximum_level"))) is not None:
        parts.append(_("maximum {quantity} {unit}").format(quantity=_shown(maximum), unit=unit))
    line = " · ".join(parts)
    if minimum is not None and on_hand is not None and on_hand < minimum:
        short = _("! Below the minimum by {quantity} {unit}.").format(
            quantity=_shown(minimum - on_hand), unit=unit
        )
        return f"{line}\n{short}"
    return line


def _number(value: Any) -> Decimal | None:
    return None if value is None else decimal_from_server(value)


def _shown(value: Decimal | None) -> str:
    return "?" if value is None else format_decimal(value, grouped=True)


def open_word(arguments: Sequence[str]) -> StockScreen:
    """`stock`, or `stock WIDGET-1`."""
    return StockScreen(" ".join(arguments))
