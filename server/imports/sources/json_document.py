"""One JSON document: an array of records, or an object in which such arrays lie, each of them a sheet."""

from __future__ import annotations

from pathlib import Path

from server.imports.sources.json_lines import encoding_of
from server.imports.sources.json_text import LONGEST_NAME, JsonText, Members, Table, row_of
from server.imports.sources.port import Found, Limits, Refused, Rows, Sheet

DEEPEST = 8
MOST_SHEETS = 200


def read(path: Path, rows: Rows, *, sheet: str | None, limits: Limits) -> Found:
    """Puts a row for every record of the array; nested members become columns named with dots.

    Of an object the array `sheet` is taken, named by its path, or the first that holds records. Raises `Refused`.
    """
    with path.open(encoding=encoding_of(path), newline="") as file:
        walk = _Walk(JsonText(file), rows, sheet, limits)
        try:
            walk.run()
        except UnicodeError as error:
            raise Refused("undecodable_json") from error
    return walk.found


class _Walk:
    """Goes once through the document and puts the records of the one array that is wanted."""

    def __init__(self, text: JsonText, rows: Rows, sheet: str | None, limits: Limits) -> None:
        self.text = text
        self.rows = rows
        self.sheet = sheet
        self.table = Table(limits.columns)
        self.found = Found()
        self.taken = False
        self.record = Members()

    def run(self) -> None:
        """Reads all of it. Raises `Refused` where no records are found."""
        if self.text.peek() == "[":
            self._array("", wanted=self.sheet in (None, ""))
        else:
            self._object("", 1)
        self.text.end()
        if self.sheet and self.sheet not in {each.name for each in self.found.sheets}:
            names = [each.name for each in self.found.sheets][:20]
            raise Refused("no_such_sheet", sheet=self.sheet[:80], sheets=names)
        if not self.taken and not self.found.sheets and self.record:
            # An object without an array in it is one record.
            cells, marks = self.table.row(self.record)
            self.rows.put(1, cells, marks)
            self.found.names = self.table.names

    def _object(self, path: str, depth: int) -> None:
        if depth > DEEPEST:
            self.text.value()
            return
        for name in self.text.members():
            below = f"{path}.{name}" if path else name
            opening = self.text.peek()
            if opening == "{":
                self._object(below, depth + 1)
            elif opening == "[":
                self._array(below, wanted=self.sheet == below or (self.sheet is None and not self.taken))
            else:
                self.record.append((below, self.text.value()))

    def _array(self, path: str, *, wanted: bool) -> None:
        """Puts the elements of the array where it is wanted; where its elements are no records it is no sheet."""
        is_sheet = not path
        for number in self.text.elements():
            opening = self.text.peek()
            value = self.text.value()
            if number == 1 and 0 < len(path) <= LONGEST_NAME and opening in "{[":
                is_sheet = True
                if len(self.found.sheets) < MOST_SHEETS:
                    self.found.sheets.append(Sheet(path))
            if wanted and is_sheet:
                if number == 1:
                    self.taken = True
                    self.found.sheet = path
                    self.found.names = [] if isinstance(value, Members) else None
                self.rows.put(number, *row_of(value, self.table))
        if wanted and is_sheet and self.found.names is not None:
            self.found.names = self.table.names
