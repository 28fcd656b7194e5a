"""Business partners: one party with roles (X-19), and the people behind it, who may serve several parties."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.fields import MoneyField
from server.core.tenancy import Record, TenantModel, external_id_constraint
from server.organizations.currencies import validate_currency


class Partner(Record):
    """A party that we buy from, sell to, or both."""

    lock_rank = 10

    code = models.CharField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=200)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True, default="")
    also_known_as = models.TextField(
        _("also known as"),
        blank=True,
        default="",
        help_text=_("Other names it trades under, separated by semicolons."),
    )
    tax_id = models.CharField(_("tax number"), max_length=50, blank=True, default="")
    is_supplier = models.BooleanField(_("supplier"), default=False)
    is_customer = models.BooleanField(_("customer"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    blocked_reason = models.CharField(
        _("blocked because"),
        max_length=300,
        blank=True,
        default="",
        help_text=_("While this is filled, nothing new can be ordered."),
    )

    street = models.CharField(_("street"), max_length=200, blank=True, default="")
    city = models.CharField(_("city"), max_length=100, blank=True, default="")
    state = models.CharField(_("state"), max_length=100, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="")
    country = models.CharField(
        _("country"), max_length=2, blank=True, default="", help_text=_("Two letters (ISO 3166-1).")
    )
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    website = models.URLField(_("website"), max_length=300, blank=True, default="")

    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[validate_currency],
        blank=True,
        default="",
        help_text=_("Three letters (ISO 4217); empty means that of the organization."),
    )
    payment_terms_days = models.PositiveSmallIntegerField(_("payment terms (days)"), default=30)
    credit_limit = MoneyField(
        _("credit limit"), null=True, blank=True, help_text=_("Of a customer; empty means no limit.")
    )
    lead_time_days = models.PositiveSmallIntegerField(
        _("lead time (days)"), null=True, blank=True, help_text=_("Of a supplier, from order to delivery.")
    )
    minimum_order = MoneyField(
        _("minimum order"),
        null=True,
        blank=True,
        help_text=_("The smallest order that a supplier accepts, in its currency."),
    )
    rating = models.PositiveSmallIntegerField(
        _("rating"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Quality of a supplier, 0 to 100."),
    )

    establishment_number = models.CharField(
        _("establishment number"),
        max_length=50,
        blank=True,
        default="",
        help_text=_("Number of an inspected meat or poultry plant."),
    )
    activities = models.TextField(
        _("activities"), blank=True, default="", help_text=_("What the plant is inspected for.")
    )
    grant_date = models.DateField(_("granted on"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("business partner")
        verbose_name_plural = _("business partners")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="partner_code"),
            external_id_constraint("partner"),
            models.CheckConstraint(
                condition=models.Q(credit_limit__isnull=True) | models.Q(credit_limit__gte=0),
                name="partner_credit_limit_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_order__isnull=True) | models.Q(minimum_order__gte=0),
                name="partner_minimum_order_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "name", "id"], name="partner_by_name"),
            models.Index(
                fields=["organization", "code"],
                condition=models.Q(is_supplier=True),
                name="partner_suppliers",
            ),
            models.Index(
                fields=["organization", "code"],
                condition=models.Q(is_customer=True),
                name="partner_customers",
            ),
            models.Index(fields=["organization", "establishment_number"], name="partner_establishment"),
            models.Index(fields=["organization", "state", "city"], name="partner_place"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Contact(Record):
    """A person, or a role such as “Accounts payable”, reachable for one or several partners (B-029…B-032)."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ROLE = "role", _("role")

    lock_rank = 11

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    position = models.CharField(_("position"), max_length=100, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="")
    mobile = models.CharField(_("mobile"), max_length=50, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    partners = models.ManyToManyField(
        Partner, through="ContactLink", related_name="contacts", verbose_name=_("partners")
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [external_id_constraint("contact")]
        indexes = [
            models.Index(fields=["organization", "name", "id"], name="contact_by_name"),
            models.Index(fields=["organization", "email"], name="contact_by_email"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactLink(TenantModel):
    """That a contact speaks for a partner, and as what."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="links", verbose_name=_("contact")
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="contact_links", verbose_name=_("partner")
    )
    role = models.CharField(
        _("role"),
        max_length=100,
        blank=True,
        default="",
        help_text=_("Such as sales, quality, accounts payable."),
    )
    is_primary = models.BooleanField(_("first contact"), default=False)

    class Meta:
        verbose_name = _("contact of a partner")
        verbose_name_plural = _("contacts of partners")
        constraints = [
            models.UniqueConstraint(fields=["organization", "contact", "partner"], name="contact_link_once")
        ]
        indexes = [models.Index(fields=["organization", "partner"], name="contact_link_partner")]

    def __str__(self) -> str:
        return f"{self.contact} – {self.partner}"
