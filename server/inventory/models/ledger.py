"""The stock ledger: what moved, never changed, and the balances that it adds up to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.fields import QuantityField, UnitPriceField
from server.core.tenancy import TenantModel


class StockMove(TenantModel):
    """A quantity of a product that went from one location to another. The database refuses to change it."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("receipt")
        DELIVERY = "delivery", _("delivery")
        TRANSFER = "transfer", _("transfer")
        ADJUSTMENT = "adjustment", _("adjustment")
        SCRAP = "scrap", _("scrap")
        PRODUCTION = "production", _("production")
        REVERSAL = "reversal", _("reversal")
        OPENING = "opening", _("opening stock")

    # Constant, because a move never changes; operations name the version of what they act on.
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    product = models.ForeignKey(
        "inventory.Product", on_delete=models.PROTECT, related_name="moves", verbose_name=_("product")
    )
    lot = models.ForeignKey(
        "inventory.Lot",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="moves",
        verbose_name=_("lot"),
    )
    from_location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, related_name="+", verbose_name=_("from")
    )
    to_location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, related_name="+", verbose_name=_("to")
    )
    quantity = QuantityField(_("quantity"), help_text=_("In the base unit of the product."))
    entered_quantity = QuantityField(_("quantity as entered"))
    entered_unit = models.ForeignKey(
        "inventory.UnitOfMeasure",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("unit as entered"),
    )
    unit_cost = UnitPriceField(
        _("unit cost"), null=True, blank=True, help_text=_("For one base unit, in the base currency.")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    effective_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"))
    reverses = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("takes back"),
    )
    document_type = models.CharField(_("kind of document"), max_length=60, blank=True, default="")
    document_id = models.BigIntegerField(_("document"), null=True, blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True, default="")
    change_set = models.UUIDField(_("change set"), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="stock_move_quantity_positive"),
            models.CheckConstraint(
                condition=~models.Q(from_location=models.F("to_location")),
                name="stock_move_between_two_locations",
            ),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                condition=models.Q(reverses__isnull=False),
                name="stock_move_reversed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-effective_at", "-id"], name="stock_move_by_time"),
            models.Index(
                fields=["organization", "product", "-effective_at", "-id"], name="stock_move_by_product"
            ),
            models.Index(
                fields=["organization", "document_type", "document_id"], name="stock_move_by_document"
            ),
            models.Index(fields=["organization", "change_set"], name="stock_move_by_change_set"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.quantity}"


class StockBalance(TenantModel):
    """How much of a product (and lot) is at a location: always the sum of its moves.

    The row of a virtual location is the counterpart and may be negative. `is_internal` repeats the kind of
    the location, which never changes, so that the database itself can refuse stock that is not there.
    """

    lock_rank = 60

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    product = models.ForeignKey(
        "inventory.Product", on_delete=models.PROTECT, related_name="balances", verbose_name=_("product")
    )
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, related_name="balances", verbose_name=_("location")
    )
    lot = models.ForeignKey(
        "inventory.Lot",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="balances",
        verbose_name=_("lot"),
    )
    is_internal = models.BooleanField(_("internal"), editable=False)
    quantity = QuantityField(_("quantity"), default=0, help_text=_("In the base unit of the product."))
    changed_at = models.DateTimeField(_("last moved"))

    class Meta:
        verbose_name = _("stock balance")
        verbose_name_plural = _("stock balances")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "product", "location", "lot"],
                condition=models.Q(lot__isnull=False),
                name="stock_balance_of_lot",
            ),
            models.UniqueConstraint(
                fields=["organization", "product", "location"],
                condition=models.Q(lot__isnull=True),
                name="stock_balance_without_lot",
            ),
            models.CheckConstraint(
                condition=models.Q(is_internal=False) | models.Q(quantity__gte=0),
                name="stock_balance_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "location", "product"], name="stock_balance_by_location"),
            models.Index(
                fields=["organization", "product"],
                condition=models.Q(is_internal=True),
                name="stock_balance_on_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} @ {self.location_id}: {self.quantity}"
