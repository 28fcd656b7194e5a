"""Products, what belongs to them, and the stock of them, as people see them."""

from django.db.models import F, Q
from django.db.models.functions import Now, TruncDate
from django.db.models.lookups import LessThan
from django.utils.translation import gettext_lazy as _

from server.core.countries import country_code
from server.core.resources import Column, Related, Resource, register

from .models import (
    Barcode,
    Category,
    Location,
    Lot,
    OpeningStock,
    Product,
    ProductUnit,
    StockBalance,
    StockMove,
    SupplierPrice,
    UnitOfMeasure,
)
from .opening import check_openings, create_opening, create_openings, take_back_openings
from .selectors import on_hand

_ACTIVE = {"active": (_("Active"), Q(is_active=True)), "inactive": (_("Not active"), Q(is_active=False))}

register(
    Resource(
        name="units",
        model=UnitOfMeasure,
        module="inventory",
        title=_("Units of measure"),
        title_one=_("Unit of measure"),
        fields=("code", "name", "dimension", "factor", "decimals", "is_active", "external_id"),
        create_only=("dimension",),
        columns=("code", "name", "dimension", "factor", "decimals"),
        search=("code", "name"),
        named_filters=_ACTIVE,
        ordering="code",
        import_examples={
            "code": "CASE",
            "name": "Case",
            "dimension": "count",
            "decimals": "0",
        },
    )
)

register(
    Resource(
        name="categories",
        model=Category,
        module="inventory",
        title=_("Categories"),
        title_one=_("Category"),
        fields=("code", "name", "parent", "external_id"),
        columns=("code", "name", "parent_name"),
        search=("code", "name"),
        ordering="code",
        related=(Related("products", _("Products"), "category=id:{id}"),),
        import_examples={
            "code": "BEEF",
            "name": "Beef",
        },
    )
)

register(
    Resource(
        name="products",
        model=Product,
        module="inventory",
        title=_("Products"),
        title_one=_("Product"),
        fields=(
            "code",
            "name",
            "description",
            "category",
            "unit",
            "is_active",
            "tracks_lots",
            "shelf_life_days",
            "storage",
            "over_receipt_percent",
            "minimum_level",
            "maximum_level",
            "order_multiple",
            "standard_cost",
            "list_price",
            "net_weight",
            "gross_weight",
            "country_of_origin",
            "external_id",
        ),
        extra={"on_hand": Column(_("On hand"), "quantity", on_hand())},
        unit=dict.fromkeys(("on_hand", "minimum_level", "maximum_level", "order_multiple"), "unit_code"),
        columns=(
            "code",
            "name",
            "category_name",
            "unit_code",
            "on_hand",
            "minimum_level",
            "standard_cost",
            "is_active",
        ),
        search=("code", "name"),
        named_filters={
            **_ACTIVE,
            "lots": (_("Tracked by lot"), Q(tracks_lots=True)),
            "below_minimum": (
                _("Below the minimum level"),
                Q(minimum_level__isnull=False) & Q(LessThan(on_hand(), F("minimum_level"))),
            ),
        },
        ordering="code",
        related=(
            Related("stock-balances", _("Stock"), "product=id:{id},on_hand"),
            Related("stock-moves", _("Moves"), "product=id:{id}"),
            Related("supplier-prices", _("Supplier prices"), "product=id:{id}"),
            Related("lots", _("Lots"), "product=id:{id}"),
            Related("barcodes", _("Barcodes"), "product=id:{id}"),
            Related("product-units", _("Units"), "product=id:{id}"),
        ),
        import_synonyms={
            "code": (
                "sku",
                "item",
                "item number",
                "item no",
                "article",
                "article number",
                "product",
                "product code",
                "product id",
                "part number",
                "ipn",
                "ndb no",
            ),
            "name": ("description", "title", "product name", "item name", "long description", "long desc"),
            "description": ("long text", "details", "short description"),
            "category": ("group", "product group", "family", "category code", "category id"),
            "unit": ("uom", "base unit", "unit of measure", "me"),
            "standard_cost": ("cost", "unit cost", "purchase price"),
            "list_price": ("price", "sales price", "unit price"),
            "minimum_level": ("min", "minimum", "reorder point", "reorder level", "min stock"),
            "maximum_level": ("max", "maximum", "max stock"),
            "net_weight": ("weight",),
            "country_of_origin": ("origin", "country"),
        },
        import_reading={"country_of_origin": country_code},
        import_examples={
            "code": "PN-1001",
            "name": "Beef shoulder, boneless",
            "storage": "Chilled, 0 to 4 °C",
            "shelf_life_days": "21",
            "minimum_level": "10",
            "maximum_level": "100",
            "list_price": "7.95",
        },
    )
)

