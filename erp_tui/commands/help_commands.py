"""F1 and `?`: what is focused, the keys that work here, and from there the guide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.screen import Screen

from erp_tui.commands.tour import Tour
from erp_tui.core.guide.guide import page_about
from erp_tui.core.i18n import _
from screens.base import ErpScreen

if TYPE_CHECKING:
    from erp_tui.app import ErpApp
    from erp_tui.commands.offered import OfferedActions
    from erp_tui.core.sessions.session import Session
    from erp_tui.options import Options
    from widgets.frame.key_bar import KeyLabel


class HelpApp(App[int]):
    """The part of the app that explains; `ErpApp` gives it the table of actions and the command line."""

    offered: OfferedActions
    session: Session | None
    options: Options

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.tour = Tour(cast("ErpApp", self))

    def on_mount(self) -> None:
        self.screen_change_signal.subscribe(self, self.look_around, immediate=True)

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        """The keys that work on this screen, the most useful first."""
        self.look_around(screen)
        return self.offered.key_labels(screen)

    # Help

    def action_help_keys(self, text: str = "") -> None:
        """Shows every key that works here; the one that is chosen is pressed."""
        from screens.system.key_help import KeyHelp

        screen = self.screen
        if not isinstance(screen, ErpScreen):
            return
        page = page_about(screen.shown_word(), screen.scope)
        lines = list(self.offered.help_lines(screen))
        self.push_screen(KeyHelp(screen.heading or _("Keys"), lines, text, page), self._chosen)

    def action_help(self) -> None:
        """Explains what is focused and what it stands in, then the keys."""
        self.action_help_keys(self.offered.explanation(self.screen))

    # The tour

    def action_tour(self) -> None:
        """`tour`: from its first step."""
        self.tour.begin()

    def action_tour_next(self) -> None:
        """The next step."""
        self._on_tour(self.tour.go_on)

    def action_tour_end(self) -> None:
        """No more of it."""
        self._on_tour(self.tour.end)

    def _on_tour(self, act: Callable[[], None]) -> None:
        if self.tour.running:
            act()
        else:
            self.bell()
            self.notify(_("No tour is going on. :tour begins it."), severity="warning")

    def offer_tour(self) -> None:
        """Asks a person who has not been asked before. Where that cannot be remembered, it is not asked."""
        from erp_tui.start import scope_of

        if self.session is not None and self.options.offers_tour:
            with suppress(OSError):
                self.tour.offer(scope_of(self.session))

    def look_around(self, _screen: Screen[Any]) -> None:
        """To be called when something may have been done that the tour waits for."""
        if self.tour.running:
            self.call_after_refresh(self.tour.look)

    def _chosen(self, choice: str | None) -> None:
        if not choice:
            return
        if choice.startswith("help "):
            self.open_word(choice)  # type: ignore[attr-defined]
        else:
            self.run_worker(self.action_act(choice), group="help", exit_on_error=False)  # type: ignore[attr-defined]
