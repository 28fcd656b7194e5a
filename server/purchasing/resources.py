"""Purchase orders and receipts as people see them."""

from django.db.models import F, Q
from django.db.models.functions import Greatest, Now, TruncDate
from django.utils.translation import gettext_lazy as _

from server.core.resources import Column, Lines, Related, Resource, register

from .models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from .rules import RECEIVABLE, why_not_changeable
from .services import (
    check_orders,
    create_order,
    create_orders,
    delete_order,
    restore_order,
    update_order,
)

State = PurchaseOrder.State

register(
    Resource(
        name="purchase-orders",
        model=PurchaseOrder,
        module="purchasing",
        title=_("Purchase orders"),
        title_one=_("Purchase order"),
        document=True,
        key="number",
        label=("number",),
        fields=(
            "number",
            "supplier",
            "state",
            "ordered_on",
            "expected_on",
            "currency",
            "rate",
            "location",
            "customer",
            "supplier_reference",
            "payment_terms_days",
            "buyer",
            "total",
            "notes",
            "confirmed_at",
            "closed_at",
            "external_id",
        ),
        read_only=("number", "state", "total", "confirmed_at", "closed_at"),
        currency={"total": "currency"},
        totals=("total",),
        columns=(
            "number",
            "supplier_name",
            "state",
            "ordered_on",
            "expected_on",
            "total",
            "currency",
            "location_code",
        ),
        search=("number", "supplier__code", "supplier__name", "supplier_reference"),
        identifiers=("supplier_reference",),
        named_filters={
            "draft": (_("Drafts"), Q(state=State.DRAFT)),
            "receivable": (_("To be received"), Q(state__in=RECEIVABLE)),
            "open": (_("Not finished"), ~Q(state__in=(State.CLOSED, State.CANCELLED))),
            "overdue": (_("Overdue"), Q(state__in=RECEIVABLE, expected_on__lt=TruncDate(Now()))),
        },
        ordering="-ordered_on",
        lines=Lines(
            name="lines",
            model=PurchaseOrderLine,
            parent="order",
            fields=(
                "number",
                "product",
                "description",
                "unit",
                "quantity",
                "unit_price",
                "amount",
                "received",
                "rejected",
                "cancelled_quantity",
                "expected_on",
                "base_quantity",
                "factor",
            ),
            read_only=(
                "number",
                "amount",
                "received",
                "rejected",
                "cancelled_quantity",
                "base_quantity",
                "factor",
            ),
            computed=("amount", "base_quantity", "factor"),
            extra={
                "open": Column(
                    _("Open"),
                    "quantity",
                    Greatest(F("quantity") - F("cancelled_quantity") - F("received"), 0),
                ),
                "tracks_lots": "product__tracks_lots",
            },
            ordering="number",
        ),
        row_actions=(
            "purchasing.confirm",
            "purchasing.receive",
            "purchasing.reopen",
            "purchasing.cancel",
            "purchasing.cancel-remaining",
            "purchasing.close",
        ),
        related=(Related("receipts", _("Receipts"), "order=id:{id}"),),
        create=create_order,
        update=update_order,
        restore=restore_order,
        check_many=check_orders,
        create_many=create_orders,
        computed=("total",),
        delete=delete_order,
        frozen=why_not_changeable,
        import_synonyms={
            "external_id": ("order id", "order no", "order number", "purchase order", "po", "po number"),
            "supplier": ("vendor", "supplier id", "vendor id"),
            "ordered_on": ("order date", "date"),
            "lines.product": ("item", "item code", "sku", "part", "product id"),
            "lines.quantity": ("qty", "ordered"),
            "lines.unit_price": ("price", "cost", "unit cost"),
            "lines.unit": ("uom",),
        },
        import_examples={"external_id": "4711", "lines.quantity": "1", "lines.unit_price": "2.50"},
    )
)

register(
    Resource(
        name="receipts",
        model=Receipt,
        module="purchasing",
        title=_("Goods receipts"),
        title_one=_("Goods receipt"),
        document=True,
        key="number",
        label=("number",),
        fields=(
            "number",
            "order",
            "state",
            "received_at",
            "delivery_note",
            "location",
            "receiver",
            "reversed_at",
            "notes",
        ),
        extra={"supplier_code": "order__supplier__code", "supplier_name": "order__supplier__name"},
        columns=(
            "number",
            "order_number",
            "supplier_name",
            "state",
            "received_at",
            "delivery_note",
            "location_code",
        ),
        search=("number", "order__number", "order__supplier__name", "delivery_note"),
        identifiers=("delivery_note",),
        named_filters={"posted": (_("Posted"), Q(state=Receipt.State.POSTED))},
        ordering="-received_at",
        lines=Lines(
            name="lines",
            model=ReceiptLine,
            parent="receipt",
            fields=("number", "product", "unit", "accepted", "rejected", "reject_reason", "lot", "location"),
            extra={"order_line_number": "order_line__number", "expiry_date": "lot__expiry_date"},
            ordering="number",
        ),
        row_actions=("purchasing.reverse-receipt",),
        operations=("list", "export"),
    )
)