register(
    Resource(
        name="product-units",
        model=ProductUnit,
        module="inventory",
        title=_("Units of products"),
        title_one=_("Unit of a product"),
        key="description",
        label=("description",),
        fields=(
            "product",
            "unit",
            "factor",
            "description",
            "is_purchase_unit",
            "is_sales_unit",
            "external_id",
        ),
        create_only=("product", "unit"),
        columns=("product_code", "product_name", "unit_code", "factor", "description"),
        positive=("factor",),
        search=("product__code", "product__name", "description"),
        findable=False,
        ordering="id",
        import_examples={
            "factor": "12",
            "description": "Case of 12",
        },
    )
)

register(
    Resource(
        name="barcodes",
        model=Barcode,
        module="inventory",
        title=_("Barcodes"),
        title_one=_("Barcode"),
        label=("code",),
        fields=("code", "symbology", "product", "unit", "external_id"),
        columns=("code", "product_code", "product_name", "unit_code", "symbology"),
        search=("code", "product__code", "product__name"),
        stands_for="product",
        ordering="code",
        import_synonyms={"code": ("barcode", "gtin", "ean", "upc")},
        import_examples={
            "code": "5901234123457",
            "symbology": "gtin",
        },
    )
)

register(
    Resource(
        name="supplier-prices",
        model=SupplierPrice,
        module="inventory",
        title=_("Supplier prices"),
        title_one=_("Supplier price"),
        key="supplier_item_code",
        label=("supplier_item_code",),
        fields=(
            "product",
            "supplier",
            "supplier_item_code",
            "unit",
            "currency",
            "price",
            "minimum_quantity",
            "multiple",
            "lead_time_days",
            "valid_from",
            "valid_until",
            "preferred",
            "external_id",
        ),
        currency={"price": "currency"},
        unit={"price": "unit_code", "minimum_quantity": "unit_code", "multiple": "unit_code"},
        columns=(
            "product_code",
            "product_name",
            "supplier_name",
            "unit_code",
            "price",
            "currency",
            "minimum_quantity",
            "preferred",
        ),
        search=("product__code", "product__name", "supplier__name", "supplier_item_code"),
        stands_for="product",
        named_filters={"preferred": (_("Preferred"), Q(preferred=True))},
        ordering="id",
        import_examples={
            "supplier_item_code": "4711-A",
            "price": "6.45",
            "minimum_quantity": "10",
            "lead_time_days": "3",
            "valid_from": "2026-01-01",
        },
    )
)

register(
    Resource(
        name="locations",
        model=Location,
        module="inventory",
        title=_("Locations"),
        title_one=_("Location"),
        fields=("code", "name", "kind", "parent", "is_active", "notes", "external_id"),
        create_only=("kind",),
        columns=("code", "name", "kind", "parent_code", "is_active"),
        search=("code", "name"),
        named_filters={**_ACTIVE, "internal": (_("Our own"), Q(kind=Location.Kind.INTERNAL, is_active=True))},
        ordering="code",
        related=(
            Related("stock-balances", _("Stock"), "location=id:{id},on_hand"),
            Related("locations", _("Parts"), "parent=id:{id}"),
        ),
        import_examples={
            "code": "COLD-1",
            "name": "Cold store 1",
            "kind": "internal",
        },
    )
)

register(
    Resource(
        name="lots",
        model=Lot,
        module="inventory",
        title=_("Lots"),
        title_one=_("Lot"),
        label=("code",),
        fields=(
            "code",
            "product",
            "supplier",
            "produced_on",
            "expiry_date",
            "received_at",
            "is_active",
            "notes",
            "external_id",
        ),
        create_only=("product",),
        columns=("code", "product_code", "product_name", "expiry_date", "received_at", "supplier_name"),
        search=("code", "product__code", "product__name"),
        named_filters={
            **_ACTIVE,
            "expired": (_("Past the use-by date"), Q(expiry_date__lt=TruncDate(Now()))),
        },
        ordering="expiry_date",
        related=(
            Related("stock-balances", _("Stock"), "lot=id:{id},on_hand"),
            Related("stock-moves", _("Moves"), "lot=id:{id}"),
        ),
        import_examples={
            "code": "L-2026-047",
            "produced_on": "2026-11-16",
            "expiry_date": "2026-12-07",
        },
    )
)

