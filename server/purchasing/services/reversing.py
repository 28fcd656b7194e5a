"""Taking a receipt back as a whole, while its stock is still there."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import update_rows
from server.core.context import SecurityContext
from server.core.errors import Conflict, missing
from server.core.events import emit
from server.core.locks import lock
from server.core.records import snapshot, updated
from server.inventory.ledger import Document, prepare_reversal
from server.inventory.models import StockMove
from server.purchasing.models import PurchaseOrder, Receipt, ReceiptLine
from server.purchasing.rules import state_after, why_not_reversible

from .lifecycle import locked_lines, save_progress


@transaction.atomic
def reverse_receipt(*, actor: SecurityContext, receipt_id: int, reason: str = "") -> Receipt:
    """Move the goods of a receipt back to the supplier and reopen its order lines; the reversed receipt.

    Raises `NotFound`, `Conflict` where it was reversed already, its order is closed or the stock has gone.
    """
    order_id = Receipt.objects.within(actor).filter(pk=receipt_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise missing(str(Receipt._meta.verbose_name), receipt_id)
    order = lock(PurchaseOrder.objects.within(actor).filter(pk=order_id))[0]
    lines = {line.pk: line for line in locked_lines(actor, order)}
    receipt = lock(Receipt.objects.within(actor).filter(pk=receipt_id))[0]
    if refusal := why_not_reversible(actor, receipt):
        raise Conflict(refusal)
    before, receipt_before = snapshot(order), snapshot(receipt)
    received = list(ReceiptLine.objects.within(actor).filter(receipt=receipt).order_by("number"))
    _return_stock(actor, receipt, received, reason)
    touched = {line.order_line_id: lines[line.order_line_id] for line in received}
    lines_before = {key: snapshot(line) for key, line in touched.items()}
    for line in received:
        touched[line.order_line_id].received -= line.accepted
        touched[line.order_line_id].rejected -= line.rejected
    update_rows(list(touched.values()), ("received", "rejected"))
    order.state = state_after(lines.values())
    receipt.state = Receipt.State.REVERSED
    receipt.reversed_at = receipt.updated_at = timezone.now()
    receipt.version += 1
    update_rows([receipt], ("state", "reversed_at", "updated_at", "version"))
    changes = [updated(line, lines_before[key], root=order) for key, line in touched.items()]
    changes.append(updated(receipt, receipt_before))
    save_progress(actor, order, before, (), [change for change in changes if change])
    emit(actor, "receipt_reversed", entity_type="receipts", entity_id=receipt.pk, payload={"order": order.pk})
    emit(actor, "purchase_order_changed", entity_type="purchase-orders", entity_id=order.pk)
    return receipt


def _return_stock(actor: SecurityContext, receipt: Receipt, received: list[ReceiptLine], reason: str) -> None:
    moves = list(
        StockMove.objects.within(actor).filter(pk__in=[line.move_id for line in received if line.move_id])
    )
    try:
        posting = prepare_reversal(actor=actor, moves=moves, reason=reason)
    except Conflict as refusal:
        raise Conflict(
            _(
                "Receipt %(receipt)s cannot be reversed, because its stock is not all there any more. %(missing)s"
            )
            % {"receipt": receipt.number, "missing": refusal.detail}
        ) from refusal
    posting.write(document=Document("receipts", receipt.pk, receipt.number))
