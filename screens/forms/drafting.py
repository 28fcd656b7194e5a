"""A screen whose typing is kept: on disk while it goes on, on the server for the person's other terminals, and
offered again when the screen is opened anew."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual import work
from textual.screen import ModalScreen
from textual.timer import Timer

from erp_tui.core.entry.values import format_age, user_zone
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.records.gist import gist_of
from widgets.dialogs.draft_offer import Answer, DraftOffer, Offered
from widgets.dialogs.leave_dialog import LeaveDialog, Leaving
from widgets.problem_panel import ProblemPanel
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.kept.drafts import Draft

DRAFT_AFTER = 0.5
"""Seconds of rest in the typing after which a draft is written; at most a second is lost (promise P9)."""

ASK_ELSEWHERE_FOR = 1.5
"""Seconds that other terminals' drafts are waited for; those that come later are under :drafts."""


class DraftingScreen(ErpScreen[Any]):
    """A subclass says in `dump` what was typed and puts it back in `restore`, and calls `typed` at every change."""

    def __init__(self) -> None:
        super().__init__()
        self.problem = ProblemPanel()
        self._draft_timer: Timer | None = None
        self._touched = False
        self._told_kept = False
        self._copies: dict[str, str] = {}
        self.begins_anew = False
        """Whether a person asked for a new one expressly, so that what was left before is no question now."""
        self.goes_on = False
        """Whether this screen was opened to go on with its draft, so that nobody is asked a second time."""
        self.wanted_copy: str | None = None
        """Which draft it was opened for; None means the latest."""

    @abstractmethod
    def draft_name(self) -> str:
        """The name under which the drafts of this screen are kept."""

    @abstractmethod
    def dump(self) -> dict[str, Any]:
        """All that was typed."""

    @abstractmethod
    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts a draft back."""

    @property
    def is_changed(self) -> bool:
        """Whether anything was typed that is not sent."""
        return self._touched

    @property
    def holds_work(self) -> bool:
        """What is typed is kept as a draft, yet the person expects it where they left it."""
        return self.is_changed or super().holds_work

    def draft_copy(self) -> str:
        """The name of this piece of work among the drafts of its form."""
        from erp_tui.core.kept.drafts import new_copy

        return self._copies.setdefault(self.draft_name(), new_copy())

    # Keeping

    def typed(self) -> None:
        """Something was typed: a draft is due when the typing rests."""
        self._touched = True
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(DRAFT_AFTER, self._draft_due)

    def _draft_due(self) -> None:
        self._draft_timer = None
        self._save_draft()

    @work(group="draft", exit_on_error=False)
    async def _save_draft(self) -> None:
        if not self._touched:
            return
        try:
            await self.host.drafts.save(self.draft_name(), self.dump(), self.heading, self.draft_copy())
        except OSError as error:
            self.problem.show(
                _("What you type cannot be kept as a draft: {reason}. Send it before you leave.").format(
                    reason=error.strerror or error
                )
            )
        else:
            self.host.drafts_due()

    def save_draft(self) -> None:
        """Writes the draft at once; called from a signal handler too."""
        if self._touched:
            self.host.drafts.save_now(self.draft_name(), self.dump(), self.heading, self.draft_copy())

    def forget_draft(self) -> None:
        """The draft has served."""
        self._touched = False
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None
        copy = self._copies.pop(self.draft_name(), None)
        if copy is not None:
            self.host.drafts.delete(self.draft_name(), copy)
            self.host.drafts_due()

    # Offering

    async def offer_draft(self) -> None:
        """Keeps drafts of this screen from now on, and offers those that were left, if any, on any terminal."""
        self.host.draft_sources.add(self)
        if not self.goes_on:
            self._offer_what_was_left()
            return
        left = await self.left_drafts()
        wanted = [draft for draft in left if self.wanted_copy in {None, draft.copy}]
        if wanted:
            self._go_on_with(wanted[0])

    @work(group="draft-offer", exit_on_error=False)
    async def _offer_what_was_left(self) -> None:
        name = self.draft_name()
        left = await self.left_drafts()
        if left and name == self.draft_name() and not self.begins_anew:
            self._offer(left)

    async def left_drafts(self) -> Sequence[Draft]:
        """The drafts of this form, the latest first, but for those that are open on another screen."""
        name, sync = self.draft_name(), self.host.draft_sync
        left: list[Draft] | None = None
        if sync is not None:
            try:
                left = await asyncio.wait_for(sync.of_form(name), ASK_ELSEWHERE_FOR)
            except (ErpError, TimeoutError) as error:
                self.log.info("only the drafts of this terminal are offered", error)
        if left is None:
            kept = await asyncio.to_thread(self.host.drafts.all)
            left = [draft for draft in kept if draft.form == name]
        in_use = {self._copies.get(name)} | {
            source._copies.get(name)
            for source in self.host.draft_sources
            if isinstance(source, DraftingScreen) and source.is_attached
        }
        return [draft for draft in left if draft.copy not in in_use]

    def _offer(self, left: Sequence[Draft]) -> None:
        now, meta = datetime.now(UTC), self.host.meta
        zone = user_zone(meta.user.time_zone) if meta else UTC_ZONE
        offered = [
            Offered(
                where=_("on {terminal}").format(terminal=draft.terminal)
                if draft.terminal
                else _("on this terminal"),
                when=_("{age} ago").format(age=format_age(draft.saved_at, now))
                if (now - draft.saved_at).total_seconds() >= 60
                else _("just now"),
                gist=gist_of(draft.data, zone),
            )
            for draft in left
        ]

        def answered(answer: Answer | None) -> None:
            if answer is None:
                self.action_leave()
            elif answer.what == "go on":
                self._go_on_with(left[answer.number])
            else:
                self._throw_away(left[answer.number])

        self.host.interrupt(DraftOffer(offered), answered)

    def _go_on_with(self, draft: Draft) -> None:
        """Puts a draft back; what was typed anew before it was offered stays, as a part of it or as a draft of its
        own."""
        name, data = self.draft_name(), self.without_typed(draft.data)
        stays = data is draft.data and self._touched
        if stays:
            self.save_draft()
        begun = self._copies.pop(name, None)
        if draft.revision:
            self.host.drafts.take_in(draft)
        self._copies[name] = draft.copy
        self.restore(data)
        self._touched = True
        if begun is not None and not stays:
            self.host.drafts.delete(name, begun)
        self._draft_due()

    @work(group="draft", exit_on_error=False)
    async def _throw_away(self, draft: Draft) -> None:
        sync = self.host.draft_sync
        if not draft.revision:
            await asyncio.to_thread(self.host.drafts.delete, draft.form, draft.copy)
            self.host.drafts_due()
        elif sync is not None:
            try:
                await sync.throw_away(draft)
            except ErpError as error:
                self.problem.show(error)

    def without_typed(self, draft: Mapping[str, Any]) -> Mapping[str, Any]:
        """A draft without what was typed anew before it was offered: neither typing is lost. A screen that cannot
        part the two gives the draft itself, and the new typing is kept as another one."""
        return draft

    # Leaving

    def action_leave(self) -> None:
        """F3: leaves; what was typed is kept as a draft."""
        self.save_draft()
        if self._touched:
            self.host.drafts_due()
            self._tell_kept()
        self.host.leave_screen()

    def on_screen_suspend(self) -> None:
        """A jump to another screen: what was typed here stays."""
        if self._touched and not isinstance(self.app.screen, ModalScreen):
            self.save_draft()
            self._tell_kept()

    def _tell_kept(self) -> None:
        if not self._told_kept:
            self._told_kept = True
            self.app.notify(_("What you typed is kept as a draft; :drafts lists it."))

    def action_back(self) -> None:
        """Esc: asks only when something would be lost."""
        if not self.is_changed:
            self.host.leave_screen()
            return

        def answered(answer: Leaving | None) -> None:
            if answer == "throw away":
                self.forget_draft()
                self.host.leave_screen()
            elif answer == "keep":
                self.action_leave()

        self.app.push_screen(LeaveDialog(), answered)
