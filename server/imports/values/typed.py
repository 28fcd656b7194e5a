"""Texts of a file into values of a field: exact, or refused with a reason; never bent to fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from server.core.formula_guard import MASK, SPREADSHEET_ERROR, unguard, unguard_word
from server.imports.issues import WARNING, Flaw
from server.imports.values.dates import DateStyle, read_date, read_datetime
from server.imports.values.numbers import PLAIN, NumberStyle, read_number

NUMBER_TYPES = frozenset({"integer", "quantity", "money", "unit_price", "rate", "percent"})
DATE_TYPES = frozenset({"date", "datetime"})
TEXT_TYPES = frozenset({"text", "long_text", "code"})

# What fits a 64-bit integer with room for a sum; the same bound as the exact decimals of the database.
MOST_DIGITS = 18
REMEMBERED = 4_096
# Every operation in it is exact, or raises.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])

TRUE = frozenset(["1", "true", "t", "yes", "y", "on", "x", "ja", "oui", "si", "sí", "vrai", "wahr"])
FALSE = frozenset(["0", "false", "f", "no", "n", "off", "nein", "non", "faux", "falsch"])
NOTHING = frozenset({"", "NULL", "\\N"})
CLEARING = "-"
ROUNDED_CODE = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{1,3}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROL_IN_LONG_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class _Mark:
    """A value that is none: it says what to do with the field instead."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


LEAVE: Final = _Mark("LEAVE")
"""The cell is empty: the field keeps what it has, a new record takes its default."""
CLEAR: Final = _Mark("CLEAR")
"""The cell says `-`: the field is emptied."""


class Doubtful(NamedTuple):
    """A value together with a warning about how it was read."""

    value: Any
    flaw: Flaw


Read = Callable[[str], Any]
"""A text → its value, LEAVE, CLEAR, a Doubtful value, or a Flaw that refuses it."""


@dataclass(frozen=True, slots=True)
class ValueRule:
    """What a field accepts; `type` is one of docs/api.md, `scale` counts decimals, `choices` value → title.

    `choice_words` are the titles in other languages → value; a title of `choices` comes first. What an export has
    masked of a `personal` field is left as it is.
    """

    name: str
    type: str = "text"
    required: bool = False
    nullable: bool = False
    max_length: int | None = None
    scale: int = 0
    minimum: Decimal | None = None
    positive: bool = False
    personal: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    choice_words: Mapping[str, str] = field(default_factory=dict)
    named: Callable[[str], str | None] | None = None
    """Reads the name of what the field holds the code of; None for what is no such name."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a column writes what cannot be told from one text alone."""

    numbers: NumberStyle = field(default_factory=NumberStyle)
    dates: DateStyle = field(default_factory=DateStyle)
    zone: tzinfo = UTC
    from_text: bool = True
    """Whether cells are as people wrote them into a text; else a program did, with points and without guards."""
    knows_words: bool = True
    """Whether `NULL` and `\\N` mean nothing and `#N/A` an error, and the guard against such words is taken off; in JSON,
    which has null, they are texts."""
    empty_clears: bool = False
    clear_mark: str = CLEARING
    """What empties a field, nothing where no text does."""


def reader(
    rule: ValueRule,
    style: Style | None = None,
    *,
    translations: Mapping[str, str] | None = None,
    validate: Callable[[Any], Flaw | None] | None = None,
) -> Read:
    """Returns the function that reads the texts of one column into the field of `rule`.

    `translations` are texts of the file and what they mean (the value mapping); `validate` may object to a
    converted value. References are read as text: finding their records is a matter for one query a column.
    """
    style = style or Style()
    convert = _converter(rule, style)
    if validate is not None:
        convert = _validated(convert, validate)
    nothing = NOTHING if style.knows_words else frozenset({""})
    unguarded = unguard if style.from_text else unguard_word if style.knows_words else str
    translated = dict(translations or {})
    remembered: dict[str, Any] = {}

    def read(text: str) -> Any:
        try:
            return remembered[text]
        except KeyError:
            pass  # the first time, or one of very many texts
        bare = text.strip()
        bare = translated.get(bare, bare)
        if bare in nothing:
            value: Any = _cleared(rule) if style.empty_clears else LEAVE
        elif bare == style.clear_mark:
            value = _cleared(rule)
        elif bare == MASK and rule.personal:
            value = LEAVE
        elif bare[0] == "#" and style.knows_words and SPREADSHEET_ERROR.fullmatch(bare):
            value = Flaw(
                "invalid",
                _("“%(text)s” is an error of the spreadsheet that the file came from.") % {"text": bare},
                _("Mend the formula there, or type the value here."),
            )
        else:
            value = convert(unguarded(bare) if bare[0] in "'=" else bare)
        if len(remembered) < REMEMBERED:
            remembered[text] = value
        return value

    return read


def _validated(convert: Read, validate: Callable[[Any], Flaw | None]) -> Read:
    def checked(text: str) -> Any:
        value = convert(text)
        if isinstance(value, Flaw):
            return value
        return validate(value.value if isinstance(value, Doubtful) else value) or value

    return checked


def _cleared(rule: ValueRule) -> Any:
    if rule.required:
        return Flaw(
            "required",
            _("“%(field)s” cannot be emptied.") % {"field": rule.name},
            _("Give a value, or leave the cell empty to keep what is there."),
        )
    return CLEAR


