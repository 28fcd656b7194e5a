"""Departments and the people who work in them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import Record, external_id_constraint
from server.core.validation import refuse_cycle


class Department(Record):
    """A part of the organization; departments nest."""

    lock_rank = 12

    code = models.CharField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    manager = models.ForeignKey(
        "hr.Employee",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("manager"),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="department_code"),
            external_id_constraint("department"),
        ]
        indexes = [models.Index(fields=["organization", "name", "id"], name="department_by_name")]

    def clean(self) -> None:
        super().clean()
        refuse_cycle(self, "parent")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Employee(Record):
    """A person who works here. Whether the person may sign in is a matter of the linked user."""

    class EmploymentType(models.TextChoices):
        FULL_TIME = "full_time", _("full time")
        PART_TIME = "part_time", _("part time")
        SEASONAL = "seasonal", _("seasonal")
        CONTRACTOR = "contractor", _("contractor")
        INTERN = "intern", _("intern")

    lock_rank = 13

    badge = models.CharField(
        _("badge"),
        max_length=50,
        help_text=_("The number on the badge, which is that of the time clock and of payroll."),
    )
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    email = models.EmailField(_("e-mail"), blank=True, default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="")
    position = models.CharField(_("position"), max_length=100, blank=True, default="")
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="employees",
        verbose_name=_("department"),
    )
    manager = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("manager"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    employment_type = models.CharField(
        _("employment"), max_length=12, choices=EmploymentType.choices, default=EmploymentType.FULL_TIME
    )
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    private_email = models.EmailField(_("private e-mail"), blank=True, default="")
    private_phone = models.CharField(_("private phone"), max_length=50, blank=True, default="")
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True, default="")
    city = models.CharField(_("city"), max_length=100, blank=True, default="")
    state = models.CharField(_("state"), max_length=100, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="")
    country = models.CharField(
        _("country"), max_length=2, blank=True, default="", help_text=_("Two letters (ISO 3166-1).")
    )
    emergency_contact = models.CharField(_("emergency contact"), max_length=200, blank=True, default="")
    emergency_phone = models.CharField(_("emergency phone"), max_length=50, blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        constraints = [
            models.UniqueConstraint(fields=["organization", "badge"], name="employee_badge"),
            external_id_constraint("employee"),
        ]
        indexes = [
            models.Index(fields=["organization", "last_name", "first_name", "id"], name="employee_by_name"),
            models.Index(fields=["organization", "department", "last_name"], name="employee_by_department"),
        ]

    def clean(self) -> None:
        super().clean()
        refuse_cycle(self, "manager")
        if self.hired_on and self.left_on and self.left_on < self.hired_on:
            raise ValidationError({"left_on": translate("Nobody leaves before being hired.")})

    def __str__(self) -> str:
        return f"{self.badge} {self.first_name} {self.last_name}"
