"""The client before there is a server to speak to: one wizard, and nobody to sign in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from erp_tui import client_log
from erp_tui.app import ErpApp
from erp_tui.commands.trail import FIRST_SCREEN
from erp_tui.core.actions import ACTIONS
from erp_tui.core.i18n import _
from erp_tui.terminal.signals import save_drafts

if TYPE_CHECKING:
    from erp_tui.core.initializing import Initializer

SERVER = "init"
"""What its drafts are kept under in place of a server's address."""


class InitApp(ErpApp):
    """`erp init` on a terminal."""

    def __init__(self, data: Path | None = None, initializer: Initializer | None = None) -> None:
        super().__init__()
        self._data = data
        self._initializer = initializer
        self._farewell = ""

    async def _open_first_screen(self) -> None:
        from erp_tui.core.initializing import Initializer
        from erp_tui.core.kept.drafts import Drafts
        from erp_tui.core.kept.scope import Scope
        from screens.system.init_wizard import InitWizard

        client_log.open_log()
        with self.keys.hold(_("starting")):
            self.drafts = Drafts(Scope(SERVER, "", ""))
            initializer = self._initializer or Initializer(self._data)
            self.switch_screen(InitWizard(initializer, self.what_next))

    def what_next(self, organization: str, username: str) -> str:
        """The commands that come after, the server of this machine remembered where no other is known."""
        from erp_tui.core.errors import ErpError
        from erp_tui.core.initializing import LOCAL_SERVER, remember_server

        serve = "erp serve" + (f" --data {self._data}" if self._data else "")
        try:
            known_here = remember_server(organization, username) is not None
        except ErpError as error:
            known_here = False
            self.refuse(error.sentence())
        lines = [
            _("Go on in a terminal:"),
            _("  {command}   starts the server; it answers at {url}").format(command=serve, url=LOCAL_SERVER),
        ]
        if known_here:
            lines.append(
                _("  erp         opens the screen, in another terminal; sign in as {name}").format(
                    name=username
                )
            )
        else:
            lines += [
                f"  erp profile add {organization.lower()} {LOCAL_SERVER}",
                f"  erp --profile {organization.lower()} login {username}",
            ]
        self._farewell = "\n".join(lines)
        return self._farewell

    def leave_screen(self) -> None:
        """There is nothing behind the wizard: leaving it is leaving the program."""
        if len(self.screen_stack) > FIRST_SCREEN:
            super().leave_screen()
        else:
            self._leave()

    async def action_quit(self) -> None:
        """Leaves the program; what was typed is kept, but for the password."""
        save_drafts(self.draft_sources)
        self._leave()

    def open_word(self, line: str) -> None:
        """No screen but this one works without a server; `:quit` does."""
        if line.strip().lower() in ACTIONS.get("quit").commands:
            self.run_worker(self.action_quit(), group="command", exit_on_error=False)
        else:
            self.refuse(_("There is no server yet. Set up the organization first, or leave with ctrl+q."))

    async def action_sign_out(self) -> None:
        """Nobody is signed in."""
        self.refuse(_("Nobody is signed in here. Leave with ctrl+q."))

    def _leave(self) -> None:
        self.exit(0, message=Text(self._farewell) if self._farewell else None)


def run(data: Path | None = None) -> int:
    """Asks until it is left. Returns the exit status for the shell."""
    app = InitApp(data)
    result = app.run()
    return result if result is not None else app.return_code or 0
