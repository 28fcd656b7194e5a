"""The one place that knows which field goes with which type of the descriptions (docs/api.md, Descriptions)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from widgets.fields.base import FieldWidget
from widgets.fields.boolean_field import BooleanField
from widgets.fields.choice_field import ChoiceField
from widgets.fields.date_field import DateField, DateTimeField
from widgets.fields.json_field import JsonField
from widgets.fields.long_text_field import LongTextField
from widgets.fields.lookup import Lookups
from widgets.fields.lookup_field import LookupField
from widgets.fields.number_field import MoneyField, NumberField, QuantityField
from widgets.fields.password_field import PasswordField
from widgets.fields.text_field import TextField
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

MONEY_TYPES = frozenset({"money", "unit_price"})
NUMBER_TYPES = frozenset({"integer", "rate", "percent"})


def field_widget(
    description: FieldDescription,
    *,
    lookups: Lookups | None = None,
    zone: ZoneInfo = UTC_ZONE,
    bare: bool = False,
) -> FieldWidget:
    """The field for a description. A type that this client does not know yet is shown as text.

    `lookups` answers for references; without it a reference takes the code as text, which the server resolves.
    """
    kind = description.type
    if kind == "reference" and description.reference and lookups is not None:
        return LookupField(description, lookups, bare=bare)
    if kind == "choice" and description.choices:
        return ChoiceField(description, bare=bare)
    if kind == "boolean":
        return BooleanField(description, bare=bare)
    if kind == "quantity":
        return QuantityField(description, bare=bare)
    if kind in MONEY_TYPES:
        return MoneyField(description, bare=bare)
    if kind in NUMBER_TYPES:
        return NumberField(description, bare=bare)
    if kind == "date":
        return DateField(description, zone=zone, bare=bare)
    if kind == "datetime":
        return DateTimeField(description, zone=zone, bare=bare)
    if kind == "json":
        return JsonField(description, bare=bare)
    if kind == "secret":
        return PasswordField(description, bare=bare)
    if kind == "long_text" and not bare:
        return LongTextField(description)
    return TextField(description, bare=bare)
