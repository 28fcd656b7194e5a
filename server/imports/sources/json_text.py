"""JSON read value by value from a stream of text; numbers as they are written, doubled keys seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NoReturn

from server.imports.sources.port import Mark, Refused

PIECE = 1 << 20
# One record of a table is far below; what is longer is held in memory as a whole.
LONGEST_VALUE = 16 << 20
SPACE = " \t\r\n"
# `-Infinity` is the longest word, and an escape in a text is shorter: nearer to the end, more may follow.
LONGEST_WORD = 12
MOST_DIGITS = 60
LONGEST_NAME = 200
MOST_EXPONENT = 40


class Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


class NotANumber(str):
    """NaN or an infinity, which JSON does not know and no field can hold."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """The members of an object in their order, doubled ones included."""


DECODER = json.JSONDecoder(
    object_pairs_hook=Members, parse_float=Number, parse_int=Number, parse_constant=NotANumber
)


class JsonText:
    """A text of JSON that is read from the front. Raises `Refused` where it is none, or cut off."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._lines = 1

    def peek(self) -> str:
        """Returns the next character that is no space, empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in SPACE:
                self._at += 1
            if self._at < len(self._text) or not self._more(PIECE):
                return self._text[self._at : self._at + 1]

    def take(self, marks: str) -> str:
        """Returns the next character, which is one of `marks`."""
        mark = self.peek()
        if not mark or mark not in marks:
            self._refuse(cut=not mark)
        self._at += 1
        return mark

    def value(self) -> Any:
        """Returns the next value: a text, a `Number`, a `NotANumber`, True, False, None, a list or `Members`."""
        if not self.peek():
            self._refuse(cut=True)
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - LONGEST_WORD
                if not cut or not self._more(max(PIECE, len(self._text) - self._at)):
                    ended = error.msg.startswith("Unterminated") or not self._text[error.pos :].strip(SPACE)
                    self._refuse(error.pos, cut=ended)
            except RecursionError as error:
                raise Refused("too_deep", line=self._line(self._at)) from error
            else:
                # A number at the very end may go on in the next piece.
                if end < len(self._text) or not self._more(PIECE):
                    self._at = end
                    return value

    def members(self) -> Iterator[str]:
        """Yields the names of the object that begins here; the caller reads each value before going on."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            name = self.value()
            if type(name) is not str:
                self._refuse(cut=False)
            self.take(":")
            yield name
            if self.take(",}") == "}":
                return

    def elements(self) -> Iterator[int]:
        """Yields the number of each element of the array that begins here, from 1; the caller reads it."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        number = 0
        while True:
            number += 1
            yield number
            if self.take(",]") == "]":
                return

    def end(self) -> None:
        """Raises `Refused` where anything stands behind the value."""
        if self.peek():
            raise Refused("json_goes_on", line=self._line(self._at))

    def _more(self, size: int) -> bool:
        """Reads on; returns whether there was more."""
        room = LONGEST_VALUE - (len(self._text) - self._at)
        if room <= 0:
            raise Refused("value_too_long", line=self._line(self._at), limit=LONGEST_VALUE >> 20)
        piece = self._file.read(min(size, room))
        if piece:
            self._lines += self._text.count("\n", 0, self._at)
            self._text = self._text[self._at :] + piece
            self._at = 0
        return bool(piece)

    def _line(self, at: int) -> int:
        return self._lines + self._text.count("\n", 0, at)

    def _refuse(self, at: int | None = None, *, cut: bool) -> NoReturn:
        line = self._line(self._at if at is None else at)
        raise Refused("json_cut_off" if cut else "invalid_json", line=line)


def number_text(number: str) -> str:
    """Returns a number exactly, without an exponent where that is readable."""
    if ("e" not in number and "E" not in number) or len(number) > MOST_DIGITS:
        return str(number)
    try:
        exact = Decimal(number)
    except InvalidOperation:
        return str(number)
    return format(exact, "f") if abs(exact.adjusted()) <= MOST_EXPONENT else str(number)


class Table:
    """The columns of records: a dotted name for every member, in the order in which they first stand."""

    def __init__(self, most_columns: int) -> None:
        self._most = most_columns
        self._columns: dict[str, int] = {}

    @property
    def names(self) -> list[str]:
        """The names so far."""
        return [name[:LONGEST_NAME] for name in self._columns]

    def row(self, record: Members) -> tuple[list[str], list[Mark]]:
        """Returns the cells of a record, and what is wrong with it."""
        cells: list[str] = [""] * len(self._columns)
        marks: list[Mark] = []
        seen: set[int] = set()
        pending: list[tuple[str, Any]] = [("", record)]
        while pending:
            path, value = pending.pop()
            if isinstance(value, Members):
                pending += [(f"{path}.{name}" if path else name, below) for name, below in reversed(value)]
                continue
            column = self._column(path)
            cells += [""] * (column + 1 - len(cells))
            if column in seen:
                marks.append(Mark("doubled_key", {"key": path[:80]}))
            seen.add(column)
            cells[column] = text_of(value)
            if isinstance(value, NotANumber):
                marks.append(Mark("not_a_number", {"key": path[:80], "value": str(value)}))
        return cells, marks

    def _column(self, path: str) -> int:
        column = self._columns.setdefault(path, len(self._columns))
        if column >= self._most:
            raise Refused("too_many_columns", limit=self._most)
        return column


def text_of(value: Any) -> str:
    """Returns a value as the text of a cell; a list, and what lies in one, as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return number_text(value)
    if isinstance(value, Members | list):
        return _as_json(value)
    return str(value)


def _as_json(value: Any) -> str:
    """Returns JSON with the numbers as they were written, which `json.dumps` would not keep."""
    if isinstance(value, Members):
        return "{" + ",".join(f"{_as_json(name)}:{_as_json(below)}" for name, below in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_json, value)) + "]"
    if isinstance(value, Number | NotANumber):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def row_of(value: Any, table: Table) -> tuple[list[str], list[Mark]]:
    """Returns the cells of one element of a table: of an object by its names, of a list in its order."""
    if isinstance(value, Members):
        return table.row(value)
    if isinstance(value, list):
        return [text_of(each) for each in value], []
    return [text_of(value)], [Mark("not_an_object", {})]
