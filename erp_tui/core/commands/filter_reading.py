"""A filter as a person types it, read into the grammar of docs/api.md before it is sent.

Days are what a date field takes (``t-7``, ``eom``, ``2802``, ``28/02/2026``), numbers are written with the person's
own marks, and ``a..b`` is from the one up to the other, either of which may be left out. What goes over the wire is
ISO 8601 and a decimal point (docs/decisions/0013). What cannot be understood here goes on as it stands: the
server knows best what is wrong in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from erp_tui.core.commands.filter_completion import filterable, meaning, quoted
from erp_tui.core.entry.conventions import conventions
from erp_tui.core.entry.values import (
    POINT,
    SCALES,
    BadValue,
    NumberFormat,
    datetime_for_server,
    datetime_from_server,
    format_date,
    format_datetime,
    format_decimal,
    moves_with_time,
    parse_date,
    parse_datetime,
    parse_decimal,
)
from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription

DATES: Final = frozenset({"date", "datetime"})
UP_TO: Final = ".."

_TERM = re.compile(
    r"(?P<before>\s*(?P<name>\w+)\s*(?P<operator>!=|>=|<=|=|>|<|~)\s*)(?P<value>.*)", re.DOTALL
)
_BESIDE_VALUES = re.compile(r"[=<>~!,\[\]\"]|\.\.")
_LIKE_A_DAY = re.compile(r"(?=.*(\d{3}|\d[-/.:]\d))[\dTtZz:./+ -]+")


class BadFilter(BadValue):
    """A value in a filter that its field cannot be compared with; ``position`` counts characters from 0."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.position = position


class _Value(NamedTuple):
    """One value as it is sent, as it is kept for other days and countries, and as it is said.

    A day and a minute of a moment reach up to, not including, ``end``; without one the value is ``begin`` alone.
    """

    begin: str
    kept: str
    said: str
    end: str = ""


class _Comparison(NamedTuple):
    """A whole comparison as it is sent, as it is kept, and as it is said."""

    sent: str
    kept: str
    said: str


@dataclass(frozen=True, slots=True)
class _Term:
    """One term, and where it begins and its value begins in what was typed."""

    at: int
    value_at: int
    typed: str
    sent: str
    kept: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a filter means to the server, to whoever finds it kept, and to the person who typed it."""

    typed: str
    terms: tuple[_Term, ...]

    @property
    def sent(self) -> str:
        """The filter as the server takes it today."""
        return ",".join(term.sent for term in self.terms)

    @property
    def kept(self) -> str:
        """The same for every country and every day: a decimal point, ISO 8601, and ``t-7`` as it stands."""
        return ",".join(term.kept for term in self.terms)

    @property
    def said(self) -> str:
        """The days and numbers that were understood, in words; empty where there are none."""
        return ", ".join(term.said for term in self.terms if term.said)

    def typed_position(self, sent: int) -> int:
        """Where in what was typed the character at ``sent`` of `sent` comes from, both from 0."""
        begin = 0
        for term in self.terms:
            if sent <= begin + len(term.sent):
                return term.at + sent - begin if term.sent == term.typed else term.value_at
            begin += len(term.sent) + 1
        return len(self.typed)


def read_filter(description: Description, text: str, *, zone: ZoneInfo, now: datetime) -> Reading:
    """What ``text`` means in ``zone`` at ``now``, by the conventions in force. Raises `BadFilter`."""
    return _Reader(description, zone, now, conventions().numbers).read(text)


def read_for_a_program(description: Description, text: str, *, zone: ZoneInfo, now: datetime) -> Reading:
    """As `read_filter`, with numbers as the server writes them wherever the person lives: a script is to mean the
    same everywhere, but a day in it is a day of the person's. Raises `BadFilter`."""
    return _Reader(description, zone, now, POINT).read(text)


def may_name_a_day(text: str) -> bool:
    """Whether a filter may compare with a day or a time, so that it has to be read at all."""
    values = (value.strip() for value in _BESIDE_VALUES.split(text))
    return any(value == "now" or moves_with_time(value) or _LIKE_A_DAY.fullmatch(value) for value in values)


