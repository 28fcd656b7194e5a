"""Which screen shows what was scanned: goods, places and lots their stock, a document itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.scanning.candidates import ITEM, LOCATION, LOT, ORDER
from screens.generic import routes

if TYPE_CHECKING:
    from textual.screen import Screen

    from erp_tui.core.remote.models import Meta
    from erp_tui.core.scanning.candidates import Candidate

RECEIVABLE: Final = frozenset({"confirmed", "partially_received"})
STOCK: Final = frozenset({ITEM, LOCATION, LOT})
TITLES: Final = {
    "item": marked("product"),
    "location": marked("location"),
    "lot": marked("lot"),
    "order": marked("purchase order"),
    "receipt": marked("goods receipt"),
    "sales-order": marked("sales order"),
    "person": marked("person"),
}
"""What the kinds are called; one that is not known here yet is called by its resource."""


def screen_for(candidate: Candidate, meta: Meta | None) -> Screen[Any]:
    """The screen of what was scanned, as far as the role opens it; else the record."""
    if candidate.kind in STOCK and _may_list(meta, "stock-balances"):
        from screens.inventory.stock_screen import StockScreen
        from screens.inventory.subjects import word_of

        return StockScreen(word_of(candidate))
    if candidate.kind == ORDER and candidate.state in RECEIVABLE and _may_receive(meta):
        from screens.purchasing.receiving_screen import ReceivingScreen

        return ReceivingScreen(candidate.code)
    return routes.detail_screen(candidate.resource, candidate.id)


def _may_list(meta: Meta | None, resource: str) -> bool:
    entry = meta.resources.get(resource) if meta is not None else None
    return meta is None or (entry is not None and entry.may.list)


def _may_receive(meta: Meta | None) -> bool:
    return meta is None or "purchasing.receive" in meta.operations
