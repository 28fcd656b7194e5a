"""What is known of one field: the one source of validation, description, filters, imports and the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED
from django.utils.text import capfirst

from server.core import fields as exact

EXACT_TYPES = {
    exact.MoneyField: "money",
    exact.UnitPriceField: "unit_price",
    exact.QuantityField: "quantity",
    exact.RateField: "rate",
    exact.PercentField: "percent",
}
SCALES = {"money": 4, "unit_price": 6, "quantity": 6, "rate": 8, "percent": 4}
DECIMAL_TYPES = frozenset(SCALES)
TEXT_TYPES = frozenset({"text", "long_text", "code", "secret"})


Names = Callable[[], Iterable[tuple[str, Any]]]


class LateChoices(Sequence[tuple[str, Any]]):
    """Values and their titles that are asked for each time: what is declared later is among them."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._names())

    def __getitem__(self, place: Any) -> Any:
        return tuple(self._names())[place]

    def __len__(self) -> int:
        return len(tuple(self._names()))


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field as docs/api.md describes it. `path` is where a query finds it; titles may be lazy."""

    name: str
    type: str
    title: Any = ""
    help: Any = ""
    path: Any = ""
    required: bool = False
    nullable: bool = False
    blank: bool = True
    read_only: bool = False
    create_only: bool = False
    personal: bool = False
    copied: bool = True
    max_length: int | None = None
    scale: int | None = None
    minimum: Decimal | int | None = None
    positive: bool = False
    choices: Sequence[tuple[str, Any]] = ()
    reference: str | None = None
    display: tuple[str, ...] = ()
    currency: str | None = None
    unit: str | None = None
    default: Any = None
    sortable: bool = True
    filterable: bool = True
    members: tuple[FieldSpec, ...] = ()

    def as_json(self, access: str | None = None) -> dict[str, Any]:
        """The description for a user whom a field rule leaves `access` (None: everything)."""
        described: dict[str, Any] = {
            "name": self.name,
            "title": str(self.title or self.name),
            "help": str(self.help),
            "type": self.type,
            "required": self.required,
            "read_only": self.read_only or access == "read_only",
            "create_only": self.create_only,
            "nullable": self.nullable,
            "currency": self.currency,
            "unit": self.unit,
            "sortable": self.sortable,
            "filterable": self.filterable,
            "personal": self.personal,
        }
        optional = {
            "max_length": self.max_length,
            "scale": self.scale,
            "minimum": None if self.minimum is None else str(self.minimum),
            "positive": self.positive or None,
            "reference": self.reference,
            "display": list(self.display) or None,
            "choices": [{"value": value, "title": str(title)} for value, title in self.choices] or None,
            "default": self.default,
            "copied": None if self.copied else False,
        }
        described.update({name: value for name, value in optional.items() if value is not None})
        return described

    def named(self, name: str) -> FieldSpec:
        """The same specification under another name."""
        return replace(self, name=name)


def spec_of_model_field(
    field: models.Field,
    *,
    references: Mapping[type[models.Model], str],
    key: str = "",
    read_only: bool = False,
    create_only: bool = False,
    personal: bool = False,
) -> FieldSpec:
    """The specification that a model field implies; a resource adds what only it knows.

    Raises `LookupError` for a foreign key to a model that no resource stands for.
    """
    default = None if field.default is NOT_PROVIDED or callable(field.default) else field.default
    common: dict[str, Any] = {
        "name": field.name,
        "title": capfirst(field.verbose_name),
        "help": field.help_text,
        "path": field.name,
        "nullable": field.null,
        "blank": field.blank or not field.empty_strings_allowed,
        "required": not field.null and field.default is NOT_PROVIDED and not field.blank,
        "read_only": read_only or not field.editable,
        "create_only": create_only,
        "personal": personal,
        "default": str(default) if isinstance(default, Decimal) else getattr(default, "value", default),
    }
    if isinstance(field, models.ForeignKey):
        target = references.get(field.remote_field.model)
        if target is None:
            raise LookupError(
                f"No resource stands for {field.remote_field.model.__name__}, which {field} refers to."
            )
        return FieldSpec(type="reference", reference=target, **common)
    for exact_class, type_ in EXACT_TYPES.items():
        if isinstance(field, exact_class):
            return FieldSpec(
                type=type_,
                scale=SCALES[type_],
                positive=getattr(field, "positive", False),
                minimum=getattr(field, "minimum", None),
                **common,
            )
    if field.choices:
        return FieldSpec(
            type="choice", choices=tuple((str(value), title) for value, title in field.choices), **common
        )
    if isinstance(field, models.BooleanField):
        return FieldSpec(type="boolean", **common)
    if isinstance(field, models.DateTimeField):
        return FieldSpec(type="datetime", **common)
    if isinstance(field, models.DateField):
        return FieldSpec(type="date", **common)
    if isinstance(field, models.IntegerField):
        minimum = (
            0 if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField) else None
        )
        return FieldSpec(type="integer", minimum=minimum, **common)
    if isinstance(field, models.JSONField):
        return FieldSpec(type="json", **{**common, "sortable": False, "filterable": False})
    if isinstance(field, models.UUIDField | models.GenericIPAddressField):
        # Not blank: no query can ask these for an empty text.
        return FieldSpec(type="text", max_length=36, **{**common, "blank": False})
    if isinstance(field, models.TextField):
        return FieldSpec(type="long_text", **{**common, "sortable": False})
    type_ = "code" if field.name == key or field.name.endswith("code") else "text"
    return FieldSpec(type=type_, max_length=field.max_length, **common)
