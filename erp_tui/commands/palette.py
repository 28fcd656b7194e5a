"""The palette: every action and every screen, by any part of its title, its word, or its English name.

What cannot be done now stays in the list with the reason: someone who looks for it learns that it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from erp_tui.core.commands.completion import folded
from erp_tui.core.i18n import _
from screens.registry import SCREENS, ScreenEntry
from widgets.text import server_text, visible

if TYPE_CHECKING:
    from erp_tui.commands.command_line import CommandApp
    from erp_tui.core.keys.action import Action
    from erp_tui.core.remote.models import Meta


class Entry(NamedTuple):
    """One line of the palette; `also` are other words for it, `reason` why it cannot be done now."""

    title: str
    help: str
    also: tuple[str, ...]
    reason: str
    run: IgnoreReturnCallbackType

    @property
    def shown(self) -> Content:
        """The title, struck through where it cannot be done now, with the reason."""
        if not self.reason:
            return server_text(self.title)
        reason = _("not now: {reason}").format(reason=self.reason)
        return Content.assemble(server_text(self.title, "strike"), "  ", server_text(f"({reason})", "dim"))


class ErpCommands(Provider):
    """Actions of the screen beneath, then screens, what can be made new, and operations by their words."""

    def _entries(self) -> Iterator[Entry]:
        app = cast("CommandApp", self.app)
        for action in app.offered.table.in_scope(app.offered.scope_of(self.screen)):
            if (entry := self._of_action(app, action)) is not None:
                yield entry
        meta = app.meta
        for screen in SCREENS:
            yield self._of_word(app, screen, screen.word, visible(_(screen.title)), meta)
        for name, resource in meta.resources.items() if meta is not None else ():
            if resource.may.create and name in SCREENS.words():
                one = resource.title_one or resource.title
                title = _("New: {one}").format(one=visible(one))
                yield self._of_word(app, SCREENS.resolve(name)[0], f"{name} new", title, meta)

    def _of_action(self, app: CommandApp, action: Action) -> Entry | None:
        """None for what has no meaning on this screen at all: it is not even disabled there."""
        if app.offered.target_of(action.id, self.screen) is None or action.each_key:
            return None
        title = f"{action.title} ({action.shown_key})" if action.shown_key else action.title
        also = (action.label, *action.commands, action.help)
        reason = app.offered.why_not(action.id, self.screen)
        return Entry(title, action.help, also, reason, partial(app.action_act, action.id))

    @staticmethod
    def _of_word(app: CommandApp, screen: ScreenEntry, word: str, title: str, meta: Meta | None) -> Entry:
        may = meta is None or screen.may_open(meta)
        reason = "" if may else _("your role does not allow it.")
        run = partial(app.open_word, word) if may else partial(_refuse, app, title, reason)
        help_text = _("Opens with :{word}").format(word=word)
        return Entry(title, help_text, (word, *screen.aliases, screen.title), reason, run)

    async def discover(self) -> Hits:
        """Everything, before a letter is typed; what can be done now comes first."""
        for entry in sorted(self._entries(), key=lambda entry: bool(entry.reason)):
            yield DiscoveryHit(entry.shown, entry.run, text=entry.title, help=entry.help)

    async def search(self, query: str) -> Hits:
        """What matches the letters typed, the best match first; a title counts more than another word for it."""
        matcher = self.matcher(query)
        other = self.matcher(folded(query))
        for entry in self._entries():
            score = matcher.match(entry.title)
            beside = max(
                (other.match(folded(text)) for text in (entry.title, *entry.also) if text), default=0
            )
            best = max(score, beside * 0.9)
            if best <= 0:
                continue
            shown = matcher.highlight(entry.title) if score > 0 and not entry.reason else entry.shown
            yield Hit(
                best * (0.5 if entry.reason else 1), shown, entry.run, text=entry.title, help=entry.help
            )


def _refuse(app: CommandApp, title: str, reason: str) -> None:
    app.refuse(_("{action} cannot be done now: {reason}").format(action=title, reason=reason))
