"""Departments and employees as people see them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.core.resources import Related, Resource, register

from .models import Department, Employee

_PERSONAL = (
    "private_email",
    "private_phone",
    "birth_date",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "emergency_contact",
    "emergency_phone",
)

register(
    Resource(
        name="departments",
        model=Department,
        module="hr",
        title=_("Departments"),
        title_one=_("Department"),
        fields=("code", "name", "parent", "manager", "is_active", "external_id"),
        columns=("code", "name", "parent_name", "manager_last_name", "is_active"),
        search=("code", "name"),
        named_filters={"active": (_("Active"), Q(is_active=True))},
        ordering="code",
        related=(Related("employees", _("Employees"), "department=id:{id}"),),
        import_examples={
            "code": "SALES",
            "name": "Sales",
        },
    )
)

register(
    Resource(
        name="employees",
        model=Employee,
        module="hr",
        title=_("Employees"),
        title_one=_("Employee"),
        key="badge",
        label=("badge", "first_name", "last_name"),
        fields=(
            "badge",
            "first_name",
            "last_name",
            "email",
            "phone",
            "position",
            "department",
            "manager",
            "user",
            "employment_type",
            "hired_on",
            "left_on",
            "is_active",
            *_PERSONAL,
            "notes",
            "external_id",
        ),
        personal=_PERSONAL,
        not_copied=("first_name", "last_name", "email", "phone", "user", "hired_on", "left_on"),
        columns=(
            "badge",
            "last_name",
            "first_name",
            "position",
            "department_name",
            "email",
            "hired_on",
            "is_active",
        ),
        search=("badge", "first_name", "last_name", "email"),
        named_filters={
            "active": (_("Active"), Q(is_active=True)),
            "inactive": (_("Not active"), Q(is_active=False)),
        },
        ordering="last_name",
        related=(Related("employees", _("Reports"), "manager=id:{id}"),),
        import_synonyms={
            "badge": (
                "badge id",
                "employee id",
                "employee no",
                "employee number",
                "personnel no",
                "personnel number",
                "staff no",
                "staff number",
            ),
            "first_name": ("given name", "forename"),
            "last_name": ("surname", "family name"),
            "email": ("e-mail", "mail", "work email"),
            "position": ("title", "job title", "role"),
            "manager": ("supervisor", "reports to", "manager id"),
            "hired_on": ("hired", "hire date", "start date", "joined"),
            "left_on": ("end date", "termination date"),
        },
        import_examples={
            "badge": "1042",
            "first_name": "Rosa",
            "last_name": "Marin",
            "email": "rosa.marin@example.com",
            "position": "Buyer",
            "employment_type": "full_time",
            "hired_on": "2026-01-15",
        },
    )
)
