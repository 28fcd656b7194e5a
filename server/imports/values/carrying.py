"""The cell of one kind of file in another one, so that it means there what it means here.

A CSV guards what a spreadsheet would run, a workbook only what an import takes for an instruction, and JSON nothing:
a cell that were copied as it stands would mean another text.
"""

from __future__ import annotations

from typing import NamedTuple

from server.core.formula_guard import (
    DANGEROUS,
    MASK,
    SPREADSHEET_ERROR,
    guard_value,
    guard_word,
    unguard,
    unguard_word,
)
from server.imports.values.typed import NOTHING, Style

EMPTY, CLEARS, AS_IT_IS, SAYS = "empty", "clears", "as it is", "says"


class Meaning(NamedTuple):
    """What a cell is: `EMPTY`, `CLEARS`, a word that is taken `AS_IT_IS`, or a `text` that it `SAYS`."""

    kind: str
    text: str = ""


def meaning(cell: str, style: Style) -> Meaning:
    """Returns what a cell means in a file of this style, as `values.reader` reads it."""
    bare = cell.strip()
    if not bare or (style.knows_words and bare in NOTHING):
        return Meaning(EMPTY)
    if bare == style.clear_mark:
        return Meaning(CLEARS)
    if bare == MASK or (style.knows_words and SPREADSHEET_ERROR.fullmatch(bare)):
        return Meaning(AS_IT_IS, bare)
    if bare[0] not in "'=" or not (style.from_text or style.knows_words):
        return Meaning(SAYS, bare)
    return Meaning(SAYS, unguard(bare) if style.from_text else unguard_word(bare))


def carried(cell: str, of: Style, into: Style) -> str:
    """Returns what a cell of a file of one style reads in one of another; the cell itself where that is the same."""
    said = meaning(cell, of)
    if said.kind == EMPTY:
        return cell.strip() if meaning(cell, into).kind == EMPTY else ""
    if said.kind == CLEARS:
        return into.clear_mark or cell.strip()
    if said.kind == AS_IT_IS:
        return said.text
    if into.from_text:
        written = guard_value(said.text)
    else:
        written = guard_word(said.text) if into.knows_words else said.text
    if written == cell.strip() and not (into.from_text and DANGEROUS.match(cell)):
        return cell
    return written
