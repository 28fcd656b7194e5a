"""A block copied from a spreadsheet, read as lines of a document: what fits becomes lines, the rest is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from erp_tui.core.entry.values import BadValue
from erp_tui.core.i18n import _
from widgets.fields.base import FieldWidget
from widgets.fields.boolean_field import BooleanField
from widgets.fields.lookup import Found
from widgets.fields.lookup_field import LookupField
from widgets.fields.text_field import TextField

ROWS_AT_ONCE: Final = 500
"""Rows between which the screen may draw and the keys are heard."""

YES_WORDS: Final = frozenset({"y", "yes", "x", "1", "true"})
NO_WORDS: Final = frozenset({"n", "no", "0", "false", "-"})


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row that is no line: its number in the block from 1, why, and the row as it was copied."""

    number: int
    reason: str
    text: str


@dataclass(slots=True)
class Pasted:
    """What became of a block."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)


def is_block(text: str) -> bool:
    """Whether a paste is several rows or columns; one row's line end alone makes no block."""
    stripped = text.rstrip("\r\n")
    return any(mark in stripped for mark in ("\n", "\r", "\t"))


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """The rows that hold something, each with its number from 1, cut at its tabs."""
    rows = enumerate(text.splitlines(), start=1)
    return [(number, [cell.strip() for cell in row.split("\t")]) for number, row in rows if row.strip()]


def columns_of_block(
    first: Sequence[str], fields: Mapping[str, FieldWidget], start: str
) -> tuple[list[str | None], bool]:
    """The field that each column goes into, and whether the first row names them.

    A row of titles names them; a column of an unknown title is left out. Without titles the columns fill the
    fields in their order, from the one that was pasted into.
    """
    known = {
        title.casefold(): name for name, each in fields.items() for title in (each.description.title, name)
    }
    named = [known.get(cell.casefold()) for cell in first]
    # One cell may be a value that happens to be called like a field; two are titles.
    if sum(name is not None for name in named) >= min(2, len(first)):
        return named, True
    names = list(fields)
    return list(names[names.index(start) :]), False


class BlockReader:
    """Reads a block through the fields of the entry row, which know what may be typed into them."""

    def __init__(self, fields: Mapping[str, FieldWidget]) -> None:
        self._fields = fields
        self._known: dict[str, Mapping[str, Found]] = {}

    async def read(self, text: str, start: str) -> Pasted:
        """Lines and misfits. Raises `ErpError` where references could not be looked up; nothing is taken then."""
        rows, pasted = rows_of(text), Pasted()
        if not rows:
            return pasted
        columns, has_titles = columns_of_block(rows[0][1], self._fields, start)
        rows = rows[1:] if has_titles else rows
        await self._look_up(columns, [cells for _number, cells in rows])
        for index, (number, cells) in enumerate(rows):
            if index % ROWS_AT_ONCE == ROWS_AT_ONCE - 1:
                await asyncio.sleep(0)
            try:
                pasted.lines.append(self._line(columns, cells))
            except BadValue as bad:
                pasted.misfits.append(Misfit(number, bad.sentence(), "\t".join(cells)))
        return pasted

    async def _look_up(self, columns: Sequence[str | None], rows: Sequence[Sequence[str]]) -> None:
        for index, name in enumerate(columns):
            looked_up = self._fields[name] if name is not None else None
            if isinstance(looked_up, LookupField) and name is not None:
                codes = {cells[index] for cells in rows if index < len(cells) and cells[index]}
                self._known[name] = await looked_up.lookups.resolve_many(looked_up.resource, sorted(codes))

    def _line(self, columns: Sequence[str | None], cells: Sequence[str]) -> dict[str, Any]:
        line: dict[str, Any] = {
            name: each.description.default
            for name, each in self._fields.items()
            if each.description.default is not None
        }
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise BadValue(
                _("There are {count} columns and {limit} fields for them.").format(
                    count=len(cells), limit=len(columns)
                )
            )
        for name, cell in zip(columns, cells, strict=False):
            if name is not None and cell:
                line |= self._value(name, cell)
        for name, each in self._fields.items():
            if each.description.required and line.get(name) is None:
                raise BadValue(_("{title} is missing.").format(title=each.description.title))
        return line

    def _value(self, name: str, cell: str) -> dict[str, Any]:
        into, title = self._fields[name], self._fields[name].description.title
        if isinstance(into, LookupField):
            found = self._known[name].get(cell)
            if found is None:
                raise BadValue(_("There is no {title} '{text}'.").format(title=title, text=cell))
            return {name: found.id, **into.display_of(found)}
        if isinstance(into, BooleanField):
            word = cell.casefold()
            if word not in YES_WORDS | NO_WORDS:
                raise BadValue(_("{title}: '{text}' is neither yes nor no.").format(title=title, text=cell))
            return {name: word in YES_WORDS}
        if isinstance(into, TextField):
            limit = into.description.max_length
            if limit is not None and len(cell) > limit:
                raise BadValue(
                    _("{title} has {length} characters; {limit} are possible.").format(
                        title=title, length=len(cell), limit=limit
                    )
                )
            try:
                return {name: into.parse(cell)}
            except BadValue as bad:
                raise BadValue(_("{title}: {problem}").format(title=title, problem=bad.sentence())) from bad
        raise BadValue(_("{title} takes no paste.").format(title=title))