register(
    Resource(
        name="stock-balances",
        model=StockBalance,
        module="inventory",
        title=_("Stock"),
        title_one=_("Stock balance"),
        key="product__code",
        label=("quantity",),
        fields=("product", "location", "lot", "quantity", "changed_at"),
        extra={
            "unit_code": "product__unit__code",
            "expiry_date": "lot__expiry_date",
            "location_kind": "location__kind",
        },
        unit={"quantity": "unit_code"},
        totals=("quantity",),
        columns=(
            "product_code",
            "product_name",
            "location_code",
            "lot_code",
            "expiry_date",
            "quantity",
            "unit_code",
        ),
        search=("product__code", "product__name", "lot__code"),
        named_filters={"on_hand": (_("On hand"), Q(is_internal=True) & ~Q(quantity=0))},
        ordering="id",
        operations=("list", "export"),
    )
)

register(
    Resource(
        name="stock-moves",
        model=StockMove,
        module="inventory",
        title=_("Stock moves"),
        title_one=_("Stock move"),
        key="document_number",
        label=("document_number",),
        fields=(
            "effective_at",
            "kind",
            "product",
            "lot",
            "from_location",
            "to_location",
            "quantity",
            "entered_quantity",
            "entered_unit",
            "unit_cost",
            "reason",
            "document_number",
            "document_type",
            "document_id",
            "reverses",
            "actor",
            "recorded_at",
            "change_set",
        ),
        extra={"unit_code": "product__unit__code"},
        unit={"quantity": "unit_code", "entered_quantity": "entered_unit_code"},
        columns=(
            "effective_at",
            "kind",
            "product_code",
            "lot_code",
            "from_location_code",
            "to_location_code",
            "quantity",
            "unit_code",
            "document_number",
        ),
        search=("product__code", "product__name", "lot__code", "document_number"),
        findable=False,
        ordering="-effective_at",
        row_actions=("inventory.reverse-move",),
        operations=("list", "export"),
    )
)

register(
    Resource(
        name="opening-stock",
        model=OpeningStock,
        module="inventory",
        title=_("Opening stock"),
        title_one=_("Opening stock"),
        key="number",
        label=("number",),
        fields=(
            "number",
            "product",
            "location",
            "lot",
            "expiry_date",
            "quantity",
            "unit",
            "unit_cost",
            "opened_on",
            "base_quantity",
            "value",
            "external_id",
        ),
        read_only=("number", "base_quantity", "value"),
        extra={"base_unit_code": "product__unit__code"},
        positive=("quantity",),
        unit={"quantity": "unit_code", "unit_cost": "unit_code", "base_quantity": "base_unit_code"},
        totals=("value",),
        columns=(
            "number",
            "product_code",
            "product_name",
            "location_code",
            "lot",
            "expiry_date",
            "quantity",
            "unit_code",
            "value",
            "opened_on",
        ),
        search=("number", "product__code", "product__name", "lot"),
        findable=False,
        ordering="id",
        row_actions=("inventory.take-back-opening",),
        create=create_opening,
        check_many=check_openings,
        create_many=create_openings,
        take_back_many=take_back_openings,
        instead_of_changing=_("Take the opening stock back first, or adjust the stock."),
        alike={"expiry_date": ("product", "lot")},
        operations=("list", "create", "import", "export"),
        import_synonyms={
            "product": ("item", "item code", "sku", "article", "material", "part", "product code"),
            "location": ("warehouse", "bin", "place", "storage location", "stock location"),
            "lot": ("batch", "lot number", "lot no", "batch number"),
            "expiry_date": ("expiry", "expires", "best before", "expiration date", "use by date"),
            "quantity": ("qty", "on hand", "stock", "opening quantity", "count"),
            "unit": ("uom", "unit of measure"),
            "unit_cost": ("cost", "price", "unit price", "valuation", "cost price"),
            "opened_on": ("as of", "opening date", "counted on"),
        },
        import_examples={
            "quantity": "120",
            "unit_cost": "6.45",
            "opened_on": "2026-01-01",
        },
    )
)
