"""Where am I, as whom, and does the server hear me: one line at the foot of every screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from textual.color import Color, ColorParseError
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from erp_tui.core.i18n import _
from widgets.text import server_text


class Connection(Enum):
    """The state of the line to the server; the mark tells them apart without colour."""

    IDLE = "○"
    ONLINE = "●"
    SLOW = "◐"
    CHECKING = "◌"
    OFFLINE = "✗"

    def title(self) -> str:
        """The state in a word, in the user's language."""
        return {
            Connection.IDLE: _("not connected"),
            Connection.ONLINE: _("online"),
            Connection.SLOW: _("slow"),
            Connection.CHECKING: _("checking"),
            Connection.OFFLINE: _("no answer"),
        }[self]


@dataclass(frozen=True, slots=True)
class Status:
    """What the foot of every screen says. `production` marks a profile where mistakes cost money.

    `since` is the time, as shown, at which the server was lost; `unsettled` counts what was confirmed and is
    not known to be done, and `outbox_key` shows it; `alert` is a sentence on a line of its own, `grave` while it
    tells of trouble; `tour` is what the tour says next.
    """

    profile: str = ""
    organization: str = ""
    user: str = ""
    connection: Connection = Connection.IDLE
    waiting: int = 0
    production: bool = False
    read_only: bool = False
    note: str = ""
    since: str = ""
    unsettled: int = 0
    outbox_key: str = ""
    colour: str = ""
    alert: str = ""
    grave: bool = False
    tour: str = ""


class StatusLine(Widget):
    """Renders a `Status`; production is told by the letter P and by colour."""

    status: reactive[Status] = reactive(Status)

    def watch_status(self, status: Status) -> None:
        self.set_class(status.production, "-production")
        self.styles.background = _colour(status.colour) if status.production else None

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
        if status.unsettled:
            counted = _("not settled: {count}").format(count=status.unsettled)
            states.append(f"{counted} {status.outbox_key}".rstrip())
        title = status.connection.title()
        if status.since:
            title = _("no answer since {time}").format(time=status.since)
        states.append(f"{status.connection.value} {title}")
        return states


def _colour(name: str) -> Color | None:
    """The colour that a profile asks for; None, which leaves it to the theme, where it is none."""
    try:
        return Color.parse(name) if name else None
    except ColorParseError:
        return None
