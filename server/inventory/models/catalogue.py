"""Products, the units they are counted in, the codes they are scanned by, and what suppliers ask for them."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from server.core.fields import PercentField, QuantityField, RateField, UnitPriceField
from server.core.tenancy import Record, external_id_constraint
from server.core.validation import refuse_cycle
from server.inventory.gtin import is_gtin
from server.organizations.currencies import validate_currency


class UnitOfMeasure(Record):
    """A unit such as pound, kilogram, each or case."""

    class Dimension(models.TextChoices):
        COUNT = "count", _("count")
        WEIGHT = "weight", _("weight")
        VOLUME = "volume", _("volume")
        LENGTH = "length", _("length")
        AREA = "area", _("area")
        TIME = "time", _("time")

    lock_rank = 12

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=100)
    dimension = models.CharField(
        _("dimension"), max_length=10, choices=Dimension.choices, default=Dimension.COUNT
    )
    factor = RateField(
        _("factor"),
        null=True,
        blank=True,
        help_text=_(
            "How many of the dimension's reference unit it is (kilogram, litre, metre …); empty where it depends on the product."
        ),
    )
    decimals = models.PositiveSmallIntegerField(
        _("decimals"),
        default=6,
        validators=[MaxValueValidator(6)],
        help_text=_("0 for what is only counted in whole pieces."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("unit of measure")
        verbose_name_plural = _("units of measure")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="unit_code"),
            external_id_constraint("unit"),
            models.CheckConstraint(
                condition=models.Q(factor__isnull=True) | models.Q(factor__gt=0), name="unit_factor_positive"
            ),
            models.CheckConstraint(condition=models.Q(decimals__lte=6), name="unit_decimals"),
        ]

    def __str__(self) -> str:
        return self.code


class Category(Record):
    """A family of products; families nest."""

    lock_rank = 12

    code = models.CharField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    translations = models.JSONField(_("translations"), default=dict, blank=True, editable=False)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent category"),
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="category_code"),
            external_id_constraint("category"),
        ]
        indexes = [models.Index(fields=["organization", "name", "id"], name="category_by_name")]

    def clean(self) -> None:
        super().clean()
        refuse_cycle(self, "parent")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Product(Record):
    """Something bought, stored or sold. Its stock is kept in the base unit, which never changes once it moved."""

    lock_rank = 13
    # What `clean` guards in a product that exists; a file that touches neither is taken in without asking it.
    guarded_fields = frozenset({"unit", "tracks_lots"})

    code = models.CharField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True, default="")
    translations = models.JSONField(_("translations"), default=dict, blank=True, editable=False)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    unit = models.ForeignKey(
        UnitOfMeasure,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("base unit"),
        help_text=_("The unit that stock is kept in."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    tracks_lots = models.BooleanField(_("tracked by lot"), default=False)
    shelf_life_days = models.PositiveIntegerField(_("shelf life (days)"), null=True, blank=True)
    over_receipt_percent = PercentField(
        _("over-receipt tolerance (%)"),
        null=True,
        blank=True,
        help_text=_("How much more than ordered may be received; empty means that of the organization."),
    )
    minimum_level = QuantityField(
        _("minimum level"),
        null=True,
        blank=True,
        help_text=_("Below it, somebody is told. In the base unit."),
    )
    maximum_level = QuantityField(
        _("maximum level"), null=True, blank=True, help_text=_("Ordering fills up to it. In the base unit.")
    )
    order_multiple = QuantityField(
        _("order multiple"),
        null=True,
        blank=True,
        help_text=_("Orders are rounded up to a multiple of it. In the base unit."),
    )
    standard_cost = UnitPriceField(
        _("standard cost"), null=True, blank=True, help_text=_("For one base unit, in the base currency.")
    )
    list_price = UnitPriceField(
        _("list price"), null=True, blank=True, help_text=_("For one base unit, in the base currency.")
    )
    net_weight = QuantityField(_("net weight (kg)"), null=True, blank=True, help_text=_("Of one base unit."))
    gross_weight = QuantityField(
        _("gross weight (kg)"), null=True, blank=True, help_text=_("Of one base unit with its packaging.")
    )
    country_of_origin = models.CharField(
        _("country of origin"), max_length=2, blank=True, default="", help_text=_("Two letters (ISO 3166-1).")
    )
    storage = models.CharField(
        _("storage"), max_length=100, blank=True, default="", help_text=_("Such as frozen, chilled, dry.")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="product_code"),
            external_id_constraint("product"),
            models.CheckConstraint(
                condition=models.Q(over_receipt_percent__isnull=True) | models.Q(over_receipt_percent__gte=0),
                name="product_tolerance_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(order_multiple__isnull=True) | models.Q(order_multiple__gt=0),
                name="product_order_multiple_positive",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "name", "id"], name="product_by_name"),
            models.Index(fields=["organization", "category", "code"], name="product_by_category"),
        ]

    def clean(self) -> None:
        """Refuse to change the base unit of stock that moved, or how stock that lies there is tracked."""
        super().clean()
        before = Product.objects.within(self).filter(pk=self.pk).values("unit_id", "tracks_lots").first()
        if before is None:
            return
        if before["unit_id"] != self.unit_id and self.moves.exists():
            raise ValidationError(
                {
                    "unit": translate(
                        "Stock of this product has moved already, so its base unit stays. Make a new product."
                    )
                }
            )
        if (
            before["tracks_lots"] != self.tracks_lots
            and self.balances.filter(is_internal=True).exclude(quantity=0).exists()
        ):
            raise ValidationError(
                {
                    "tracks_lots": translate(
                        "There is stock of this product. Adjust it to zero before you change the tracking."
                    )
                }
            )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProductUnit(Record):
    """Another unit or a pack of one product, such as a case of 20 pounds."""

    lock_rank = 14

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="units", verbose_name=_("product")
    )
    unit = models.ForeignKey(
        UnitOfMeasure, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    factor = RateField(_("factor"), help_text=_("How many base units one of it is."))
    description = models.CharField(_("description"), max_length=100, blank=True, default="")
    is_purchase_unit = models.BooleanField(_("unit of purchase"), default=False)
    is_sales_unit = models.BooleanField(_("unit of sale"), default=False)

    class Meta:
        verbose_name = _("unit of a product")
        verbose_name_plural = _("units of products")
        constraints = [
            models.UniqueConstraint(fields=["organization", "product", "unit"], name="product_unit_once"),
            external_id_constraint("product_unit"),
            models.CheckConstraint(condition=models.Q(factor__gt=0), name="product_unit_factor_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} {self.unit.code}"


class Barcode(Record):
    """A code that a scanner reads for one product, in one of its units. A product has as many as it needs."""

    class Symbology(models.TextChoices):
        GTIN = "gtin", _("GTIN (EAN, UPC)")
        FREE = "free", _("free")

    lock_rank = 14

    code = models.CharField(_("barcode"), max_length=100)
    symbology = models.CharField(_("kind"), max_length=10, choices=Symbology.choices, default=Symbology.GTIN)
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="barcodes", verbose_name=_("product")
    )
    unit = models.ForeignKey(
        UnitOfMeasure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("What one scan stands for; empty means one base unit."),
    )

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="barcode_code"),
            external_id_constraint("barcode"),
        ]
        indexes = [models.Index(fields=["organization", "product"], name="barcode_product")]

    def clean(self) -> None:
        super().clean()
        if self.symbology == self.Symbology.GTIN and not is_gtin(self.code):
            raise ValidationError(
                {
                    "code": translate(
                        "This is no GTIN: 8, 12, 13 or 14 digits, the last of which is the check digit."
                    )
                }
            )

    def __str__(self) -> str:
        return self.code


class SupplierPrice(Record):
    """What a supplier asks for a product from a quantity on, while it is valid."""

    lock_rank = 14
    reference_roles = {"supplier": "suppliers"}

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="supplier_prices", verbose_name=_("product")
    )
    supplier = models.ForeignKey(
        "partners.Partner",
        on_delete=models.PROTECT,
        related_name="supplier_prices",
        verbose_name=_("supplier"),
    )
    supplier_item_code = models.CharField(_("supplier's code"), max_length=50, blank=True, default="")
    unit = models.ForeignKey(
        UnitOfMeasure, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    currency = models.CharField(
        _("currency"), max_length=3, validators=[validate_currency], help_text=_("Three letters (ISO 4217).")
    )
    price = UnitPriceField(_("price"))
    minimum_quantity = QuantityField(_("from quantity"), default=0, help_text=_("In the unit of the price."))
    multiple = QuantityField(
        _("multiple"),
        null=True,
        blank=True,
        help_text=_("Only sold in multiples of it, in the unit of the price."),
    )
    lead_time_days = models.PositiveSmallIntegerField(_("lead time (days)"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    preferred = models.BooleanField(_("preferred"), default=False)

    class Meta:
        verbose_name = _("supplier price")
        verbose_name_plural = _("supplier prices")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organization",
                    "product",
                    "supplier",
                    "unit",
                    "currency",
                    "minimum_quantity",
                    "valid_from",
                ],
                condition=models.Q(valid_from__isnull=False),
                name="supplier_price_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "product", "supplier", "unit", "currency", "minimum_quantity"],
                condition=models.Q(valid_from__isnull=True),
                name="supplier_price_undated_once",
            ),
            external_id_constraint("supplier_price"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="supplier_price_not_negative"),
            models.CheckConstraint(
                condition=models.Q(minimum_quantity__gte=0), name="supplier_price_from_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(multiple__isnull=True) | models.Q(multiple__gt=0),
                name="supplier_price_multiple_positive",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "supplier", "product"], name="supplier_price_by_supplier"),
            models.Index(fields=["organization", "supplier_item_code"], name="supplier_price_by_item_code"),
        ]

    def __str__(self) -> str:
        return f"{self.product} – {self.supplier}"
