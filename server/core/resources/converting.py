"""From a JSON value to a Python value by a field's specification. The one place that says what is acceptable."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from .specs import DECIMAL_TYPES, SCALES, TEXT_TYPES, FieldSpec


class ValueProblem(ValueError):
    """One value cannot be accepted: a code of docs/api.md and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def convert(spec: FieldSpec, value: Any) -> Any:
    """The Python value of a JSON value; a reference stays an `int` or text, for its caller to resolve.

    Raises `ValueProblem`.
    """
    if value is None:
        if spec.nullable:
            return None
        if spec.type in TEXT_TYPES and spec.blank:
            return ""
        raise ValueProblem("null", _("%(title)s must have a value.") % {"title": spec.title or spec.name})
    return _CONVERTERS[spec.type](spec, value)


def _title(spec: FieldSpec) -> str:
    return str(spec.title or spec.name)


def _text(spec: FieldSpec, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueProblem("invalid", _("%(title)s must be text.") % {"title": _title(spec)})
    if "\x00" in value:
        raise ValueProblem(
            "control_character",
            _("%(title)s contains a NUL character, which cannot be stored.") % {"title": _title(spec)},
        )
    text = value.strip() if spec.type == "code" else value
    if not text.strip() and not spec.blank:
        raise ValueProblem("blank", _("%(title)s must not be empty.") % {"title": _title(spec)})
    if spec.max_length is not None and len(text) > spec.max_length:
        raise ValueProblem(
            "too_long",
            _("%(title)s has %(length)d characters; at most %(limit)d fit.")
            % {"title": _title(spec), "length": len(text), "limit": spec.max_length},
        )
    return text


def _integer(spec: FieldSpec, value: Any) -> int:
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueProblem("invalid", _("%(title)s must be a whole number.") % {"title": _title(spec)})
    if not -(2**31) <= value < 2**31:
        raise ValueProblem("too_large", _("%(title)s is too large.") % {"title": _title(spec)})
    _check_bounds(spec, value)
    return value


def _decimal(spec: FieldSpec, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | float):
        raise ValueProblem("invalid", _("%(title)s must be a number.") % {"title": _title(spec)})
    if isinstance(value, float) and not value.is_integer():
        raise ValueProblem(
            "invalid",
            _("%(title)s must be sent as text, because a float is not exact.") % {"title": _title(spec)},
        )
    try:
        number = Decimal(int(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueProblem(
            "invalid",
            _("%(title)s: “%(value)s” is not a number.") % {"title": _title(spec), "value": str(value)[:40]},
        )
    scale = spec.scale if spec.scale is not None else SCALES[spec.type]
    # Magnitude first: quantizing 1E+999999 would build a number of a million digits.
    if number and number.adjusted() >= 18 - scale:
        raise ValueProblem("too_large", _("%(title)s is too large.") % {"title": _title(spec)})
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -scale and number != round(number, scale):
        raise ValueProblem(
            "too_many_decimals",
            _("%(title)s takes at most %(scale)d decimals.") % {"title": _title(spec), "scale": scale},
        )
    _check_bounds(spec, number)
    return number.quantize(Decimal(1).scaleb(-scale))


def _check_bounds(spec: FieldSpec, number: Decimal | int) -> None:
    if spec.positive and number <= 0:
        raise ValueProblem("not_positive", _("%(title)s must be above zero.") % {"title": _title(spec)})
    if spec.minimum is not None and number < spec.minimum:
        raise ValueProblem(
            "too_small",
            _("%(title)s must be at least %(minimum)s.") % {"title": _title(spec), "minimum": spec.minimum},
        )


def _boolean(spec: FieldSpec, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueProblem("invalid", _("%(title)s must be true or false.") % {"title": _title(spec)})
    return value


def _date(spec: FieldSpec, value: Any) -> dt.date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return dt.date.fromisoformat(value)
    except ValueError:
        pass  # the one sentence below answers for every shape that is no date
    raise ValueProblem("invalid", _("%(title)s must be a date such as 2026-11-21.") % {"title": _title(spec)})


def _datetime(spec: FieldSpec, value: Any) -> dt.datetime:
    moment = None
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueProblem(
            "invalid",
            _("%(title)s must be a time with its zone, such as 2026-11-21T09:26:00Z.")
            % {"title": _title(spec)},
        )
    return moment.astimezone(dt.UTC)


def _choice(spec: FieldSpec, value: Any) -> str:
    if value in {choice for choice, _choice_title in spec.choices}:
        return str(value)
    if value == "" and spec.blank:
        return ""
    raise ValueProblem(
        "not_a_choice",
        _("%(title)s: “%(value)s” is none of %(choices)s.")
        % {
            "title": _title(spec),
            "value": str(value)[:40],
            "choices": ", ".join(choice for choice, _choice_title in spec.choices),
        },
    )


def _reference(spec: FieldSpec, value: Any) -> int | str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip():
        return value.strip()
    if value == "" and spec.nullable:
        return None
    raise ValueProblem("invalid", _("%(title)s must be a code or a key.") % {"title": _title(spec)})


def _json(spec: FieldSpec, value: Any) -> Any:
    if not isinstance(value, dict | list):
        raise ValueProblem("invalid", _("%(title)s must be an object or a list.") % {"title": _title(spec)})
    if "\\u0000" in json.dumps(value):
        raise ValueProblem(
            "control_character",
            _("%(title)s contains a NUL character, which cannot be stored.") % {"title": _title(spec)},
        )
    return value


_CONVERTERS: dict[str, Callable[[FieldSpec, Any], Any]] = {
    **dict.fromkeys(TEXT_TYPES, _text),
    **dict.fromkeys(DECIMAL_TYPES, _decimal),
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "choice": _choice,
    "reference": _reference,
    "json": _json,
}
