"""Fields of exact numbers: quantity, money, unit price, rate, percent and whole numbers. Arithmetic is worked out."""

from __future__ import annotations

from typing import Any

from erp_tui.core.i18n import _
from erp_tui.core.values import (
    SCALES,
    BadValue,
    decimal_for_server,
    decimal_from_server,
    format_decimal,
    parse_decimal,
)
from widgets.fields.text_field import TextField
from widgets.shown import LEAST_DECIMALS

OPERATORS = frozenset("+-*/×()")


class NumberField(TextField):
    """An exact decimal of the description's scale; what the arithmetic gives is shown beside it meanwhile."""

    @property
    def scale(self) -> int:
        """Decimals that the field holds."""
        if self.description.scale is not None:
            return self.description.scale
        return SCALES.get(self.description.type, 0)

    def parse(self, text: str) -> Any:
        """The number as a string with its digits, or a whole number as an integer. Raises `BadValue`."""
        number = parse_decimal(text, self.scale)
        if self.description.positive and number <= 0:
            raise BadValue(_("{title} must be greater than zero.").format(title=self.description.title))
        minimum = self.description.minimum
        if minimum is not None and number < decimal_from_server(minimum):
            raise BadValue(
                _("{title} must be at least {minimum}.").format(title=self.description.title, minimum=minimum)
            )
        return int(number) if self.description.type == "integer" else decimal_for_server(number)

    def shown(self, value: Any) -> str:
        """The number without idle zeros, as it would be typed."""
        try:
            return format_decimal(value, decimals=LEAST_DECIMALS.get(self.description.type, 0))
        except ValueError:
            return str(value)

    def show_hint(self) -> None:
        """Shows what arithmetic gives while it is being typed."""
        text = self.text.strip()
        if not OPERATORS & set(text[1:]):
            self.set_hint("")
            return
        value = self.value
        self.set_hint(f"= {self.shown(value)} {self.suffix}" if value is not None else "")


class QuantityField(NumberField):
    """A quantity in the unit beside it."""


class MoneyField(NumberField):
    """An amount or a unit price in the currency beside it."""
