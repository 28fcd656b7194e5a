"""Exact decimals in the database: a scaled 64-bit integer, the same on SQLite and PostgreSQL.

SQLite keeps a ``DecimalField`` as a float, which returns 12345678901234.5678 as …4.6000, and nobody notices
before the books do not balance. Here ``12.5`` with four decimals is stored as the integer 125000; Python sees
``Decimal("12.5000")`` on both sides. What SQL may do with such columns, and what it must leave to Python, is
in :mod:`server.core.exact_expressions`.
"""

import decimal
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from server.core import exact_expressions

# 18 digits leave a factor of nine below 2**63, so the sum or difference of two columns cannot overflow.
MAX_DIGITS = 18

# Wide enough for the sum of 10**40 rows; every operation in it is exact, or raises.
EXACT = decimal.Context(prec=60, traps=[decimal.InvalidOperation, decimal.Inexact, decimal.Overflow])

# ``Decimal`` itself would also read "1_5" as 15.
NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)

LOOKUPS = frozenset({"exact", "gt", "gte", "lt", "lte", "in", "range", "isnull"})


def _plain_number(text: str) -> str:
    if NUMBER.fullmatch(text) is None:
        raise ValueError(text)
    return text.strip()


class ExactDecimalField(models.DecimalField):
    """A decimal with a fixed number of decimals, stored as an integer scaled by ``10**decimal_places``.

    Takes ``Decimal``, ``int`` and decimal text. Never rounds: raises ``ValidationError`` with code
    ``too_many_decimals``, ``too_large`` or ``invalid`` (a float is ``invalid``) when assigned, compared or
    computed with a value that does not fit. What is read has all its decimals: ``Decimal("12.5000")``.
    """

    description = _("Exact decimal")
    default_error_messages = {
        "invalid": _("“%(value)s” is not a decimal number."),
        "too_many_decimals": _("“%(value)s” has more than %(places)d decimals."),
        "too_large": _("“%(value)s” has more than %(digits)d digits before the decimal point."),
    }

    def __init__(
        self,
        *args: Any,
        decimal_places: int,
        max_digits: int = MAX_DIGITS,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, decimal_places=decimal_places, max_digits=max_digits, **kwargs)

    if TYPE_CHECKING:
        # On an instance the attribute is the decimal, not the field.
        def __get__(self, instance: object, owner: type) -> Any: ...
        def __set__(self, instance: object, value: Any) -> None: ...

    @property
    def exact_scale(self) -> int:
        """The power of ten by which the stored integer is scaled."""
        return int(self.decimal_places)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors: list[checks.CheckMessage] = super().check(**kwargs)
        if not errors and self.max_digits > MAX_DIGITS:
            errors.append(
                checks.Error(
                    f"'max_digits' must be at most {MAX_DIGITS}: the value is kept in a 64-bit integer.",
                    obj=self,
                    id="erp.E001",
                )
            )
        return errors

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.max_digits == MAX_DIGITS:
            kwargs.pop("max_digits", None)
        return name, path, args, kwargs

    # A name of its own: for "BigIntegerField" Django would cast an overflowed float to an integer unasked,
    # for "DecimalField" SQLite would make the float in the first place.
    def get_internal_type(self) -> str:
        return "ExactDecimalField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bigint"

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bigint"

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bigint"

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """The last wall: what SQL computed stays an integer of at most ``max_digits`` digits."""
        column = connection.ops.quote_name(self.column)
        largest = 10**self.max_digits - 1
        within = f"{column} BETWEEN -{largest} AND {largest}"
        if connection.vendor == "sqlite":
            return f"typeof({column}) IN ('integer', 'null') AND {within}"
        return within

    def to_python(self, value: Any) -> Decimal | None:
        """The value with all its decimals; raises ``ValidationError`` rather than round."""
        if value is None:
            return None
        if isinstance(value, float | bool):
            raise self._refusal("invalid", value)
        try:
            number = Decimal(_plain_number(value) if isinstance(value, str) else value)
        except (decimal.DecimalException, TypeError, ValueError):
            raise self._refusal("invalid", value) from None
        if not number.is_finite():
            raise self._refusal("invalid", value)
        if number.adjusted() >= self.max_digits - self.decimal_places and number != 0:
            raise self._refusal("too_large", value)
        try:
            exact = number.quantize(Decimal(1).scaleb(-self.decimal_places), context=EXACT)
        except decimal.DecimalException:
            raise self._refusal("too_many_decimals", value) from None
        return exact if exact else abs(exact)

    def _refusal(self, code: str, value: Any) -> ValidationError:
        return ValidationError(
            self.error_messages[code],
            code=code,
            params={
                "value": value,
                "places": self.decimal_places,
                "digits": self.max_digits - self.decimal_places,
            },
        )

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The value to store; the instance then holds what a read of the row would give."""
        value = super().pre_save(model_instance, add)
        if hasattr(value, "resolve_expression"):
            return value
        value = self.to_python(value)
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,
    ) -> Any:
        number = self.to_python(value)
        if number is None:
            return None
        return connection.ops.adapt_integerfield_value(
            int(number.scaleb(self.decimal_places, context=EXACT)), "BigIntegerField"
        )

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection)

    def from_db_value(
        self,
        value: Any,
        expression: Any,
        connection: BaseDatabaseWrapper,
    ) -> Decimal | None:
        """The stored integer as a decimal; raises ``OverflowError`` where the database lost digits."""
        if value is None:
            return None
        if isinstance(value, float) or value != int(value):
            raise OverflowError(
                f"The database answered {value!r} for an exact decimal: the result of {expression!r} no longer "
                "fits 64 bits. Compute it in Python."
            )
        return Decimal(int(value)).scaleb(-self.decimal_places, context=EXACT)

    def get_lookup(self, lookup_name: str) -> Any:
        """Lookups by value only; text lookups would see the scaled integer."""
        return super().get_lookup(lookup_name) if lookup_name in LOOKUPS else None

    def value_to_string(self, obj: models.Model) -> str:
        value = self.to_python(self.value_from_object(obj))
        return "" if value is None else format(value, "f")

    def formfield(self, **kwargs: Any) -> None:
        """None: forms are drawn by the client from the description of the resource."""


class _FixedScaleField(ExactDecimalField):
    """A kind of number whose scale is part of its meaning and therefore not a parameter."""

    scale: int
    beyond: Decimal

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # The smallest number that is too large for a column of this kind.
        cls.beyond = Decimal(10) ** (MAX_DIGITS - cls.scale)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.setdefault("decimal_places", self.scale) != self.scale:
            raise ImproperlyConfigured(f"{type(self).__name__} always has {self.scale} decimals.")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["decimal_places"]
        return name, path, args, kwargs


class MoneyField(_FixedScaleField):
    """An amount of money in the currency of its document; 4 decimals."""

    description = _("Amount of money")
    scale = 4


class UnitPriceField(_FixedScaleField):
    """A price for one unit of measure; 6 decimals."""

    description = _("Unit price")
    scale = 6


class QuantityField(_FixedScaleField):
    """A quantity in a unit of measure; 6 decimals."""

    description = _("Quantity")
    scale = 6


class RateField(_FixedScaleField):
    """A rate of exchange or conversion; 8 decimals."""

    description = _("Rate")
    scale = 8


class PercentField(_FixedScaleField):
    """A percentage: 5 means five percent; 4 decimals."""

    description = _("Percentage")
    scale = 4


exact_expressions.install()
