"""Business partners as people see them: all of them, those in a role, and the contacts behind them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.core.countries import country_code
from server.core.resources import Lines, Related, Resource, register

from .models import Contact, ContactLink, Partner

_IDENTITY = ("code", "name", "legal_name", "also_known_as", "tax_id")
_STATUS = ("is_active", "blocked_reason")
_PLACE = ("street", "city", "state", "postal_code", "country", "phone", "email", "website")
_TERMS = ("currency", "payment_terms_days")
_SUPPLY = ("lead_time_days", "minimum_order", "rating")
_PLANT = ("establishment_number", "activities", "grant_date")
_REST = ("notes", "external_id")

_SEARCH = ("code", "name", "also_known_as", "city", "establishment_number")
_FILTERS = {
    "active": (_("Active"), Q(is_active=True)),
    "inactive": (_("Not active"), Q(is_active=False)),
    "blocked": (_("Blocked"), ~Q(blocked_reason="")),
}
_CURRENCY = {"minimum_order": "currency", "credit_limit": "currency"}
_CONTACTS = Related("contact-links", _("Contacts"), "partner=id:{id}")
_ORDERED = (
    Related("purchase-orders", _("Purchase orders"), "supplier=id:{id}"),
    Related("supplier-prices", _("Prices"), "supplier=id:{id}"),
)
_SOLD = (
    Related("sales-orders", _("Sales orders"), "customer=id:{id}"),
    Related("opportunities", _("Opportunities"), "customer=id:{id}"),
)
_SYNONYMS = {
    "code": (
        "number",
        "no",
        "id",
        "supplier",
        "supplier code",
        "supplier id",
        "customer code",
        "customer id",
        "vendor",
        "vendor id",
        "vendor number",
        "est number",
        "estnumber",
    ),
    "name": ("company", "company name", "supplier name", "customer name", "vendor name"),
    "also_known_as": ("dba", "dbas", "doing business as", "alias", "trade name"),
    "street": ("address", "street address", "address 1"),
    "city": ("town",),
    "state": ("province", "region", "county"),
    "postal_code": ("zip", "zip code", "postcode", "plz"),
    "phone": ("telephone", "tel", "phone number"),
    "email": ("e-mail", "mail"),
    "website": ("url", "homepage", "web"),
    "tax_id": ("vat", "vat number", "tax number", "ein"),
    "payment_terms_days": ("terms", "payment terms", "net days"),
    "establishment_number": ("establishment", "establishment no", "plant number"),
    "activities": ("activity", "operations"),
    "grant_date": ("grantdate", "granted"),
}

_EXAMPLES = {
    "code": "V-1001",
    "name": "Alder Foods",
    "legal_name": "Alder Foods Inc.",
    "street": "12 Mill Road",
    "postal_code": "80202",
    "state": "CO",
    "payment_terms_days": "30",
}

register(
    Resource(
        name="partners",
        model=Partner,
        module="partners",
        title=_("Business partners"),
        title_one=_("Business partner"),
        fields=(
            *_IDENTITY,
            "is_supplier",
            "is_customer",
            *_STATUS,
            *_PLACE,
            *_TERMS,
            "credit_limit",
            *_SUPPLY,
            *_PLANT,
            *_REST,
        ),
        columns=("code", "name", "is_supplier", "is_customer", "city", "state", "phone", "is_active"),
        identifiers=("tax_id", "establishment_number"),
        currency=_CURRENCY,
        search=_SEARCH,
        named_filters={
            **_FILTERS,
            "suppliers": (_("Suppliers"), Q(is_supplier=True)),
            "customers": (_("Customers"), Q(is_customer=True)),
        },
        ordering="code",
        related=(_CONTACTS, *_ORDERED, *_SOLD),
        import_synonyms=_SYNONYMS,
        import_reading={"country": country_code},
        import_examples=_EXAMPLES,
    )
)

register(
    Resource(
        name="suppliers",
        model=Partner,
        module="partners",
        title=_("Suppliers"),
        title_one=_("Supplier"),
        fields=(*_IDENTITY, *_STATUS, *_PLACE, *_TERMS, *_SUPPLY, *_PLANT, *_REST),
        columns=(
            "code",
            "name",
            "city",
            "state",
            "phone",
            "currency",
            "lead_time_days",
            "rating",
            "is_active",
        ),
        currency=_CURRENCY,
        search=_SEARCH,
        identifiers=("tax_id", "establishment_number"),
        named_filters=_FILTERS,
        ordering="code",
        scope=Q(is_supplier=True),
        defaults={"is_supplier": True},
        related=(*_ORDERED, _CONTACTS),
        import_synonyms=_SYNONYMS,
        import_reading={"country": country_code},
        import_examples=_EXAMPLES,
    )
)

register(
    Resource(
        name="customers",
        model=Partner,
        module="partners",
        title=_("Customers"),
        title_one=_("Customer"),
        fields=(*_IDENTITY, *_STATUS, *_PLACE, *_TERMS, "credit_limit", *_REST),
        columns=("code", "name", "city", "state", "phone", "currency", "credit_limit", "is_active"),
        currency=_CURRENCY,
        search=_SEARCH,
        identifiers=("tax_id",),
        named_filters=_FILTERS,
        ordering="code",
        scope=Q(is_customer=True),
        defaults={"is_customer": True},
        related=(*_SOLD, _CONTACTS),
        import_synonyms=_SYNONYMS,
        import_reading={"country": country_code},
        import_examples=_EXAMPLES,
    )
)

register(
    Resource(
        name="contacts",
        model=Contact,
        module="partners",
        title=_("Contacts"),
        title_one=_("Contact"),
        key="name",
        label=("name",),
        fields=(
            "name",
            "kind",
            "position",
            "email",
            "phone",
            "mobile",
            "language",
            "is_active",
            "notes",
            "external_id",
        ),
        personal=("name", "email", "phone", "mobile"),
        columns=("name", "position", "email", "phone", "is_active"),
        search=("name", "position", "email"),
        identifiers=("email", "phone", "mobile"),
        named_filters={"active": (_("Active"), Q(is_active=True))},
        ordering="name",
        lines=Lines(
            name="partners", model=ContactLink, parent="contact", fields=("partner", "role", "is_primary")
        ),
        import_synonyms={
            "name": ("contact", "full name"),
            "email": ("e-mail", "mail"),
            "phone": ("telephone", "tel"),
            "position": ("title", "job title"),
        },
    )
)

register(
    Resource(
        name="contact-links",
        model=ContactLink,
        module="partners",
        title=_("Contacts of partners"),
        title_one=_("Contact of a partner"),
        key="role",
        label=("role",),
        fields=("partner", "contact", "role", "is_primary"),
        personal=("contact",),
        extra={"position": "contact__position", "email": "contact__email", "phone": "contact__phone"},
        columns=("contact_name", "role", "position", "email", "phone", "partner_name"),
        search=("contact__name", "partner__name", "role"),
        findable=False,
        ordering="id",
        operations=("list", "export"),
    )
)
