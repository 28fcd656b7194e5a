"""Where am I, as whom, and does the server hear me: one line at the foot of every screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from erp_tui.core.i18n import _
from widgets.text import server_text


class Connection(Enum):
    """The state of the line to the server; the mark tells them apart without colour."""

    IDLE = "○"
    ONLINE = "●"
    CHECKING = "◌"
    OFFLINE = "✗"

    def title(self) -> str:
        """The state in a word, in the user's language."""
        return {
            Connection.IDLE: _("not connected"),
            Connection.ONLINE: _("online"),
            Connection.CHECKING: _("checking"),
            Connection.OFFLINE: _("offline"),
        }[self]


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line says. `production` marks a profile where mistakes cost money."""

    profile: str = ""
    organization: str = ""
    user: str = ""
    connection: Connection = Connection.IDLE
    waiting: int = 0
    production: bool = False
    read_only: bool = False
    note: str = ""


class StatusLine(Widget):
    """Renders a `Status`; production is told by the letter P and by colour."""

    status: reactive[Status] = reactive(Status)

    def watch_status(self, status: Status) -> None:
        self.set_class(status.production, "-production")

    def render(self) -> Content:
        """Left: profile, organization, user. Right: read-only, keys waiting, connection; never cut."""
        status = self.status
        right = server_text("  ".join(self._states(status)))
        profile = f"P! {status.profile}" if status.production else status.profile
        left = server_text(
            status.note or " │ ".join(filter(None, (profile, status.organization, status.user)))
        )
        room = max(self.size.width - right.cell_length - 3, 0)
        return Content.assemble(" ", left.truncate(room, ellipsis=True, pad=True), " ", right, " ")

    @staticmethod
    def _states(status: Status) -> list[str]:
        states = []
        if status.read_only:
            states.append(_("read only"))
        if status.waiting:
            states.append(_("keys waiting: {count}").format(count=status.waiting))
        states.append(f"{status.connection.value} {status.connection.title()}")
        return states
