"""The first screen: what waits for me, and the words that lead everywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events, on, work
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from erp_tui.core.entry.values import format_datetime, user_zone
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from screens.base import ErpScreen
from screens.generic.words import register_resources
from screens.registry import SCREENS, ScreenEntry, UnknownWord
from screens.waiting import Kind, Waiting, ask, drafts_left
from widgets.frame.favourite_strip import FavouriteStrip
from widgets.problem_panel import ProblemPanel
from widgets.table.columns import fit
from widgets.table.row_options import RowOptions
from widgets.text import server_text

if TYPE_CHECKING:
    from textual.timer import Timer

    from erp_tui.core.remote.models import ChangeEvent, Meta

WORD_COLUMN = 24
IMPORT = "import"
FEW_LINES, MANY_LINES = 2, 5
FOLLOWED = ("purchase-orders", "receipts", "products", "stock-balances", "stock-moves", "jobs")
"""Resources whose changes change what waits."""

SETTLING = 1.0
"""Seconds from a change to asking again: a receipt is many changes, and one answer."""
TALL = 34
"""Lines of a screen that has room for more than a few of each kind."""


class HomeScreen(ErpScreen[None]):
    """Enter on a heading opens the whole list, on a line what it names. Everything else has a word."""

    word: ClassVar[str] = "home"
    scope: ClassVar[str] = "home"
    DEFAULT_CSS: ClassVar[str] = """
    HomeScreen > OptionList { height: 1fr; border: none; padding: 0 1; background: $background;
                              scrollbar-size-vertical: 1; }
    HomeScreen > OptionList:focus { border: none; }
    """

    help_text = marked(
        "What waits for you, then everything there is. Enter opens a line. From any screen Ctrl+G and the word "
        "goes there too: a list, or one record, as in po 10023."
    )

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Home")
        self.problem = ProblemPanel()
        self.menu = RowOptions()
        self.strip = FavouriteStrip()
        self._kinds: list[Kind] = []
        self._meta: Meta | None = None
        self._as_of = ""
        self._placed: str | None = None
        self._due: Timer | None = None
        self._drawn_for = self._asked_for = 0

    def compose_body(self) -> Iterable[Any]:
        """What waits, then the words; beneath them, always in sight, the favourites."""
        yield self.problem
        yield self.menu
        yield self.strip

    def on_mount(self) -> None:
        self._draw()
        for resource in FOLLOWED:
            self.follow_changes(resource, self._others_changed)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._show_favourites()
        self._read()

    def on_resize(self, _event: events.Resize) -> None:
        """The lines reach to the edge, also beneath a dialog; what a taller window has room for is asked when the
        dialog is gone."""
        if self.size.width != self._drawn_for:
            self._draw()
        if self._kinds and self._lines != self._asked_for and self.is_active:
            self._read()

    @property
    def _lines(self) -> int:
        """How many of each kind are listed."""
        return MANY_LINES if self.size.height >= TALL else FEW_LINES

    def action_refresh(self) -> None:
        """F5: asks again what waits."""
        self._read()

    def _others_changed(self, _events: Sequence[ChangeEvent]) -> None:
        if self._due is None:
            self._due = self.set_timer(SETTLING, self._read_if_seen)

    def _read_if_seen(self) -> None:
        self._due = None
        if self.is_active:
            self._read()

    @work(group="home", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        """Gives every resource its word, and asks for all that waits in one go."""
        lines = self._asked_for = self._lines
        try:
            meta = await self.api.meta()
            register_resources(SCREENS, meta)
            kinds = await ask(self.api, meta, lines)
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        drafts = await asyncio.to_thread(drafts_left, self.host.drafts, lines)
        self._meta, self._kinds = meta, [*kinds, drafts]
        self.host.meta = meta
        now = format_datetime(datetime.now(UTC), user_zone(meta.user.time_zone)).partition(" ")[2]
        self._as_of = _("as of {time}").format(time=now)
        self._draw()

    # Drawing

    def _show_favourites(self) -> None:
        """Those that this person may open, with their digits."""
        kept = self.host.favourites.all() if self.host.favourites else {}
        self.strip.heading = _("Favourites: press the digit; Ctrl+T on any screen keeps it here")
        self.strip.favourites = {slot: line for slot, line in kept.items() if self._may_open(line)}

    def _may_open(self, line: str) -> bool:
        try:
            entry, arguments = SCREENS.resolve(line)
        except UnknownWord:
            # An action, or a word that another organization has.
            return True
        return self._may_see(entry) and (entry.word != IMPORT or self._may_import(arguments))

    def _draw(self) -> None:
        self._show_favourites()
        self._drawn_for = self.size.width
        highlighted = self.menu.highlighted
        chosen = self.menu.get_option_at_index(highlighted).id if highlighted is not None else None
        options = [*self._waiting_options(), *self._word_options()]
        self.menu.clear_options()
        self.menu.add_options(options)
        ids = [option.id for option in options]
        if chosen not in ids or chosen == self._placed:
            # Nobody has moved yet: begin with what waits.
            chosen = self._placed = next((option.id for option in options if not option.disabled), None)
        self.menu.highlighted = ids.index(chosen) if chosen is not None else None
        if chosen == self._placed:
            # The heading above it, too, once the window has its new size.
            self.menu.call_after_refresh(self.menu.scroll_home, animate=False)

    def _waiting_options(self) -> list[Option]:
        options: list[Option] = []
        if self._kinds:
            options.append(self._heading(_("Waiting for me"), self._as_of))
        for number, kind in enumerate(self._kinds):
            options.append(Option(self._kind_line(kind), id=f"{number} {kind.word}", disabled=not kind.count))
            options += [
                Option(self._waiting_line(each), id=f"{number}.{place} {each.word}")
                for place, each in enumerate(kind.first)
            ]
        return options

    def _word_options(self) -> list[Option]:
        entries = {entry.word: entry for entry in SCREENS if entry.menu and self._may_see(entry)}
        options = [self._heading(_("All words, for : or Ctrl+G"), "")]
        if not self._may_import(()):
            entries.pop(IMPORT, None)
        options += [self._word_option(entry.word, _(entry.title)) for entry in entries.values()]
        return options

    def _may_see(self, entry: ScreenEntry) -> bool:
        return self._meta is None or entry.may_open(self._meta)

    def _may_import(self, into: Sequence[str]) -> bool:
        """Whether this person may take in files of these resources, or of any where none is named."""
        if self._meta is None:
            return True
        return any(
            known.may.import_ for name, known in self._meta.resources.items() if not into or name in into
        )

    @staticmethod
    def _word_option(word: str, title: str) -> Option:
        return Option(server_text(f"  {word:<{WORD_COLUMN}}{title}"), id=f"word {word}")

    @staticmethod
    def _heading(title: str, right: str) -> Option:
        return Option(server_text(f"{title}  {right}".rstrip(), "bold underline"), disabled=True)

    def _kind_line(self, kind: Kind) -> Content:
        count = kind.counted
        return Content.assemble(
            "  ",
            server_text(kind.title, "bold"),
            "  ",
            server_text(count if kind.count else _("none"), "bold" if kind.count else "dim"),
        )

    def _waiting_line(self, waiting: Waiting) -> Content:
        room = max(self.size.width - 10, 20)
        right = min(cell_len(waiting.about), room // 3)
        name = fit(waiting.name, room - right - 2)
        return server_text(f"      {name}  {fit(waiting.about, right, right=True)}")

    @on(OptionList.OptionSelected)
    def open_chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line opens what it names."""
        if event.option_id:
            self.host.open_word(event.option_id.partition(" ")[2])


def open_home(_arguments: Sequence[str]) -> HomeScreen:
    """The home screen; what follows its word is ignored."""
    return HomeScreen()
