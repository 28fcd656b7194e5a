"""Somebody else saved the record meanwhile: base, theirs and mine side by side, and whose value to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.change_preview import shown_side
from widgets.lines.conflict import Conflict
from widgets.table.columns import fit
from widgets.text import server_text, visible

TITLE_CELLS, SIDE_CELLS = 17, 17


class StaleDialog(ModalScreen[dict[str, Any] | None]):
    """Gives back the values to save over the current version, or None to go on editing.

    Space turns the field under the cursor between mine and theirs; fields that only one side changed are
    settled already.
    """

    DEFAULT_CSS: ClassVar[str] = """
    StaleDialog {
        align: center middle;
        & > Vertical { width: 78; max-width: 98%; height: auto; max-height: 90%; padding: 0 1;
                       border: heavy $primary; background: $surface; }
        & VerticalScroll { height: auto; max-height: 12; scrollbar-size-vertical: 1; }
        & .stale--table { text-wrap: nowrap; }
        & Static { height: auto; }
        & .stale--title { text-style: bold; }
        & .stale--whole { text-style: dim; max-height: 4; }
        & .stale--keys { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Go on editing"), id="stale.leave"),
        Binding("f10", "save", _("Save these values"), id="stale.save"),
        Binding("space", "turn", _("Mine or theirs"), id="stale.turn"),
        Binding("m", "all(True)", _("All mine"), id="stale.mine"),
        Binding("t", "all(False)", _("All theirs"), id="stale.theirs"),
        Binding("up", "move(-1)", show=False, id="stale.up"),
        Binding("down", "move(1)", show=False, id="stale.down"),
    ]

    def __init__(self, who: str, conflicts: Sequence[Conflict], beside: Sequence[str] = ()) -> None:
        super().__init__()
        self.who = who
        self.beside = list(beside)
        self.conflicts = list(conflicts)
        self.keep_mine = {conflict.name: not conflict.is_real for conflict in conflicts}
        self.cursor = next((i for i, conflict in enumerate(self.conflicts) if conflict.is_real), 0)
        self._table = Static(classes="stale--table")
        self._whole = Static(classes="stale--whole")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                server_text(
                    _("{record} was changed meanwhile. Whose values shall be kept?").format(record=self.who)
                ),
                classes="stale--title",
            )
            with VerticalScroll(can_focus=False):
                yield self._table
            yield self._whole
            if self.beside:
                also = _("Changed by somebody else and kept: {fields}.").format(fields=", ".join(self.beside))
                yield Static(server_text(also))
            yield Static(
                Content(
                    _("Space: mine or theirs · m: all mine · t: all theirs · F10: save · Esc: go on editing")
                ),
                classes="stale--keys",
            )

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self._keep_in_sight)

    def chosen(self) -> dict[str, Any]:
        """The values to save: mine where mine was chosen."""
        return {conflict.name: conflict.mine for conflict in self.conflicts if self.keep_mine[conflict.name]}

    @property
    def scroller(self) -> VerticalScroll:
        """What the rows scroll in."""
        return self.query_one(VerticalScroll)

    def _draw(self) -> None:
        header = " ".join(
            [
                fit("", TITLE_CELLS + 2),
                *(fit(side, SIDE_CELLS) for side in (_("was"), _("theirs"), _("mine"))),
            ]
        )
        lines = [server_text(header, "bold underline")]
        for index, conflict in enumerate(self.conflicts):
            mine = self.keep_mine[conflict.name]
            cells = (
                ("", conflict.base),
                ("" if mine else "▸", conflict.theirs),
                ("▸" if mine else "", conflict.mine),
            )
            sides = " ".join(fit(mark + visible(shown_side(value)), SIDE_CELLS) for mark, value in cells)
            sign = "! " if conflict.is_real else "  "
            line = f"{sign}{fit(visible(conflict.title), TITLE_CELLS)} {sides}"
            lines.append(server_text(line, "reverse" if index == self.cursor else ""))
        self._table.update(Content("\n").join(lines))
        self._say_whole()

    def _say_whole(self) -> None:
        """The values of the row under the cursor, which the columns may have cut."""
        if not self.conflicts:
            return
        conflict = self.conflicts[self.cursor]
        sides = ((_("was"), conflict.base), (_("theirs"), conflict.theirs), (_("mine"), conflict.mine))
        cut = [
            f"{side}: {shown_side(value)}" for side, value in sides if len(shown_side(value)) >= SIDE_CELLS
        ]
        self._whole.update(server_text("\n".join(cut), multiline=True))

    def action_move(self, step: int) -> None:
        self.cursor = max(0, min(self.cursor + step, len(self.conflicts) - 1))
        self._draw()
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        """Scrolls so far that the row under the cursor shows, below the line of titles."""
        top, height = self.scroller.scroll_offset.y, self.scroller.size.height
        row = self.cursor + 1
        if height == 0:
            return  # not laid out yet; `on_resize` comes after that
        if row - 1 < top:
            self.scroller.scroll_to(y=row - 1, animate=False, immediate=True)
        elif row >= top + height:
            self.scroller.scroll_to(y=row - height + 1, animate=False, immediate=True)

    def action_turn(self) -> None:
        if self.conflicts:
            name = self.conflicts[self.cursor].name
            self.keep_mine[name] = not self.keep_mine[name]
            self._draw()

    def action_all(self, mine: bool) -> None:
        self.keep_mine = {conflict.name: mine for conflict in self.conflicts}
        self._draw()

    def action_save(self) -> None:
        self.dismiss(self.chosen())

    def action_leave(self) -> None:
        self.dismiss(None)