def filter_as_typed(description: Description, kept: str, *, zone: ZoneInfo, now: datetime) -> str:
    """A kept filter with its numbers written as where the person lives; as it is where it cannot be read."""
    reader = _Reader(description, zone, now, POINT, written=conventions().numbers)
    try:
        return reader.read(kept).kept
    except BadFilter:
        return kept


def terms_of(description: Description, text: str) -> list[str]:
    """The terms of a filter as they were typed, one at least."""
    return [text[begin:end] for begin, end in _terms(text, _fields(description))]


@dataclass
class _Reader:
    description: Description
    zone: ZoneInfo
    now: datetime
    numbers: NumberFormat
    written: NumberFormat = POINT

    def read(self, text: str) -> Reading:
        fields = _fields(self.description)
        return Reading(text, tuple(self._term(fields, text, *span) for span in _terms(text, fields)))

    def _term(self, fields: dict[str, FieldDescription], text: str, begin: int, end: int) -> _Term:
        typed = text[begin:end]
        match = _TERM.fullmatch(typed)
        compared = fields.get(match["name"]) if match else None
        as_it_is = _Term(begin, begin, typed, typed, typed)
        if match is None or compared is None or match["operator"] == "~" or not _is_read(compared):
            return as_it_is
        value = match["value"].strip()
        value_at = begin + match.start("value")
        if value in ("", "null"):
            return as_it_is
        try:
            read = self._comparison(compared, match["name"], match["operator"], value)
        except BadValue as error:
            sentence = _("{field}: {reason}").format(field=compared.title, reason=error.sentence())
            raise BadFilter(sentence, value_at) from error
        return _Term(begin, value_at, typed, read.sent, read.kept, f"{compared.title} {read.said}")

    def _comparison(self, compared: FieldDescription, name: str, operator: str, value: str) -> _Comparison:
        if operator == "=" and value.startswith("[") and value.endswith("]"):
            items = [self._value(compared, item) for item in _items(value[1:-1])]
            if any(item.end for item in items):
                raise BadValue(
                    _("a list takes moments to the second; ask for days with a range such as t-7..t.")
                )
            sent = ",".join(quoted(item.begin) for item in items)
            kept = ",".join(quoted(item.kept) for item in items)
            said = _("is one of {values}").format(values=" | ".join(item.said for item in items))
            return _Comparison(f"{name}=[{sent}]", f"{name}=[{kept}]", said)
        if (ends := self._range(compared, value)) is None:
            return _compared(name, operator, self._value(compared, _unquoted(value)))
        if operator != "=":
            raise BadValue(_("a range follows = only; what lies outside it is < its begin, or > its end."))
        parts = [_compared(name, each, end) for each, end in zip((">=", "<="), ends, strict=True) if end]
        return _Comparison(
            ",".join(part.sent for part in parts),
            ",".join(part.kept for part in parts),
            " ".join(part.said for part in parts),
        )

    def _range(self, compared: FieldDescription, value: str) -> tuple[_Value | None, _Value | None] | None:
        """Both ends of ``a..b``; ``28.2...3.3.`` is parted where both sides are days. None where it is no range."""
        problem: BadValue | None = None
        for place in (found.start() for found in re.finditer(r"(?=\.\.)", value)):
            begin, end = value[:place].strip(), value[place + len(UP_TO) :].strip()
            if not begin and not end:
                break
            try:
                first = self._value(compared, begin) if begin else None
                last = self._value(compared, end) if end else None
            except BadValue as error:
                problem = problem or error
                continue
            return first, last
        if problem is not None:
            raise problem
        return None

    def _value(self, compared: FieldDescription, text: str) -> _Value:
        if compared.type == "date":
            day = parse_date(text, self.now.astimezone(self.zone).date())
            return _Value(day.isoformat(), _kept_day(text, day), format_date(day))
        if compared.type == "datetime":
            return self._moment(text)
        scale = compared.scale if compared.scale is not None else SCALES[compared.type]
        number = parse_decimal(text, scale, self.numbers)
        return _Value(
            format_decimal(number, numbers=POINT),
            format_decimal(number, numbers=self.written),
            format_decimal(number, grouped=True),
        )

    def _moment(self, text: str) -> _Value:
        if (exact := _with_zone(text)) is not None:
            sent = datetime_for_server(exact)
            return _Value(sent, sent, format_datetime(exact, self.zone, seconds=True))
        if text.strip().lower() == "now":
            return _Value(datetime_for_server(self.now), "now", format_datetime(self.now, self.zone))
        try:
            day = parse_date(text, self.now.astimezone(self.zone).date())
        except BadValue:
            begin = parse_datetime(text, self.zone, self.now)
            end = begin + timedelta(seconds=1 if text.count(":") > 1 else 60)
            said = format_datetime(begin, self.zone, seconds=text.count(":") > 1)
            return _Value(datetime_for_server(begin), "", said, datetime_for_server(end))
        return _Value(
            self._midnight(day),
            _kept_day(text, day),
            format_date(day),
            self._midnight(day + timedelta(days=1)),
        )

    def _midnight(self, day: date) -> str:
        return datetime_for_server(datetime.combine(day, time(), self.zone).astimezone(UTC))