def _converter(rule: ValueRule, style: Style) -> Read:
    if rule.type in NUMBER_TYPES:
        return _number_converter(rule, style.numbers)
    if rule.type == "boolean":
        return _read_boolean
    if rule.type == "date":
        return lambda text: _either(*read_date(text, style.dates))
    if rule.type == "datetime":
        return lambda text: _either(*read_datetime(text, style.dates, style.zone))
    if rule.type == "choice":
        return _choice_converter(rule)
    if rule.type == "json":
        return lambda _text: Flaw(
            "read_only", _("“%(field)s” cannot be taken in from a table.") % {"field": rule.name}
        )
    return _text_converter(rule)


def _either(value: date | datetime | None, flaw: Flaw | None) -> Any:
    return flaw if value is None else value


def _text_converter(rule: ValueRule) -> Read:
    longest, is_code = rule.max_length, rule.type == "code"
    forbidden = CONTROL_IN_LONG_TEXT if rule.type == "long_text" else CONTROL

    named = rule.named

    def convert(text: str) -> Any:
        if longest is not None and len(text) > longest:
            if named is not None:
                # A code stays as it is written: what was exported comes back equal.
                return named(text) or _unknown_name(rule, text)
            return Flaw(
                "too_long",
                _("The text has %(length)d characters; %(limit)d are allowed.")
                % {"length": len(text), "limit": longest},
                _("Shorten it."),
            )
        if not text.isprintable() and (match := forbidden.search(text)):
            return Flaw(
                "control_character",
                _("The text contains the control character U+%(code)04X at position %(position)d.")
                % {"code": ord(match[0]), "position": match.start() + 1},
                _("Take it out."),
            )
        if is_code and ROUNDED_CODE.fullmatch(text):
            flaw = Flaw(
                "rounded",
                _("“%(text)s” looks like a code that a spreadsheet has turned into a number.")
                % {"text": text},
                _("Format the column as text in the spreadsheet and export it again."),
                WARNING,
            )
            return Doubtful(text, flaw)
        return text

    return convert


def _unknown_name(rule: ValueRule, text: str) -> Flaw:
    return Flaw(
        "invalid",
        _("“%(text)s” is not known as %(field)s.") % {"text": text, "field": rule.name},
        _("Write its code of %(letters)d letters.") % {"letters": rule.max_length or 0},
    )


def _number_converter(rule: ValueRule, style: NumberStyle) -> Read:
    scale = 0 if rule.type == "integer" else rule.scale
    money, percent = rule.type in ("money", "unit_price"), rule.type == "percent"
    step = Decimal(1).scaleb(-scale)
    plain_is_sure = style.decimal_mark == "." and style.sure

    def convert(text: str) -> Any:
        flaw: Flaw | None = None
        if PLAIN.fullmatch(text) and (plain_is_sure or "." not in text):
            number: Decimal | None = Decimal(text)
        else:
            number, flaw = read_number(text, style, money=money, percent=percent)
        if number is None:
            return flaw
        refusal = _number_flaw(number, text, rule, scale)
        if refusal is not None:
            return refusal
        try:
            exact = number.quantize(step, context=EXACT)
        except Inexact:
            return _too_many_decimals(text, scale)
        value = int(exact) if rule.type == "integer" else exact or abs(exact)
        return value if flaw is None else Doubtful(value, flaw)

    return convert


def _number_flaw(number: Decimal, text: str, rule: ValueRule, scale: int) -> Flaw | None:
    if number and number.adjusted() >= MOST_DIGITS - scale:
        return Flaw(
            "too_large", _("%(text)s is too large.") % {"text": text}, _("Check the unit of measure.")
        )
    if rule.positive and number <= 0:
        return Flaw("not_positive", _("%(text)s is not above zero.") % {"text": text}, _("Give more than 0."))
    if rule.minimum is not None and number < rule.minimum:
        return Flaw(
            "too_small",
            _("%(text)s is below %(minimum)s.") % {"text": text, "minimum": rule.minimum},
            _("Give at least %(minimum)s.") % {"minimum": rule.minimum},
        )
    return None


def _too_many_decimals(text: str, scale: int) -> Flaw:
    return Flaw(
        "too_many_decimals",
        _("%(text)s has more than the %(scale)d decimals that are kept, and nothing is rounded here.")
        % {"text": text, "scale": scale},
        _("Round it in the file."),
    )


def _read_boolean(text: str) -> Any:
    folded = text.casefold()
    if folded in TRUE:
        return True
    if folded in FALSE:
        return False
    return Flaw(
        "not_a_choice",
        _("“%(text)s” is neither yes nor no.") % {"text": text},
        _("Write yes or no, or 1 or 0."),
    )


def _choice_converter(rule: ValueRule) -> Read:
    by_text = {word.casefold(): value for word, value in rule.choice_words.items()}
    by_text |= {title.casefold(): value for value, title in rule.choices.items()}
    by_text |= {value.casefold(): value for value in rule.choices}

    def convert(text: str) -> Any:
        value = by_text.get(text.casefold())
        if value is not None:
            return value
        return Flaw(
            "not_a_choice",
            _("“%(text)s” is none of: %(choices)s.")
            % {"text": text, "choices": ", ".join(map(str, rule.choices.values()))},
            _("Use one of these, or say in the mapping which of them it means."),
        )

    return convert
