"""Declared actions on purchase orders and receipts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.integrity import all_checks, look_at
from server.core.operations import Example, Outcome, Param, Parameters, Target, operation

from . import rules
from .models import PurchaseOrder
from .selectors import line_numbers
from .services import (
    Arrival,
    cancel_order,
    cancel_remaining,
    close_order,
    confirm_order,
    receive_order,
    reopen_order,
    reverse_receipt,
)

_ORDER = Target("purchase-orders", "order")


class OnOrder(Parameters):
    order: Annotated[int, Param("reference", _("Order"), reference="purchase-orders")]


def _outcome(sentence: str, order: PurchaseOrder) -> Outcome:
    state = str(PurchaseOrder.State(order.state).label)
    return Outcome(
        message=sentence % {"number": order.number, "state": state},
        result={"order": order.pk, "number": order.number, "state": order.state, "version": order.version},
    )


@operation(
    "purchasing.confirm",
    OnOrder,
    title=_("Confirm"),
    help=_("Makes a draft binding, so that it can be sent to the supplier and received."),
    kind="changes",
    target=_ORDER,
    inverse="purchasing.reopen",
    blocked=rules.why_not_confirmable,
    category="everyday",
    examples=[
        Example("--order 10023", _("Confirm order 10023.")),
    ],
    prerequisites=_("The order is a draft with at least one line."),
)
def confirm(actor: SecurityContext, params: OnOrder) -> Outcome:
    return _outcome(_now("Order %(number)s is confirmed."), confirm_order(actor=actor, order_id=params.order))


@operation(
    "purchasing.reopen",
    OnOrder,
    title=_("Back to draft"),
    help=_("Makes a confirmed order a draft again, as long as nothing was received for it."),
    kind="changes",
    target=_ORDER,
    inverse="purchasing.confirm",
    blocked=rules.why_not_reopenable,
    category="everyday",
    examples=[
        Example("--order 10023", _("Make order 10023 a draft again.")),
    ],
    prerequisites=_("Nothing was received for the order."),
    risks=_("The supplier may have the confirmed order already."),
)
def reopen(actor: SecurityContext, params: OnOrder) -> Outcome:
    return _outcome(
        _now("Order %(number)s is a draft again."), reopen_order(actor=actor, order_id=params.order)
    )


class ReceiveLine(Parameters):
    line: Annotated[int, Param("integer", _("Line"), help=_("The key of the order line."))]
    accepted: Annotated[Decimal, Param("quantity", _("Accepted"))]
    rejected: Annotated[Decimal | None, Param("quantity", _("Rejected"), nullable=True)] = None
    reason: Annotated[str, Param("text", _("Reason for rejecting"), max_length=300)] = ""
    lot: Annotated[str | None, Param("code", _("Lot"), max_length=60, nullable=True)] = None
    expiry_date: Annotated[dt.date | None, Param("date", _("Use by"), nullable=True)] = None
    location: Annotated[
        int | None, Param("reference", _("Location"), reference="locations", nullable=True)
    ] = None


class Receive(OnOrder):
    received_at: Annotated[dt.datetime | None, Param("datetime", _("Received"), nullable=True)] = None
    delivery_note: Annotated[str, Param("text", _("Delivery note"), max_length=100)] = ""
    lines: Annotated[list[ReceiveLine], Param("lines", _("Lines"))] = []
    all: Annotated[bool, Param("boolean", _("Everything"), help=_("Accepts all that is open."))] = False


@operation(
    "purchasing.receive",
    Receive,
    title=_("Receive"),
    help=_("Books what arrived into stock: all of it, or per line what is accepted and what is rejected."),
    kind="changes",
    target=_ORDER,
    inverse="purchasing.reverse-receipt",
    blocked=rules.why_not_receivable,
    category="everyday",
    examples=[
        Example("--order 10023 --all", _("Book all that is open of order 10023.")),
        Example(
            "--order 10023 --all --delivery-note DN-881", _("The same, with the supplier's delivery note.")
        ),
    ],
    prerequisites=_("The order is confirmed."),
    risks=_("Stock and its value rise at once."),
)
def receive(actor: SecurityContext, params: Receive) -> Outcome:
    numbers = line_numbers(actor=actor, order_id=params.order, keys=[line.line for line in params.lines])
    receipt = receive_order(
        actor=actor,
        order_id=params.order,
        arrivals=[
            Arrival(
                line=number,
                accepted=line.accepted,
                rejected=line.rejected or Decimal(0),
                reason=line.reason,
                lot=line.lot or "",
                expiry_date=line.expiry_date,
                location_id=line.location,
            )
            for number, line in zip(numbers, params.lines, strict=True)
        ],
        everything=params.all,
        received_at=params.received_at,
        delivery_note=params.delivery_note,
    )
    outcome = _outcome(_now("Receipt %%(receipt)s is posted; order %(number)s is %(state)s."), receipt.order)
    outcome.message %= {"receipt": receipt.number}
    outcome.result.update({"receipt": receipt.pk, "receipt_number": receipt.number})
    return outcome


@operation(
    "purchasing.cancel",
    OnOrder,
    title=_("Cancel"),
    help=_("Cancels an order of which nothing has been received."),
    kind="destroys",
    target=_ORDER,
    blocked=rules.why_not_cancellable,
    category="everyday",
    examples=[
        Example("--order 10023", _("Cancel order 10023.")),
    ],
    prerequisites=_("Nothing was received for the order."),
    risks=_("A cancelled order is never delivered nor opened again."),
    rollback=_("It cannot be taken back; copy the order to a new one."),
)
def cancel(actor: SecurityContext, params: OnOrder) -> Outcome:
    return _outcome(_now("Order %(number)s is cancelled."), cancel_order(actor=actor, order_id=params.order))


@operation(
    "purchasing.cancel-remaining",
    OnOrder,
    title=_("Cancel what remains"),
    help=_("Stops waiting for what has not been received; what has been stays."),
    kind="destroys",
    target=_ORDER,
    blocked=rules.why_not_remaining_cancellable,
    category="everyday",
    examples=[
        Example("--order 10023", _("Wait for no more of order 10023.")),
    ],
    prerequisites=_("The order is confirmed, and not all of it was received."),
    risks=_("What the supplier still sends can no longer be booked on this order."),
    rollback=_("It cannot be taken back; order what is missing anew."),
)
def cancel_what_remains(actor: SecurityContext, params: OnOrder) -> Outcome:
    order = cancel_remaining(actor=actor, order_id=params.order)
    return _outcome(_now("What remained of order %(number)s is cancelled; it is %(state)s."), order)


@operation(
    "purchasing.close",
    OnOrder,
    title=_("Close"),
    help=_("Puts a fully received order away. Its receipts can then no longer be reversed."),
    kind="changes",
    target=_ORDER,
    blocked=rules.why_not_closable,
    category="everyday",
    examples=[
        Example("--order 10023", _("Put order 10023 away.")),
    ],
    prerequisites=_("All of the order was received."),
    risks=_("Its receipts can no longer be reversed."),
    rollback=_("It cannot be taken back; correct the stock by inventory adjust."),
)
def close(actor: SecurityContext, params: OnOrder) -> Outcome:
    return _outcome(_now("Order %(number)s is closed."), close_order(actor=actor, order_id=params.order))


class ReverseReceipt(Parameters):
    receipt: Annotated[int, Param("reference", _("Receipt"), reference="receipts")]


@operation(
    "purchasing.reverse-receipt",
    ReverseReceipt,
    title=_("Reverse"),
    help=_(
        "Moves the goods of a receipt back to the supplier and reopens the order, while the stock is still there."
    ),
    kind="destroys",
    target=Target("receipts", "receipt"),
    blocked=rules.why_not_reversible,
    category="everyday",
    examples=[
        Example("--receipt 7001", _("Take receipt 7001 back.")),
    ],
    prerequisites=_("The goods still lie where they were received."),
    risks=_("Stock and its value fall at once, and the order waits for the goods again."),
    rollback=_("Receive the goods again."),
)
def reverse(actor: SecurityContext, params: ReverseReceipt) -> Outcome:
    receipt = reverse_receipt(actor=actor, receipt_id=params.receipt, reason=actor.reason[:300])
    return Outcome(
        message=_now("Receipt %(number)s is reversed.") % {"number": receipt.number},
        result={"receipt": receipt.pk, "number": receipt.number, "order": receipt.order_id},
    )


class ValidateOrders(Parameters):
    pass


@operation(
    "purchasing.validate-orders",
    ValidateOrders,
    title=_("Check purchase orders"),
    help=_("Looks for purchase orders whose amounts, totals or received quantities contradict each other."),
    kind="reads",
    confirm="none",
    category="data_quality",
    examples=[Example("", _("Check all purchase orders."))],
)
def validate_orders(actor: SecurityContext, _params: ValidateOrders) -> Outcome:
    return look_at(actor, all_checks("purchasing"))
