"""What goes on beside the screens while somebody is signed in: the line is watched, the outbox settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.errors import ErpError, OutcomeUnknown, SignInRequired
from erp_tui.core.i18n import _, ngettext
from erp_tui.feed import ChangeFeed
from erp_tui.line import Line
from erp_tui.poller import Poller
from widgets.status_line import Connection

if TYPE_CHECKING:
    from textual.timer import Timer

    from erp_tui.app import ErpApp
    from erp_tui.core.outbox import Entry, Intent

SAY_BACK_FOR: Final = 4.0
"""Seconds for which it is said that the server is back."""

SETTLE_AGAIN_AFTER: Final = 15.0
"""Seconds after which what could not be settled, though the server is there, is tried again."""

TOLD_AT_ONCE: Final = 4
NOTICE_SECONDS: Final = 12.0
TYPED_BEFORE: Final = timedelta(seconds=5)
"""A draft written so long after its intent was confirmed still holds what was confirmed: the writing lags."""


class Life:
    """Starts with the sign-in and ends with the sign-out; made once an app, with its event loop running."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app
        self.feed = ChangeFeed()
        self.held: set[str] = set()
        self.line = Line(self._line_changed)
        self.poller = Poller(
            self.feed,
            self.line,
            focused=lambda: app.app_focus,
            last_input=lambda: app.keys.last_read,
            ended=self._session_ended,
        )
        self._settling = asyncio.Lock()
        self._told: set[str] = set()
        self._timers: dict[str, Timer] = {}

    def begin(self) -> None:
        """Somebody is signed in."""
        self._app.api.listen(self._heard)
        self._app.run_worker(self.poller.run(self._app.api), group="poller", exclusive=True, name="poller")
        self.settle()

    def end(self) -> None:
        """Nobody is signed in any more."""
        self._app.workers.cancel_group(self._app, "poller")
        self._app.api.listen(None)
        self.line.leave()

    # The line

    def _heard(self, outcome: ErpError | None) -> None:
        self.line.heard(outcome)
        if isinstance(outcome, OutcomeUnknown):
            self.poller.wake()

    def _line_changed(self) -> None:
        line, away = self.line, self.line.connection is Connection.OFFLINE
        back = not away and self._app.status.grave
        alert = ""
        if away and line.since is not None:
            alert = _("No answer from the server since {time}. Go on typing: nothing is lost.").format(
                time=f"{line.since:%H:%M:%S}"
            )
            self.poller.wake()
        elif back and line.was_away is not None:
            seconds = max(1, round(line.was_away))
            alert = ngettext(
                "The server answers again; it was away for a second.",
                "The server answers again; it was away for {count} seconds.",
                seconds,
            ).format(count=seconds)
            self._later("back", SAY_BACK_FOR, self._said_back)
            self.settle()
        elif self._app.status.alert and not self._app.status.grave and line.connection is not Connection.IDLE:
            alert = self._app.status.alert
        self._app.status = replace(
            self._app.status,
            connection=line.connection,
            since=f"{line.since:%H:%M}" if line.since else "",
            alert=alert,
            grave=away,
        )

    def _said_back(self) -> None:
        if not self._app.status.grave:
            self._app.status = replace(self._app.status, alert="")

    def _session_ended(self, refusal: SignInRequired) -> None:
        """Says so and leaves everything as it is: what is typed on the screens is worth more than order."""
        self._app.status = replace(
            self._app.status,
            connection=Connection.IDLE,
            alert=_("Your session has ended. Sign in again with :sign-in; what you typed is kept."),
            grave=True,
        )

    def _later(self, name: str, seconds: float, act: Callable[[], Any]) -> None:
        if name in self._timers:
            self._timers[name].stop()
        self._timers[name] = self._app.set_timer(seconds, act)

    # The outbox

    def settle(self) -> None:
        """Finds out what became of everything that was confirmed and has no answer, and tells it."""
        if not self._app.read_only:
            self._app.run_worker(self._settle(), group="outbox", name="outbox")

    def count(self) -> None:
        """Counts anew what is not settled."""
        self._app.run_worker(self._count(), group="outbox-count", exclusive=True, name="outbox count")

    async def _count(self) -> None:
        unsettled = await asyncio.to_thread(self._app.outbox.unsettled)
        self._app.status = replace(self._app.status, unsettled=len(unsettled))
        left = [entry for entry in unsettled if entry.intent.key not in self.held]
        if left and self.line.connection is not Connection.OFFLINE:
            self._later("settle", SETTLE_AGAIN_AFTER, self.settle)

    async def _settle(self) -> None:
        from erp_tui.core.outbox import State

        async with self._settling:
            entries = await self._app.outbox.settle_all(held=self.held)
            news = [
                entry
                for entry in entries
                if entry.state in {State.SETTLED, State.REFUSED} and entry.intent.key not in self._told
            ]
            self._told.update(entry.intent.key for entry in news)
            for entry in news:
                if entry.state is State.SETTLED:
                    await asyncio.to_thread(self._served, entry.intent)
            if news:
                self._tell(news)
            await self._count()

    def _served(self, intent: Intent) -> None:
        """Done: the intent is forgotten, and the draft that it was made from, unless that was typed on since."""
        drafts = self._app.drafts
        draft = drafts.load(intent.draft) if intent.draft else None
        if draft is not None and draft.saved_at <= datetime.fromisoformat(intent.made_at) + TYPED_BEFORE:
            drafts.delete(intent.draft)
        self._app.outbox.acknowledge(intent.key)

    def _tell(self, news: Sequence[Entry]) -> None:
        from erp_tui.core.outbox import State

        lines = [
            _("✓ {title}: done.").format(title=entry.intent.title or entry.intent.target)
            if entry.state is State.SETTLED
            else _("! {title}: refused. {problem}").format(
                title=entry.intent.title or entry.intent.target, problem=entry.problem or ""
            )
            for entry in news[:TOLD_AT_ONCE]
        ]
        more = len(news) - len(lines)
        if more:
            lines.append(ngettext("and one more", "and {count} more", more).format(count=more))
        refused = any(entry.state is State.REFUSED for entry in news)
        if refused:
            lines.append(_("What was refused is kept under :outbox until you have seen it."))
        self._app.notify(
            "\n".join(lines),
            title=_("What became of what you confirmed before"),
            severity="warning" if refused else "information",
            timeout=NOTICE_SECONDS,
        )
