"""The life of a purchase order: which states there are, and what is possible in which.

    draft → confirmed → partially received → received → closed
      ↘       ↘ cancelled

Each `why_not_…` answers a sentence, or None where the action is possible; it is the one rule for the service,
the refused request and the greyed-out key on the screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from server.core.context import SecurityContext

from .models import PurchaseOrder, PurchaseOrderLine, Receipt

State: Any = PurchaseOrder.State
RECEIVABLE = (State.CONFIRMED, State.PARTIALLY_RECEIVED)


def open_quantity(line: PurchaseOrderLine) -> Decimal:
    """What may still be expected of a line, in its unit; never below zero."""
    return max(line.quantity - line.cancelled_quantity - line.received, Decimal(0))


def state_after(lines: Iterable[PurchaseOrderLine]) -> str:
    """The state of a confirmed order by the progress of its lines."""
    rows = list(lines)
    received = any(line.received > 0 for line in rows)
    if any(open_quantity(line) for line in rows):
        return State.PARTIALLY_RECEIVED if received else State.CONFIRMED
    return State.RECEIVED if received else State.CANCELLED


def why_not_changeable(actor: SecurityContext, order: PurchaseOrder) -> str | None:  # noqa: ARG001
    """Why the order and its lines cannot be edited or deleted."""
    if order.state == State.DRAFT:
        return None
    return _("Order %(number)s is %(state)s; only a draft can be changed.") % _named(order)


def why_not_confirmable(actor: SecurityContext, order: PurchaseOrder) -> str | None:
    """Why the order cannot be confirmed."""
    if order.state != State.DRAFT:
        return _("Order %(number)s is %(state)s; only a draft is confirmed.") % _named(order)
    if not PurchaseOrderLine.objects.within(actor).filter(order=order).exists():
        return _("Order %(number)s has no lines. Add what to order first.") % _named(order)
    return None


def why_not_reopenable(actor: SecurityContext, order: PurchaseOrder) -> str | None:
    """Why the order cannot become a draft again."""
    if order.state != State.CONFIRMED:
        return _("Order %(number)s is %(state)s; only a confirmed order becomes a draft again.") % _named(
            order
        )
    if Receipt.objects.within(actor).filter(order=order).exists():
        return _("Goods have been received for order %(number)s. Cancel what remains instead.") % _named(
            order
        )
    return None


def why_not_receivable(actor: SecurityContext, order: PurchaseOrder) -> str | None:  # noqa: ARG001
    """Why nothing can be received for the order."""
    if order.state in RECEIVABLE:
        return None
    if order.state == State.DRAFT:
        return _("Order %(number)s is a draft. Confirm it before you receive it.") % _named(order)
    if order.state == State.RECEIVED:
        return _("Everything of order %(number)s has been received; nothing is left to receive.") % _named(
            order
        )
    return _("Order %(number)s is %(state)s; nothing can be received for it.") % _named(order)


def why_not_cancellable(actor: SecurityContext, order: PurchaseOrder) -> str | None:  # noqa: ARG001
    """Why the order cannot be cancelled as a whole."""
    if order.state in (State.DRAFT, State.CONFIRMED):
        return None
    if order.state == State.PARTIALLY_RECEIVED:
        return _(
            "Part of order %(number)s has been received. Cancel what remains, or reverse the receipts first."
        ) % _named(order)
    return _("Order %(number)s is %(state)s and cannot be cancelled.") % _named(order)


def why_not_remaining_cancellable(actor: SecurityContext, order: PurchaseOrder) -> str | None:  # noqa: ARG001
    """Why what remains of the order cannot be cancelled."""
    if order.state in RECEIVABLE:
        return None
    if order.state == State.DRAFT:
        return _("Order %(number)s is a draft, so it is cancelled as a whole.") % _named(order)
    return _("Order %(number)s is %(state)s; nothing of it remains to be cancelled.") % _named(order)


def why_not_closable(actor: SecurityContext, order: PurchaseOrder) -> str | None:  # noqa: ARG001
    """Why the order cannot be closed."""
    if order.state == State.RECEIVED:
        return None
    if order.state in RECEIVABLE:
        return _("Order %(number)s is not fully received. Receive or cancel what remains first.") % _named(
            order
        )
    return _("Order %(number)s is %(state)s; only a received order is closed.") % _named(order)


def why_not_reversible(actor: SecurityContext, receipt: Receipt) -> str | None:
    """Why the receipt cannot be reversed, apart from whether its stock is still there."""
    if receipt.state == Receipt.State.REVERSED:
        return _("Receipt %(receipt)s has been reversed already.") % {"receipt": receipt.number}
    order = PurchaseOrder.objects.within(actor).get(pk=receipt.order_id)
    if order.state == State.CLOSED:
        return _("Order %(number)s is closed, so its receipts stay. Adjust the stock instead.") % _named(
            order
        )
    return None


def _named(order: PurchaseOrder) -> dict[str, str]:
    return {"number": order.number, "state": str(State(order.state).label)}
