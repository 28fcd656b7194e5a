"""Where a scan goes that no field asked for: to the screen on top, else to the screen of what was scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.terminal.settling import LOOK_UP
from screens.base import ErpScreen

if TYPE_CHECKING:
    from textual.widget import Widget

    from erp_tui.app import ErpApp
    from erp_tui.core.scanning.candidates import Candidate
    from erp_tui.core.scanning.reading import Scan


class Scans:
    """Takes what the key queue recognised as one scan."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app

    def take(self, raw: str, typing: bool) -> str:
        """Hands a scan over. Gives back what is to be typed in its place, empty where it was taken."""
        from erp_tui.core.scanning.reading import read
        from widgets.fields.lookup_field import LookupField
        from widgets.frame.command_bar import CommandBar
        from widgets.frame.entry_bar import EntryBar

        scan = read(raw, self._app.keys.scanner)
        screen, focused = self._app.screen, self._app.focused
        if typing and _within(focused, (CommandBar, EntryBar)):
            # A code is part of what the person types: it goes in as text, wherever the gun's keys come from.
            return scan.key
        if isinstance(screen, ErpScreen) and screen.take_scan(scan, typing=typing):
            return ""
        if typing:
            return scan.key if _within(focused, (LookupField,)) else scan.code
        if not isinstance(screen, ErpScreen):
            self._app.tones.bad()
            self._app.notify(
                _(
                    "{code} was scanned while a question is open, and not taken. Answer it, then scan again."
                ).format(code=scan.shown),
                severity="warning",
            )
        elif scan.problem is not None:
            self._refuse(scan.problem.sentence())
        elif self._app.session is not None and self._app.status.user:
            self._app.run_worker(self._open(scan, screen), group=LOOK_UP, exit_on_error=False)
        return ""

    async def _open(self, scan: Scan, screen: ErpScreen[object]) -> None:
        """Opens what was scanned; where several bear the code, the person chooses."""
        from screens.scanning.choice_dialog import ScanChoice

        try:
            found = (await self._app.api.resolve(scan.key)).candidates
        except ErpError as error:
            self._refuse(error.sentence())
            return
        if not found:
            if not screen.scan_unknown(scan):
                self._refuse(
                    _("Nothing here is called {code}. Look for it with :find, or scan another code.").format(
                        code=scan.shown
                    )
                )
            return
        if len(found) == 1:
            self._go(found[0])
        else:
            self._app.push_screen(
                ScanChoice(scan.shown, found), lambda chosen: self._go(chosen) if chosen else None
            )

    def _go(self, candidate: Candidate) -> None:
        from screens.scanning.routing import screen_for

        self._app.tones.good()
        self._app.push_screen(screen_for(candidate, self._app.meta))

    def _refuse(self, sentence: str) -> None:
        self._app.tones.bad()
        self._app.notify(sentence, severity="warning")


def _within(widget: Widget | None, kinds: tuple[type[Widget], ...]) -> bool:
    return widget is not None and any(isinstance(each, kinds) for each in widget.ancestors_with_self)
