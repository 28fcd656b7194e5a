"""What a filter may go on with, in the grammar of docs/api.md: names, operators, values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erp_tui.core.commands.completion import folded
from erp_tui.core.i18n import _
from erp_tui.core.parts import part_title

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription

OPERATORS = ("!=", ">=", "<=", "=", ">", "<", "~")
TEXTS = frozenset({"text", "long_text", "code", "reference"})
ORDERED = frozenset(
    {"integer", "quantity", "money", "unit_price", "rate", "percent", "date", "datetime", "code", "text"}
)
MOST = 8

_TERM = re.compile(r"\s*(?P<name>\w*)\s*(?P<operator>!=|>=|<=|=|>|<|~)?\s*(?P<value>.*)", re.DOTALL)
_NEEDS_QUOTES = re.compile(r'[,\[\]"\\]|^[=!<>~]|^\s|\s$|^$|^null$')


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on: the whole text that it makes, what of it is new, and what that means."""

    text: str
    piece: str
    title: str = ""


def quoted(value: str) -> str:
    """A value as a filter takes it, in double quotes where it needs them."""
    if _NEEDS_QUOTES.search(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value


def suggestions(description: Description, text: str) -> list[Suggestion]:
    """How ``text`` may go on at its end, the likeliest first; none where only the person knows."""
    start = _begin_of_term(text)
    term = _TERM.fullmatch(text[start:])
    if term is None:
        return []
    before = text[:start] + text[start:][: term.start("name")]
    if term["operator"] is None:
        found = _names(description, before, term["name"]) if not term["value"] else iter(())
    else:
        found = _values(description, text[: start + term.start("value")], term)
    once = {each.text: each for each in found if each.text != text}
    return list(once.values())[:MOST]


def _begin_of_term(text: str) -> int:
    """Where the last term begins: after the last comma that stands in no quotes and no brackets."""
    begin, quoted_now, depth, escaped = 0, False, 0, False
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
            begin = place + 1
    return begin


def _names(description: Description, before: str, typed: str) -> Iterator[Suggestion]:
    wanted = folded(typed)
    fields = list(filterable(description))
    exact = next((field for name, field, _title in fields if name == typed), None)
    if exact is not None:
        for operator in _operators(exact):
            yield Suggestion(f"{before}{typed}{operator}", operator, meaning(operator))
    offers = [(each.name, each.name, each.title) for each in description.filters]
    offers += [(f"{name}=", name, title) for name, _field, title in fields]
    for rank in (0, 1, 2):
        for piece, name, title in offers:
            if _rank(wanted, name, title) == rank:
                yield Suggestion(before + piece, piece, title)


def _rank(wanted: str, name: str, title: str) -> int | None:
    if folded(name).startswith(wanted):
        return 0
    if folded(title).startswith(wanted):
        return 1
    return 2 if wanted in folded(name) or wanted in folded(title) else None


def filterable(description: Description) -> Iterator[tuple[str, FieldDescription, str]]:
    """Every name that a comparison can begin with: fields, and the columns that name a reference."""
    for field in description.fields:
        if field.filterable:
            yield field.name, field, field.title
            for column in field.display:
                title = part_title(field.title, field.name, column)
                yield column, field.model_copy(update={"type": "text"}), title


def _operators(field: FieldDescription) -> Iterable[str]:
    yield from ("=", "!=")
    if field.type in TEXTS and not field.reference:
        yield "~"
    if field.type in ORDERED:
        yield from (">", ">=", "<", "<=")


def meaning(operator: str) -> str:
    """An operator in a word, as it stands between a field and a value."""
    return {
        "=": _("is"),
        "!=": _("is not"),
        "~": _("contains"),
        ">": _("more than"),
        ">=": _("from"),
        "<": _("less than"),
        "<=": _("up to"),
    }[operator]


def _values(description: Description, before: str, term: re.Match[str]) -> Iterator[Suggestion]:
    field = next((field for name, field, _title in filterable(description) if name == term["name"]), None)
    if field is None:
        return
    typed = term["value"]
    if term["operator"] == "=" and typed.startswith("["):
        # In a list, what is typed is its last item.
        last = max(typed.rfind(","), 0) + 1
        before, typed = before + typed[:last], typed[last:].lstrip()
    wanted = folded(typed.strip('"'))
    for value, title in _known_values(field, term["operator"]):
        if folded(value).startswith(wanted) or folded(title).startswith(wanted):
            piece = value if value == "null" else quoted(value)
            yield Suggestion(before + piece, piece, title)


def _known_values(field: FieldDescription, operator: str) -> Iterator[tuple[str, str]]:
    if field.type == "boolean":
        yield from (("true", _("yes")), ("false", _("no")))
    for choice in field.choices or ():
        yield str(choice.value), choice.title
    if field.nullable and operator in ("=", "!="):
        yield "null", _("empty")
