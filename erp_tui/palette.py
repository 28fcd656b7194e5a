"""The palette: every action that works here and every screen, found by any part of its name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from erp_tui.core.i18n import _
from screens.registry import SCREENS
from widgets.text import visible

if TYPE_CHECKING:
    from erp_tui.app import ErpApp


class Entry(NamedTuple):
    """One line of the palette."""

    title: str
    help: str
    run: IgnoreReturnCallbackType


class ErpCommands(Provider):
    """Actions of the screen beneath, then screens by their words."""

    def _entries(self) -> Iterator[Entry]:
        app = cast("ErpApp", self.app)
        offered = app.offered
        for action in offered.table.in_scope(offered.scope_of(self.screen)):
            if offered.target_of(action.id, self.screen) is not None:
                title = f"{action.title} ({action.shown_key})" if action.shown_key else action.title
                yield Entry(title, action.help, partial(app.action_act, action.id))
        for entry in SCREENS:
            help_text = _("Opens with :{word}").format(word=entry.word)
            yield Entry(visible(_(entry.title)), help_text, partial(app.open_word, entry.word))

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for entry in self._entries():
            yield DiscoveryHit(entry.title, entry.run, help=entry.help)

    async def search(self, query: str) -> Hits:
        """What matches the letters typed, the best match first."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = matcher.match(entry.title)
            if score > 0:
                yield Hit(score, matcher.highlight(entry.title), entry.run, help=entry.help)
