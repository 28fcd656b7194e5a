"""Where stock lies, and the lots that it lies in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import Record, external_id_constraint
from server.core.validation import refuse_cycle


class Location(Record):
    """A place that stock moves from or to. Only internal places hold what we own; the others are counterparts."""

    class Kind(models.TextChoices):
        INTERNAL = "internal", _("internal")
        SUPPLIER = "supplier", _("supplier")
        CUSTOMER = "customer", _("customer")
        ADJUSTMENT = "adjustment", _("adjustment")
        SCRAP = "scrap", _("scrap")
        PRODUCTION = "production", _("production")
        TRANSIT = "transit", _("transit")

    lock_rank = 12

    code = models.CharField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.INTERNAL)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="location_code"),
            external_id_constraint("location"),
        ]
        indexes = [models.Index(fields=["organization", "kind", "code"], name="location_by_kind")]

    def clean(self) -> None:
        super().clean()
        refuse_cycle(self, "parent")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Lot(Record):
    """A quantity of one product that was made, received or expires together."""

    lock_rank = 50
    reference_roles = {"supplier": "suppliers"}

    code = models.CharField(_("lot"), max_length=60)
    product = models.ForeignKey(
        "inventory.Product", on_delete=models.PROTECT, related_name="lots", verbose_name=_("product")
    )
    supplier = models.ForeignKey(
        "partners.Partner",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("supplier"),
    )
    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    expiry_date = models.DateField(_("use by"), null=True, blank=True)
    received_at = models.DateTimeField(_("first received"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.UniqueConstraint(fields=["organization", "product", "code"], name="lot_code"),
            external_id_constraint("lot"),
        ]
        indexes = [
            models.Index(fields=["organization", "expiry_date", "id"], name="lot_by_expiry"),
            models.Index(fields=["organization", "code"], name="lot_by_code"),
        ]

    def __str__(self) -> str:
        return self.code
