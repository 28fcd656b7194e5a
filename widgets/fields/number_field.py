"""Fields of exact numbers: quantity, money, unit price, rate, percent and whole numbers. Arithmetic is worked out."""

from __future__ import annotations

import re
from typing import Any, Protocol, runtime_checkable

from textual import work

from erp_tui.core.entry.values import (
    SCALES,
    BadValue,
    decimal_for_server,
    decimal_from_server,
    format_decimal,
    parse_decimal,
)
from erp_tui.core.i18n import _
from widgets.fields.base import VALUE, FieldWidget
from widgets.fields.text_field import TextField
from widgets.shown import LEAST_DECIMALS
from widgets.waiting import LOOK_UP_GROUP

OPERATORS = frozenset("+-*/×()")
NUMBER_AND_UNIT = re.compile(r"([-+*/×().,'\d\s]*\d\)*)\s*([^\W\d]\w*)")


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

    @property
    def kept(self) -> Any:
        """The value, which every terminal reads alike; the text while it is none yet."""
        value = self.value
        return {VALUE: value} if value is not None else self.text

    @kept.setter
    def kept(self, kept: Any) -> None:
        FieldWidget.kept.fset(self, kept)  # type: ignore[attr-defined]

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


@runtime_checkable
class UnitTaker(Protocol):
    """Whatever has a field of its own for the unit of a quantity."""

    async def take_unit(self, field: FieldWidget, unit: str) -> bool:
        """Whether the unit is known and taken; where it is not, it is said why."""


class QuantityField(NumberField):
    """A quantity in the unit beside it. Where the unit is a field too, both may be typed at once: `3 box`."""

    def submit(self) -> None:
        """Enter: a unit typed behind the number goes into its own field first."""
        number, unit = split_unit(self.text)
        taker = self._taker() if unit else None
        if taker is None:
            super().submit()
        else:
            self._part(taker, number, unit, go_on=True)

    def _taker(self) -> UnitTaker | None:
        return next((each for each in self.ancestors if isinstance(each, UnitTaker)), None)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _part(self, taker: UnitTaker, number: str, unit: str, *, go_on: bool) -> None:
        """Puts the unit into its field and leaves the number here; keys typed ahead wait for it."""
        typed = self.text
        if not await taker.take_unit(self, unit) or self.text != typed:
            return
        self.text = number
        if go_on:
            super().submit()
        else:
            super().on_descendant_blur()
            self.post_message(self.Changed(self))

    def on_descendant_blur(self) -> None:
        """Tab, or whatever else leaves the field: a unit behind the number goes into its own field, as by Enter."""
        number, unit = split_unit(self.text)
        taker = self._taker() if unit else None
        if taker is None:
            super().on_descendant_blur()
        else:
            self._part(taker, number, unit, go_on=False)


def split_unit(text: str) -> tuple[str, str]:
    """`12*3 box` as its number and its unit; the unit is empty where there is none."""
    match = NUMBER_AND_UNIT.fullmatch(text.strip())
    return (match[1], match[2]) if match else (text, "")


class MoneyField(NumberField):
    """An amount or a unit price in the currency beside it."""
