"""The filter grammar of docs/api.md (X-07), for every list, command and export.

::

    filter     = [ term *( "," term ) ]
    term       = name | name operator value
    operator   = "=" / "!=" / ">" / ">=" / "<" / "<=" / "~"
    value      = text / "null" / "[" text *( "," text ) "]"     (null after = and != only, a list after = only)
    text       = bare / quoted
    quoted     = DQUOTE *( char / "\\" DQUOTE / "\\\\" ) DQUOTE

Terms are joined by and. Spaces around a term, an operator and a value mean nothing. A bare text holds no
comma, bracket or double quote and does not begin with an operator. What the fields are, and whether a value
fits them, is the business of the resource.
"""

import dataclasses
import re
from enum import StrEnum

from django.utils.translation import gettext as _

from server.core.parsers.errors import ParseError

MAX_LENGTH = 8000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_BARE = re.compile(r'[^,\[\]"]+')
_SPACE = re.compile(r"\s*")
_NEEDS_QUOTES = re.compile(r'[,\[\]"]|\A[=!<>~]|\A\s|\s\Z|\A\Z|\Anull\Z')


class Operator(StrEnum):
    """How a field is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    CONTAINS = "~"


_LONGEST_FIRST = sorted(Operator, key=lambda operator: -len(operator.value))


@dataclasses.dataclass(frozen=True, slots=True)
class NamedFilter:
    """A bare word: a filter that the resource declares under this name. ``position`` counts from 1."""

    name: str
    position: int = dataclasses.field(default=1, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with a text, with ``None`` (null), or with any of several texts.

    ``position`` is that of the field, ``value_position`` that of the value, both from 1.
    """

    field: str
    operator: Operator
    value: str | tuple[str, ...] | None
    position: int = dataclasses.field(default=1, compare=False)
    value_position: int = dataclasses.field(default=1, compare=False)


Term = NamedFilter | Comparison


def parse(text: str, *, parameter: str = "filter") -> tuple[Term, ...]:
    """The terms of a filter, in the order given; empty for an empty text. Raises `ParseError`."""
    return _Parser(text, parameter).filter()


def format(terms: tuple[Term, ...]) -> str:
    """The text that parses into these terms."""
    return ",".join(_formatted(term) for term in terms)


def _formatted(term: Term) -> str:
    if isinstance(term, NamedFilter):
        return term.name
    if term.value is None:
        value = "null"
    elif isinstance(term.value, tuple):
        value = f"[{','.join(map(_quoted, term.value))}]"
    else:
        value = _quoted(term.value)
    return f"{term.field}{term.operator}{value}"


def _quoted(text: str) -> str:
    if _NEEDS_QUOTES.search(text) is None:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Parser:
    def __init__(self, text: str, parameter: str) -> None:
        self.text = text
        self.parameter = parameter
        self.at = 0

    def filter(self) -> tuple[Term, ...]:
        if len(self.text) > MAX_LENGTH:
            raise self.error(_("at most %(limit)d characters") % {"limit": MAX_LENGTH}, at=MAX_LENGTH)
        self.skip_space()
        if self.ended():
            return ()
        terms = [self.term()]
        while self.take(","):
            terms.append(self.term())
        if not self.ended():
            raise self.error(_("a comma, or the end"))
        return tuple(terms)

    def term(self) -> Term:
        self.skip_space()
        start = self.at
        name = self.matched(_NAME)
        if not name:
            raise self.error(_("the name of a field or of a filter"))
        self.skip_space()
        operator = next((each for each in _LONGEST_FIRST if self.take(each.value)), None)
        if operator is None:
            if self.ended() or self.text[self.at] == ",":
                return NamedFilter(name, start + 1)
            raise self.error(_("one of = != > >= < <= ~, a comma, or the end"))
        self.skip_space()
        value_at = self.at
        value = self.value(operator)
        self.skip_space()
        return Comparison(name, operator, value, start + 1, value_at + 1)

    def value(self, operator: Operator) -> str | tuple[str, ...] | None:
        start = self.at
        if self.take("["):
            if operator is not Operator.EQUAL:
                raise self.error(_("a single value: a list can follow = only"), at=start)
            return self.items()
        text, quoted = self.single()
        if quoted or text != "null":
            return text
        if operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
            raise self.error(
                _('a value: null can follow = and != only (the word itself is "null")'), at=start
            )
        return None

    def items(self) -> tuple[str, ...]:
        items = [self.item()]
        while self.take(","):
            items.append(self.item())
        if not self.take("]"):
            raise self.error(_("a comma, or the closing ]"))
        return tuple(items)

    def item(self) -> str:
        self.skip_space()
        start = self.at
        text, quoted = self.single()
        if text == "null" and not quoted:
            raise self.error(_('a value: null cannot stand in a list (the word itself is "null")'), at=start)
        self.skip_space()
        return text

    def single(self) -> tuple[str, bool]:
        """A text, and whether it was quoted."""
        if self.take('"'):
            return self.rest_of_quoted(), True
        if any(self.text.startswith(each.value[0], self.at) for each in Operator):
            raise self.error(_("a value; one that begins with = ! < > ~ goes in double quotes"))
        bare = self.matched(_BARE).rstrip()
        if not bare:
            raise self.error(_('a value; an empty one is written ""'))
        if not self.ended() and self.text[self.at] in '"[':
            raise self.error(_("a comma, or the end; a value with quotes or brackets goes in double quotes"))
        return bare, False

    def rest_of_quoted(self) -> str:
        opening = self.at
        parts: list[str] = []
        while not self.ended():
            character = self.text[self.at]
            self.at += 1
            if character == '"':
                return "".join(parts)
            if character == "\\":
                if self.ended() or self.text[self.at] not in '"\\':
                    raise self.error(_('\\" or \\\\ after a backslash in quotes'))
                character = self.text[self.at]
                self.at += 1
            parts.append(character)
        raise self.error(
            _("the closing double quote of the one at character %(position)d") % {"position": opening}
        )

    def skip_space(self) -> None:
        self.matched(_SPACE)

    def matched(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def take(self, literal: str) -> bool:
        if not self.text.startswith(literal, self.at):
            return False
        self.at += len(literal)
        return True

    def ended(self) -> bool:
        return self.at >= len(self.text)

    def error(self, expected: str, *, at: int | None = None) -> ParseError:
        position = (self.at if at is None else at) + 1
        return ParseError(self.parameter, self.text, position, expected)
