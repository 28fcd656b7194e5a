"""Sales orders and opportunities as people see them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.core.resources import Lines, Related, Resource, register

from .models import Opportunity, SalesOrder, SalesOrderLine
from .services import (
    check_sales_orders,
    create_opportunity,
    create_sales_order,
    create_sales_orders,
    delete_sales_order,
    restore_opportunity,
    restore_sales_order,
    update_sales_order,
    why_not_changeable,
)

State = SalesOrder.State
Stage = Opportunity.Stage

register(
    Resource(
        name="sales-orders",
        model=SalesOrder,
        module="sales",
        title=_("Sales orders"),
        title_one=_("Sales order"),
        document=True,
        key="number",
        label=("number",),
        fields=(
            "number",
            "customer",
            "contact",
            "opportunity",
            "state",
            "ordered_on",
            "deliver_on",
            "currency",
            "rate",
            "location",
            "customer_reference",
            "payment_terms_days",
            "seller",
            "total",
            "notes",
            "external_id",
        ),
        read_only=("number", "state", "total"),
        currency={"total": "currency"},
        totals=("total",),
        columns=("number", "customer_name", "state", "ordered_on", "deliver_on", "total", "currency"),
        search=("number", "customer__code", "customer__name", "customer_reference"),
        identifiers=("customer_reference",),
        named_filters={
            "draft": (_("Drafts"), Q(state=State.DRAFT)),
            "open": (_("Not finished"), ~Q(state__in=(State.CLOSED, State.CANCELLED))),
        },
        ordering="-ordered_on",
        lines=Lines(
            name="lines",
            model=SalesOrderLine,
            parent="order",
            fields=(
                "number",
                "product",
                "description",
                "unit",
                "quantity",
                "unit_price",
                "amount",
                "delivered",
                "cancelled_quantity",
                "base_quantity",
                "factor",
            ),
            read_only=("number", "amount", "delivered", "cancelled_quantity", "base_quantity", "factor"),
            computed=("amount", "base_quantity", "factor"),
            ordering="number",
        ),
        create=create_sales_order,
        update=update_sales_order,
        restore=restore_sales_order,
        check_many=check_sales_orders,
        create_many=create_sales_orders,
        computed=("total",),
        delete=delete_sales_order,
        frozen=why_not_changeable,
        import_synonyms={
            "external_id": ("order id", "order no", "order number", "sales order", "so number"),
            "customer": ("client", "customer id", "client id"),
            "ordered_on": ("order date", "date"),
            "deliver_on": ("required date", "delivery date"),
            "lines.product": ("item", "item code", "sku", "part", "product id"),
            "lines.quantity": ("qty", "ordered"),
            "lines.unit_price": ("price",),
            "lines.unit": ("uom",),
        },
        import_examples={"external_id": "10248", "lines.quantity": "1", "lines.unit_price": "2.50"},
    )
)

register(
    Resource(
        name="opportunities",
        model=Opportunity,
        module="sales",
        title=_("Opportunities"),
        title_one=_("Opportunity"),
        key="number",
        label=("number", "name"),
        fields=(
            "number",
            "name",
            "customer",
            "contact",
            "stage",
            "probability",
            "currency",
            "amount",
            "expected_on",
            "owner",
            "notes",
            "external_id",
        ),
        read_only=("number",),
        currency={"amount": "currency"},
        totals=("amount",),
        columns=(
            "number",
            "name",
            "customer_name",
            "stage",
            "probability",
            "amount",
            "currency",
            "expected_on",
        ),
        search=("number", "name", "customer__name"),
        named_filters={"open": (_("Not finished"), ~Q(stage__in=(Stage.WON, Stage.LOST)))},
        ordering="expected_on",
        related=(Related("sales-orders", _("Sales orders"), "opportunity=id:{id}"),),
        create=create_opportunity,
        restore=restore_opportunity,
        operations=("list", "create", "update", "delete", "export"),
    )
)
