"""Lines of a document that two people changed: as fields to choose from, and put together as was chosen.

A field of a line is named by its path, `lines[71].quantity`, with the key of the line; a line that one side took
out is named whole, `lines[71]`. Lines that somebody added are kept, whoever it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from erp_tui.core.i18n import _
from widgets.lines.conflict import Conflict
from widgets.table.columns import Column

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineSides:
    """The lines of a document: as they were, as the server has them, as they were typed.

    `fields` are those that may be changed, by name, as columns that know how a value is shown; `display` names
    what stands beside the key of a reference.
    """

    name: str
    fields: Mapping[str, Column]
    display: Mapping[str, Sequence[str]]
    base: Sequence[Line]
    theirs: Sequence[Line]
    mine: Sequence[Line]

    def conflicts(self) -> list[Conflict]:
        """What this person changed in the lines that were there."""
        return [*self._changed(), *self._taken_out()]

    def added_elsewhere(self) -> list[str]:
        """The lines that only the server has: they stay."""
        before = _by_key(self.base)
        return [self._label(line) for key, line in _by_key(self.theirs).items() if key not in before]

    def together(self, keep_mine: Mapping[str, bool]) -> list[dict[str, Any]]:
        """The lines to save: theirs, with mine where that was chosen, and what this person added."""
        mine, base = _by_key(self.mine), _by_key(self.base)
        lines: list[dict[str, Any]] = []
        for key, theirs in _by_key(self.theirs).items():
            if key in base and key not in mine and keep_mine.get(self._path(key), True):
                continue
            lines.append(self._line(theirs, mine.get(key, theirs), key, keep_mine))
        # Taken out by the other side: kept only where this person changed it and chose that.
        lines += [
            {name: value for name, value in mine[key].items() if name != "id"}
            for key in mine
            if key in base and key not in _by_key(self.theirs) and keep_mine.get(self._path(key), False)
        ]
        return [*lines, *(dict(line) for line in self.mine if line.get("id") is None)]

    def _line(self, theirs: Line, mine: Line, key: int, keep_mine: Mapping[str, bool]) -> dict[str, Any]:
        line = dict(theirs)
        for name in self.fields:
            if keep_mine.get(self._path(key, name), False):
                line[name] = mine.get(name)
                line |= {each: mine[each] for each in self.display.get(name, ()) if each in mine}
        return line

    def _changed(self) -> Iterator[Conflict]:
        base, theirs = _by_key(self.base), _by_key(self.theirs)
        for key, mine in _by_key(self.mine).items():
            if key not in base:
                continue
            changed = [name for name in self.fields if mine.get(name) != base[key].get(name)]
            if key not in theirs and changed:
                yield Conflict(
                    self._path(key),
                    self._title(key),
                    self._label(base[key]),
                    _("taken out"),
                    self._label(mine),
                )
            elif key in theirs:
                for name in changed:
                    sides = (self._shown(line, name) for line in (base[key], theirs[key], mine))
                    yield Conflict(
                        self._path(key, name), f"{self._title(key)} {self.fields[name].title}", *sides
                    )

    def _taken_out(self) -> Iterator[Conflict]:
        mine, theirs = _by_key(self.mine), _by_key(self.theirs)
        for key, line in _by_key(self.base).items():
            if key not in mine and key in theirs:
                yield Conflict(
                    self._path(key),
                    self._title(key),
                    self._label(line),
                    self._label(theirs[key]),
                    _("taken out"),
                )

    def _path(self, key: int, name: str = "") -> str:
        return f"{self.name}[{key}]" + (f".{name}" if name else "")

    def _title(self, key: int) -> str:
        number = list(_by_key(self.base)).index(key) + 1
        return _("Line {number}").format(number=number)

    def _shown(self, line: Line, name: str) -> str | None:
        return self.fields[name].text(line) if line.get(name) is not None else None

    def _label(self, line: Line) -> str:
        return " ".join(str(self._shown(line, name)) for name in self.fields if line.get(name) is not None)


def _by_key(lines: Sequence[Line]) -> dict[int, Line]:
    return {int(line["id"]): line for line in lines if line.get("id") is not None}
