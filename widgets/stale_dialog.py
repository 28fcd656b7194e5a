"""Somebody else saved the record meanwhile: base, theirs and mine side by side, and whose value to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.change_preview import shown_side
from widgets.columns import fit
from widgets.text import server_text, visible

TITLE_CELLS, SIDE_CELLS = 18, 17


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that this person changed: what it was, what it is on the server, what was typed."""

    name: str
    title: str
    base: Any
    theirs: Any
    mine: Any

    @property
    def is_real(self) -> bool:
        """Whether the other person changed the same field to something else."""
        return self.theirs != self.base and self.theirs != self.mine


def conflicts_between(
    titles: Mapping[str, str], base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> list[Conflict]:
    """The fields that this person changed, against what the server holds now."""
    return [
        Conflict(name, titles.get(name, name), base.get(name), theirs.get(name), value)
        for name, value in mine.items()
    ]


def changed_beside(
    titles: Mapping[str, str], base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> list[str]:
    """Titles of the fields that only the other person changed: they stay, whatever is chosen."""
    return [
        title
        for name, title in titles.items()
        if name not in mine and name in base and base[name] != theirs.get(name)
    ]


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
        & VerticalScroll { height: auto; max-height: 14; }
        & Static { height: auto; }
        & .stale--title { text-style: bold; }
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
        self._table = Static()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                server_text(
                    _("{record} was changed meanwhile. Whose values shall be kept?").format(record=self.who)
                ),
                classes="stale--title",
            )
            with VerticalScroll():
                yield self._table
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

    def chosen(self) -> dict[str, Any]:
        """The values to save: mine where mine was chosen."""
        return {conflict.name: conflict.mine for conflict in self.conflicts if self.keep_mine[conflict.name]}

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

    def action_move(self, step: int) -> None:
        self.cursor = max(0, min(self.cursor + step, len(self.conflicts) - 1))
        self._draw()

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
