"""From a JSON value to a Python value by a field's specification. The one place that says what is acceptable."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from server.core.fields import NUMBER

from .specs import DECIMAL_TYPES, SCALES, TEXT_TYPES, FieldSpec

# No longer than any whole number that a field takes: Python refuses to read thousands of digits.
_WHOLE = re.compile(r"[+-]?\d{1,18}")
# The answer is written to fewer levels than a body may have, and nobody writes so many.
DEEPEST_JSON = 100


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
    if spec.nullable and spec.type in TEXT_TYPES and isinstance(value, str) and not value.strip():
        return None  # so that “nothing” is one value, which a unique constraint leaves alone
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
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
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
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        number = Decimal("NaN")
    else:
        number = Decimal(int(value) if isinstance(value, float) else value)
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
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass  # the one sentence below answers for every shape that is no time
    raise ValueProblem(
        "invalid",
        _("%(title)s must be a time with its zone, such as 2026-11-21T09:26:00Z.") % {"title": _title(spec)},
    )


def _choice(spec: FieldSpec, value: Any) -> str:
    if isinstance(value, str) and value in {choice for choice, _choice_title in spec.choices}:
        return value
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
    if _depth(value) > DEEPEST_JSON:
        raise ValueProblem(
            "too_large",
            _("%(title)s is nested more than %(limit)d levels deep; make it flatter.")
            % {"title": _title(spec), "limit": DEEPEST_JSON},
        )
    if any("\x00" in text for text in _texts(value)):
        raise ValueProblem(
            "control_character",
            _("%(title)s contains a NUL character, which cannot be stored.") % {"title": _title(spec)},
        )
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [part for item in level for part in (item.values() if isinstance(item, dict) else item)]
    return depth


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, the names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


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
