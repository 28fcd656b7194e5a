"""Sales orders, and the opportunities that they come from."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.fields import MoneyField, QuantityField, RateField, UnitPriceField
from server.core.tenancy import Record, TenantModel, external_id_constraint
from server.organizations.currencies import validate_currency


class Opportunity(Record):
    """A sale that may come about."""

    class Stage(models.TextChoices):
        LEAD = "lead", _("lead")
        QUALIFIED = "qualified", _("qualified")
        PROPOSAL = "proposal", _("proposal")
        NEGOTIATION = "negotiation", _("negotiation")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    lock_rank = 20
    reference_roles = {"customer": "customers"}

    number = models.CharField(_("number"), max_length=50)
    name = models.CharField(_("name"), max_length=200)
    customer = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, related_name="opportunities", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        "partners.Contact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.LEAD)
    probability = models.PositiveSmallIntegerField(
        _("probability (%)"), default=0, validators=[MaxValueValidator(100)]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[validate_currency],
        blank=True,
        help_text=_("Three letters (ISO 4217); empty means that of the customer."),
    )
    amount = MoneyField(_("expected amount"), default=0)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="opportunity_number"),
            external_id_constraint("opportunity"),
            models.CheckConstraint(condition=models.Q(probability__lte=100), name="opportunity_probability"),
        ]
        indexes = [
            models.Index(fields=["organization", "stage", "expected_on"], name="opportunity_by_stage"),
            models.Index(fields=["organization", "customer"], name="opportunity_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class SalesOrder(Record):
    """An order of a customer."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CONFIRMED = "confirmed", _("confirmed")
        PARTIALLY_DELIVERED = "partially_delivered", _("partially delivered")
        DELIVERED = "delivered", _("delivered")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    lock_rank = 21
    reference_roles = {"customer": "customers"}

    number = models.CharField(_("number"), max_length=50)
    customer = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, related_name="sales_orders", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        "partners.Contact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
    )
    opportunity = models.ForeignKey(
        Opportunity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sales_orders",
        verbose_name=_("opportunity"),
    )
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.DRAFT)
    ordered_on = models.DateField(_("ordered on"), blank=True, help_text=_("Empty means today."))
    deliver_on = models.DateField(_("deliver on"), null=True, blank=True)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[validate_currency],
        blank=True,
        help_text=_("Three letters (ISO 4217); empty means that of the customer."),
    )
    rate = RateField(
        _("rate"),
        blank=True,
        help_text=_("What one unit of the order's currency is worth in the base currency."),
    )
    location = models.ForeignKey(
        "inventory.Location",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("deliver from"),
    )
    customer_reference = models.CharField(_("customer's reference"), max_length=100, blank=True, default="")
    payment_terms_days = models.PositiveSmallIntegerField(
        _("payment terms (days)"), blank=True, help_text=_("Empty means those of the customer.")
    )
    notes = models.TextField(_("notes"), blank=True, default="")
    total = MoneyField(_("total"), default=0, help_text=_("In the order's currency."))
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("seller"),
    )

    class Meta:
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="sales_order_number"),
            external_id_constraint("sales_order"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="sales_order_rate_positive"),
        ]
        indexes = [
            models.Index(fields=["organization", "-ordered_on", "-id"], name="sales_order_by_date"),
            models.Index(fields=["organization", "state", "deliver_on"], name="sales_order_by_state"),
            models.Index(fields=["organization", "customer", "-ordered_on"], name="sales_order_by_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class SalesOrderLine(TenantModel):
    """One product of a sales order. Quantities are in the line's unit, `base_quantity` in the product's base unit."""

    lock_rank = 31

    order = models.ForeignKey(
        SalesOrder, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order")
    )
    number = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(
        "inventory.Product",
        on_delete=models.PROTECT,
        related_name="sales_order_lines",
        verbose_name=_("product"),
    )
    description = models.CharField(_("description"), max_length=300, blank=True, default="")
    unit = models.ForeignKey(
        "inventory.UnitOfMeasure",
        on_delete=models.PROTECT,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty means the unit of sale."),
    )
    quantity = QuantityField(_("quantity"))
    factor = RateField(_("factor"), default=1, help_text=_("How many base units one of the line's unit is."))
    base_quantity = QuantityField(_("quantity in base unit"))
    unit_price = UnitPriceField(
        _("unit price"),
        blank=True,
        help_text=_("For one of the line's unit, in the order's currency. Empty means the list price."),
    )
    amount = MoneyField(_("amount"))
    delivered = QuantityField(_("delivered"), default=0)
    cancelled_quantity = QuantityField(_("cancelled"), default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "order", "number"], name="sales_order_line_number"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="sales_order_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0), name="sales_order_line_price_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["organization", "product", "-id"], name="sales_order_line_product")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"
