"""The little of Markdown that the guide is written in: headings, paragraphs, lists, tables, code, links.

Pictures are left out: a terminal shows none, and every page must be whole without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

INLINE: Final = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\[(?P<label>[^\]]+)\]\((?P<target>[^)\s]+)\)"
)
PICTURE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)")
ITEM: Final = re.compile(r"(?:[-*]|(?P<number>\d+)\.) +")
RULE: Final = re.compile(r"\|?[-| :]+\|?")


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: plain, `strong` for keys and commands, or a link to `target`."""

    text: str
    strong: bool = False
    target: str = ""


@dataclass(slots=True)
class Block:
    """A block of a page. A row of a table has one list of pieces a cell, everything else one in all.

    `level` is that of a heading, and the number of an item in a numbered list.
    """

    kind: Kind
    cells: list[list[Piece]] = field(default_factory=list)
    level: int = 0

    @property
    def plain(self) -> str:
        """Its text, without marks."""
        return "  ".join("".join(piece.text for piece in cell) for cell in self.cells)


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page."""
    waiting: list[str] = []
    kind = Kind.PARAGRAPH
    number = 0
    for line in [*PICTURE.sub("", text).splitlines(), ""]:
        stripped = line.strip()
        item = ITEM.match(stripped)
        starts_item = item is not None
        starts_own = not stripped or starts_item or stripped.startswith(("#", "|")) or line.startswith("    ")
        inside = kind is Kind.ITEM and waiting and line.startswith("  ") and stripped and not starts_item
        if starts_own and waiting and not inside:
            yield Block(kind, [pieces(" ".join(waiting))], number if kind is Kind.ITEM else 0)
            waiting, kind = [], Kind.PARAGRAPH
        if not stripped:
            continue
        if inside:
            waiting.append(stripped)
        elif stripped.startswith("#"):
            level = len(stripped) - len(stripped.lstrip("#"))
            yield Block(Kind.HEADING, [pieces(stripped.lstrip("# "))], level)
        elif stripped.startswith("|"):
            if RULE.fullmatch(stripped) is None:
                yield Block(Kind.ROW, [pieces(cell.strip()) for cell in stripped.strip("|").split("|")])
        elif line.startswith("    "):
            yield Block(Kind.CODE, [[Piece(line[4:], strong=True)]])
        elif item is not None:
            kind, number = Kind.ITEM, int(item["number"] or 0)
            waiting = [stripped[item.end() :]]
        else:
            waiting.append(stripped)


def pieces(text: str) -> list[Piece]:
    """A paragraph in pieces."""
    found: list[Piece] = []
    end = 0
    for match in INLINE.finditer(text):
        if match.start() > end:
            found.append(Piece(text[end : match.start()]))
        if match["target"]:
            found.append(Piece(match["label"].strip("`*"), target=match["target"]))
        else:
            found.append(Piece(match["code"] or match["bold"], strong=True))
        end = match.end()
    if end < len(text):
        found.append(Piece(text[end:]))
    return found
