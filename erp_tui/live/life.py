"""What goes on beside the screens while somebody is signed in: the line is watched, the outbox settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.errors import ErpError, OutcomeUnknown, SignInRequired
from erp_tui.core.i18n import _, ngettext
from erp_tui.live.feed import ChangeFeed
from erp_tui.live.line import Line
from erp_tui.live.poller import Poller
from widgets.frame.status_line import Connection

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.worker import Worker

    from erp_tui.app import ErpApp
    from erp_tui.core.kept.outbox import Entry, Intent

SAY_BACK_FOR: Final = 4.0
"""Seconds for which it is said that the server is back."""

SETTLE_AGAIN_AFTER: Final = 15.0
"""Seconds after which what could not be settled, though the server is there, is tried again."""

WATCH_AGAIN_AFTER: Final = 60.0
"""Seconds after which the watching goes on where an error in the program stopped it."""

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
        self._watch()
        self.settle()

    def _watch(self) -> None:
        self._app.run_worker(
            self._watched(), group="poller", exclusive=True, name="poller", exit_on_error=False
        )

    async def _watched(self) -> None:
        """The poller, begun again some time after a mistake of the program stopped it: without it no list would
        learn of a change, and nobody that the server is away."""
        try:
            await self.poller.run(self._app.api)
        except Exception:
            self._later("watch", WATCH_AGAIN_AFTER, self._watch)
            raise

    def end(self) -> None:
        """Nobody is signed in any more: what became of their writes is told to them when they come back."""
        for group in ("poller", "outbox", "outbox-count"):
            self._app.workers.cancel_group(self._app, group)
        for timer in self._timers.values():
            timer.stop()
        self._timers.clear()
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

    def settle(self) -> Worker[None] | None:
        """Finds out what became of everything that was confirmed and has no answer, and tells it.

        Returns the work, for whoever waits for its end; None where this client only looks.
        """
        if self._app.read_only:
            return None
        return self._app.run_worker(self._settle(), group="outbox", name="outbox", exit_on_error=False)

    def count(self) -> None:
        """Counts anew what is not settled."""
        self._app.run_worker(
            self._count(), group="outbox-count", exclusive=True, name="outbox count", exit_on_error=False
        )

    async def _count(self) -> None:
        from erp_tui.core.transfer.cut_off import open_uploads

        unsettled = await asyncio.to_thread(self._app.outbox.unsettled)
        uploads = await asyncio.to_thread(open_uploads, self._app.outbox)
        key = self._app.offered.table.get("outbox").shown_key
        self._app.status = replace(self._app.status, unsettled=len(unsettled), outbox_key=key)
        left = [entry for entry in unsettled if entry.intent.key not in self.held]
        if (left or uploads) and self.line.connection is not Connection.OFFLINE:
            self._later("settle", SETTLE_AGAIN_AFTER, self.settle)

    async def _settle(self) -> None:
        from erp_tui.core.kept.outbox import State
        from erp_tui.core.transfer.cut_off import settle_uploads

        async with self._settling:
            entries = await self._app.outbox.settle_all(held=self.held)
            listed = {entry.intent.key for entry in entries}
            entries += await settle_uploads(self._app.api, self._app.outbox)
            news = [
                entry
                for entry in entries
                if entry.state not in {State.PENDING, State.SENT} and entry.intent.key not in self._told
            ]
            self._told.update(entry.intent.key for entry in news)
            for entry in news:
                if entry.state is State.SETTLED:
                    await asyncio.to_thread(self._served, entry.intent)
            if news:
                self._tell(news, listed)
            await self._count()

    def _served(self, intent: Intent) -> None:
        """Done: the intent is forgotten, and the draft that it was made from, unless that was typed on since."""
        from erp_tui.core.kept.drafts import Copy

        drafts, which = self._app.drafts, Copy.named(intent.draft)
        draft = drafts.load(*which) if intent.draft else None
        if draft is not None and draft.saved_at <= datetime.fromisoformat(intent.made_at) + TYPED_BEFORE:
            drafts.delete(*which)
        self._app.outbox.acknowledge(intent.key)

    def _tell(self, news: Sequence[Entry], listed: Container[str]) -> None:
        """Says what became of each; those `listed` are under :outbox."""
        from erp_tui.core.kept.outbox import State

        said = {
            State.SETTLED: _("✓ {title}: done."),
            State.REFUSED: _("! {title}: refused. {problem}"),
            State.LAPSED: _("? {title}: {problem}"),
        }
        lines = [
            said[entry.state].format(
                title=entry.intent.title or entry.intent.target, problem=entry.problem or ""
            )
            for entry in news[:TOLD_AT_ONCE]
        ]
        more = len(news) - len(lines)
        if more:
            lines.append(ngettext("and one more", "and {count} more", more).format(count=more))
        grave = any(entry.state is not State.SETTLED for entry in news)
        if any(entry.state is not State.SETTLED and entry.intent.key in listed for entry in news):
            lines.append(_("What was not done is kept under :outbox until you have seen it."))
        self._app.notify(
            "\n".join(lines),
            title=_("What became of what you confirmed before"),
            severity="warning" if grave else "information",
            timeout=NOTICE_SECONDS,
        )