def _compared(name: str, operator: str, one: _Value) -> _Comparison:
    """One comparison. What reaches up to an end is sent as two, or as one with the nearer of its edges."""
    said = f"{meaning(operator)} {one.said}"
    if not one.end:
        return _Comparison(f"{name}{operator}{one.begin}", f"{name}{operator}{one.kept}", said)
    if operator == "!=":
        raise BadValue(
            _("moments are never just a day; ask with < for what is before it, or with > for after it.")
        )
    sent = {
        "=": f"{name}>={one.begin},{name}<{one.end}",
        ">": f"{name}>={one.end}",
        ">=": f"{name}>={one.begin}",
        "<": f"{name}<{one.begin}",
        "<=": f"{name}<{one.end}",
    }[operator]
    return _Comparison(sent, f"{name}{operator}{one.kept}" if one.kept else sent, said)


def _fields(description: Description) -> dict[str, FieldDescription]:
    return {name: each for name, each, _title in filterable(description)}


def _is_read(compared: FieldDescription) -> bool:
    return not compared.reference and (compared.type in DATES or compared.type in SCALES)


def _kept_day(text: str, day: date) -> str:
    return text.strip().lower() if moves_with_time(text) else day.isoformat()


def _with_zone(text: str) -> datetime | None:
    """A moment as the server writes it, or None."""
    try:
        return datetime_from_server(text.strip())
    except ValueError:
        return None


def _terms(text: str, fields: dict[str, FieldDescription]) -> Iterator[tuple[int, int]]:
    """Where terms begin and end. A comma with a digit on either side belongs to a number: no term begins so."""

    def in_number(begin: int, place: int) -> bool:
        match = _TERM.match(text, begin)
        compared = fields.get(match["name"]) if match else None
        return (
            compared is not None
            and compared.type in SCALES
            and text[place - 1 : place].isdecimal()
            and text[place + 1 : place + 2].isdecimal()
        )

    begin = 0
    for place in _commas(text):
        if not in_number(begin, place):
            yield begin, place
            begin = place + 1
    yield begin, len(text)


def _items(text: str) -> list[str]:
    """The items of a list, without their quotes."""
    places = [-1, *_commas(text), len(text)]
    return [_unquoted(text[one + 1 : other].strip()) for one, other in pairwise(places)]


def _commas(text: str) -> Iterator[int]:
    """The commas that stand in no quotes and no brackets."""
    depth, quoted_now, escaped = 0, False, False
    for place, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted_now:
            escaped = character == "\\"
            quoted_now = character != '"'
        elif character == '"':
            quoted_now = True
        elif character in "[]":
            depth += 1 if character == "[" else -1
        elif character == "," and depth <= 0:
            yield place


def _unquoted(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return re.sub(r'\\(["\\])', r"\1", value[1:-1])
    return value
