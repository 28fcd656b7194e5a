"""A page of the guide to be read: it scrolls, Tab goes from link to link, Enter follows one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.guide.text import Block, Kind, Piece
from widgets.table.row_keys import SCROLLING, row_bindings
from widgets.text import server_text

HEADINGS = {1: "bold underline", 2: "bold", 3: "italic"}
FIRST_CELL = 16


class PageView(VerticalScroll, can_focus=True):
    """Blocks, one widget each. `Followed` tells which link was chosen."""

    DEFAULT_CSS: ClassVar[str] = """
    PageView {
        height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; background: $background;
        & > Static { width: 1fr; height: auto; max-width: 92; }
        & > .page--paragraph, & > .page--heading { margin: 0 0 1 0; }
        & > .page--item { padding: 0 0 0 2; }
        & > .page--code { padding: 0 0 0 4; }
        & > .page--last { margin: 0 0 1 0; }
    }
    """
    ROW_ACTIONS = SCROLLING
    BINDINGS: ClassVar[list[BindingType]] = [
        *row_bindings(SCROLLING),
        ("tab", "link(1)"),
        ("shift+tab", "link(-1)"),
        ("enter", "follow"),
    ]

    class Followed(Message):
        """A link was chosen; `target` is as it stands in the page."""

        def __init__(self, target: str) -> None:
            super().__init__()
            self.target = target

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__()
        self._blocks = list(blocks)
        self._shown = [Static(classes=self._classes_of(index)) for index in range(len(self._blocks))]
        self._links = [
            (index, piece)
            for index, block in enumerate(self._blocks)
            for cell in block.cells
            for piece in cell
            if piece.target
        ]
        self._link: int | None = None
        self._found = ""
        self._place = -1

    def compose(self) -> ComposeResult:
        yield from self._shown

    def on_mount(self) -> None:
        for index in range(len(self._blocks)):
            self._draw(index)

    def search(self, words: str) -> bool:
        """Goes to the next block that holds these words, from the top again after the last. False where none does."""
        self._found = words
        wanted = words.casefold()
        order = [*range(self._place + 1, len(self._blocks)), *range(self._place + 1)]
        place = next((index for index in order if wanted in self._blocks[index].plain.casefold()), None)
        before, self._place = self._place, -1 if place is None else place
        for index in {before, self._place} - {-1}:
            self._draw(index)
        if place is None:
            return False
        self._shown[place].scroll_visible(animate=False, top=True)
        return True

    def action_link(self, step: int) -> None:
        """Tab: the next link."""
        if not self._links:
            self.app.bell()
            return
        before = self._link
        now = -1 if before is None and step > 0 else before or 0
        self._link = (now + step) % len(self._links)
        for link in {before, self._link} - {None}:
            self._draw(self._links[link or 0][0])
        self._shown[self._links[self._link][0]].scroll_visible(animate=False)

    def action_follow(self) -> None:
        """Enter: the page that the link names."""
        if self._link is None:
            self.action_link(1)
        else:
            self.post_message(self.Followed(self._links[self._link][1].target))

    # Drawing

    def _classes_of(self, index: int) -> str:
        kind = self._blocks[index].kind
        follows = self._blocks[index + 1].kind if index + 1 < len(self._blocks) else None
        ends = kind in {Kind.ITEM, Kind.ROW, Kind.CODE} and follows is not kind
        return f"page--{kind.value}" + (" page--last" if ends else "")

    def _draw(self, index: int) -> None:
        block = self._blocks[index]
        contents = [Content.assemble(*(self._piece(index, piece) for piece in cell)) for cell in block.cells]
        content = contents[0] if contents else Content()
        if block.kind is Kind.HEADING:
            content = content.stylize(HEADINGS.get(block.level, "bold"))
        elif block.kind is Kind.ITEM:
            content = Content.assemble(f"{block.level}. " if block.level else "• ", content)
        elif block.kind is Kind.ROW:
            first = content.pad_right(max(FIRST_CELL - content.cell_length, 1))
            content = Content.assemble(first, *(Content.assemble(" ", cell) for cell in contents[1:]))
        if index == self._place and self._found:
            content = content.highlight_regex(_anywhere(self._found), style="reverse")
        self._shown[index].update(content)

    def _piece(self, index: int, piece: Piece) -> Content:
        if not piece.target:
            return server_text(piece.text, "bold" if piece.strong else "")
        chosen = self._link is not None and self._links[self._link] == (index, piece)
        return server_text(piece.text, "underline reverse" if chosen else "underline")


def _anywhere(words: str) -> str:
    import re

    return f"(?i){re.escape(words)}"
