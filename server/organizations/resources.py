"""The organization and its series of numbers: everybody in it may read it, administrators change it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from server.core.models import NumberSeries
from server.core.resources import Resource, register

from .models import Organization

register(
    Resource(
        name="organizations",
        model=Organization,
        module="organizations",
        title=_("Organizations"),
        title_one=_("Organization"),
        fields=(
            "code",
            "name",
            "base_currency",
            "country",
            "time_zone",
            "language",
            "over_receipt_percent",
            "audit_retention_days",
            "lock_after_minutes",
            "settings",
            "is_active",
        ),
        # The base currency is what all past amounts are kept in; the rest ends or renames the whole organization.
        read_only=("code", "base_currency", "is_active"),
        columns=("code", "name", "base_currency", "country", "time_zone"),
        search=("code", "name"),
        ordering="code",
        operations=("list", "update"),
    )
)

register(
    Resource(
        name="number-series",
        model=NumberSeries,
        module="organizations",
        title=_("Number series"),
        title_one=_("Number series"),
        label=("code",),
        fields=("code", "prefix", "padding", "next_value"),
        # A series begins with its first document.
        read_only=("code",),
        search=("code", "prefix"),
        ordering="code",
        operations=("list", "update"),
    )
)
