"""A screen whose typing is kept: on disk while it goes on, offered again when the screen is opened anew."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from textual import work
from textual.timer import Timer

from erp_tui.core.i18n import _
from screens.base import ErpScreen
from widgets.confirm_dialog import ConfirmDialog
from widgets.problem_panel import ProblemPanel

DRAFT_AFTER = 0.5
"""Seconds of rest in the typing after which a draft is written; at most a second is lost (promise P9)."""


class DraftingScreen(ErpScreen[Any]):
    """A subclass says in `dump` what was typed and puts it back in `restore`, and calls `typed` at every change."""

    def __init__(self) -> None:
        super().__init__()
        self.problem = ProblemPanel()
        self._draft_timer: Timer | None = None
        self._touched = False
        self._offering = False
        self.goes_on = False
        """Whether this screen was opened to go on with its draft, so that nobody is asked a second time."""

    @abstractmethod
    def draft_name(self) -> str:
        """The name under which the draft of this screen is kept."""

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
        if self._touched and not self._offering:
            try:
                await self.host.drafts.save(self.draft_name(), self.dump(), self.heading)
            except OSError as error:
                self.problem.show(
                    _("What you type cannot be kept as a draft: {reason}. Send it before you leave.").format(
                        reason=error.strerror or error
                    )
                )

    def save_draft(self) -> None:
        """Writes the draft at once; called from a signal handler too."""
        if self._touched and not self._offering:
            self.host.drafts.save_now(self.draft_name(), self.dump(), self.heading)

    def forget_draft(self) -> None:
        """The draft has served."""
        self._touched = False
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None
        self.host.drafts.delete(self.draft_name())

    # Offering

    async def offer_draft(self) -> None:
        """Keeps drafts of this screen from now on, and offers the one that was left, if any."""
        self.host.draft_sources.add(self)
        draft = await asyncio.to_thread(self.host.drafts.load, self.draft_name())
        if draft is None:
            return
        if self.goes_on:
            self.restore(self.without_typed(draft.data))
            self._touched = True
        else:
            self._offer(draft.data)

    def _offer(self, data: Mapping[str, Any]) -> None:
        self._offering = True

        def answered(go_on: bool | None) -> None:
            if go_on is None:
                # Still offering: nothing is written over the draft while the screen goes.
                self.host.leave_screen()
                return
            self._offering = False
            if go_on:
                self.restore(self.without_typed(data))
                self._touched = True
            else:
                self.host.drafts.delete(self.draft_name())
            self._draft_due()

        question = _("Go on with what you typed here before?")
        body = _("It was not sent. With n it is thrown away and the form starts anew.")
        self.host.interrupt(ConfirmDialog(question, body, undecided=_("back, it is kept")), answered)

    def without_typed(self, draft: Mapping[str, Any]) -> Mapping[str, Any]:
        """A draft without what was typed anew before it was offered: neither typing is lost."""
        return draft

    # Leaving

    def action_leave(self) -> None:
        """F3: leaves; what was typed is kept as a draft."""
        self.save_draft()
        self.host.leave_screen()

    def action_back(self) -> None:
        """Esc: asks only when something would be lost."""
        if not self.is_changed:
            self.host.leave_screen()
            return

        def answered(throw_away: bool | None) -> None:
            if throw_away:
                self.forget_draft()
                self.host.leave_screen()

        body = _("With n you go on editing. F3 leaves and keeps it as a draft.")
        self.app.push_screen(ConfirmDialog(_("Throw away what you typed?"), body), answered)
