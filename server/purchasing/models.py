"""Purchase orders and the goods receipts against them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.fields import MoneyField, QuantityField, RateField, UnitPriceField
from server.core.tenancy import Record, TenantModel, external_id_constraint
from server.organizations.currencies import validate_currency


class PurchaseOrder(Record):
    """An order to a supplier, optionally placed to serve one customer (X-18)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CONFIRMED = "confirmed", _("confirmed")
        PARTIALLY_RECEIVED = "partially_received", _("partially received")
        RECEIVED = "received", _("received")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    lock_rank = 20
    reference_roles = {"supplier": "suppliers", "customer": "customers"}

    number = models.CharField(_("number"), max_length=50)
    supplier = models.ForeignKey(
        "partners.Partner",
        on_delete=models.PROTECT,
        related_name="purchase_orders",
        verbose_name=_("supplier"),
    )
    customer = models.ForeignKey(
        "partners.Partner",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="served_by_purchase_orders",
        verbose_name=_("customer"),
        help_text=_("The customer that this order serves, if it is for one."),
    )
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.DRAFT)
    ordered_on = models.DateField(_("ordered on"), blank=True, help_text=_("Empty means today."))
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[validate_currency],
        blank=True,
        help_text=_("Three letters (ISO 4217); empty means that of the supplier."),
    )
    rate = RateField(
        _("rate"),
        blank=True,
        help_text=_("What one unit of the order's currency is worth in the base currency."),
    )
    location = models.ForeignKey(
        "inventory.Location",
        on_delete=models.PROTECT,
        blank=True,
        related_name="+",
        verbose_name=_("receive at"),
        help_text=_("Empty means the usual place of the organization."),
    )
    supplier_reference = models.CharField(_("supplier's reference"), max_length=100, blank=True, default="")
    payment_terms_days = models.PositiveSmallIntegerField(
        _("payment terms (days)"), blank=True, help_text=_("Empty means those of the supplier.")
    )
    notes = models.TextField(_("notes"), blank=True, default="")
    total = MoneyField(_("total"), default=0, help_text=_("In the order's currency."))
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("buyer"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed or cancelled"), null=True, blank=True)

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="purchase_order_number"),
            external_id_constraint("purchase_order"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="purchase_order_rate_positive"),
        ]
        indexes = [
            models.Index(fields=["organization", "-ordered_on", "-id"], name="purchase_order_by_date"),
            models.Index(fields=["organization", "state", "expected_on"], name="purchase_order_by_state"),
            models.Index(
                fields=["organization", "supplier", "-ordered_on"], name="purchase_order_by_supplier"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(TenantModel):
    """One product of an order. Quantities are in the line's unit, `base_quantity` in the product's base unit."""

    lock_rank = 30

    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order")
    )
    number = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(
        "inventory.Product",
        on_delete=models.PROTECT,
        related_name="purchase_order_lines",
        verbose_name=_("product"),
    )
    description = models.CharField(_("description"), max_length=300, blank=True, default="")
    unit = models.ForeignKey(
        "inventory.UnitOfMeasure",
        on_delete=models.PROTECT,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty means the unit that the supplier's price is for."),
    )
    quantity = QuantityField(_("quantity"))
    factor = RateField(_("factor"), default=1, help_text=_("How many base units one of the line's unit is."))
    base_quantity = QuantityField(_("quantity in base unit"))
    unit_price = UnitPriceField(
        _("unit price"),
        blank=True,
        help_text=_("For one of the line's unit, in the order's currency. Empty means the supplier's price."),
    )
    amount = MoneyField(_("amount"))
    received = QuantityField(_("received"), default=0)
    rejected = QuantityField(_("rejected"), default=0)
    cancelled_quantity = QuantityField(_("cancelled"), default=0)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "order", "number"], name="purchase_order_line_number"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="purchase_order_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0), name="purchase_order_line_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(received__gte=0)
                & models.Q(rejected__gte=0)
                & models.Q(cancelled_quantity__gte=0),
                name="purchase_order_line_progress_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "product", "-id"], name="purchase_order_line_product")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"


class Receipt(Record):
    """Goods that arrived for an order: posted at once, taken back as a whole."""

    class State(models.TextChoices):
        POSTED = "posted", _("posted")
        REVERSED = "reversed", _("reversed")

    lock_rank = 40

    number = models.CharField(_("number"), max_length=50)
    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("order")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.POSTED)
    received_at = models.DateTimeField(_("received"))
    delivery_note = models.CharField(_("delivery note"), max_length=100, blank=True, default="")
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("received by"),
    )
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("goods receipt")
        verbose_name_plural = _("goods receipts")
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="receipt_number"),
            external_id_constraint("receipt"),
        ]
        indexes = [
            models.Index(fields=["organization", "-received_at", "-id"], name="receipt_by_date"),
            models.Index(fields=["organization", "order"], name="receipt_by_order"),
        ]

    def __str__(self) -> str:
        return self.number


class ReceiptLine(TenantModel):
    """What arrived for one order line, in that line's unit. Only what was accepted moved into stock."""

    lock_rank = 41

    receipt = models.ForeignKey(
        Receipt, on_delete=models.CASCADE, related_name="lines", verbose_name=_("receipt")
    )
    number = models.PositiveIntegerField(_("line"))
    order_line = models.ForeignKey(
        PurchaseOrderLine,
        on_delete=models.PROTECT,
        related_name="receipt_lines",
        verbose_name=_("order line"),
    )
    product = models.ForeignKey(
        "inventory.Product", on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    unit = models.ForeignKey(
        "inventory.UnitOfMeasure", on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    accepted = QuantityField(_("accepted"), default=0)
    rejected = QuantityField(_("rejected"), default=0)
    reject_reason = models.CharField(_("reason for rejecting"), max_length=300, blank=True, default="")
    lot = models.ForeignKey(
        "inventory.Lot",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lot"),
    )
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    move = models.OneToOneField(
        "inventory.StockMove",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="receipt_line",
        verbose_name=_("stock move"),
    )

    class Meta:
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")
        constraints = [
            models.UniqueConstraint(fields=["organization", "receipt", "number"], name="receipt_line_number"),
            models.CheckConstraint(
                condition=models.Q(accepted__gte=0) & models.Q(rejected__gte=0),
                name="receipt_line_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["organization", "order_line"], name="receipt_line_order_line")]

    def __str__(self) -> str:
        return f"{self.receipt_id}/{self.number}"
