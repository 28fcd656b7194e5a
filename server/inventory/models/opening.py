"""What lay at a place when the books were begun."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.fields import MoneyField, QuantityField, UnitPriceField
from server.core.tenancy import Record, external_id_constraint


class OpeningStock(Record):
    """What lay at a place when the books were begun, as it was entered: one move of the ledger, never changed.

    Taken back, it is gone; the ledger keeps the move and the one that took it back.
    """

    lock_rank = 45

    number = models.CharField(_("number"), max_length=50)
    product = models.ForeignKey(
        "inventory.Product", on_delete=models.PROTECT, related_name="opening_stock", verbose_name=_("product")
    )
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    lot = models.CharField(
        _("lot"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("As it stands on the label, for products that are tracked by lot."),
    )
    expiry_date = models.DateField(_("use by"), null=True, blank=True)
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(
        "inventory.UnitOfMeasure",
        on_delete=models.PROTECT,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty means the base unit of the product."),
    )
    unit_cost = UnitPriceField(
        _("unit cost"),
        null=True,
        blank=True,
        help_text=_(
            "For one of the unit, in the base currency. Empty means the standard cost of the product."
        ),
    )
    opened_on = models.DateField(_("date"), blank=True, help_text=_("Empty means today."))
    base_quantity = QuantityField(_("quantity in base unit"))
    value = MoneyField(_("value"), null=True, blank=True, help_text=_("In the base currency."))

    class Meta:
        verbose_name = _("opening stock")
        verbose_name_plural = _("opening stock")
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="opening_stock_number"),
            models.UniqueConstraint(
                fields=["organization", "product", "location", "lot"], name="opening_stock_once"
            ),
            external_id_constraint("opening_stock"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0) & models.Q(base_quantity__gt=0),
                name="opening_stock_quantity_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(unit_cost__isnull=True) | models.Q(unit_cost__gte=0),
                name="opening_stock_cost_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "location", "product"], name="opening_stock_by_location"),
        ]

    def __str__(self) -> str:
        return self.number
