"""One confirmed write at a time, through the outbox: never doubled, never called failed while it is unknown."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import work

from erp_tui.core.errors import ApiError, ErpError, OutcomeUnknown, SignInRequired, ThrottledError
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.forms.drafting import DraftingScreen
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent

CHECK_AGAIN_AFTER = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between attempts to learn what became of a write that nobody answered."""


class SendingScreen(ErpScreen[Any]):
    """A subclass calls `send` and goes on in `succeeded` or `refused`; meanwhile `busy` is true."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        self._intent: Intent | None = None

    @abstractmethod
    def succeeded(self, result: Any) -> None:
        """Goes on after the server has done it."""

    @abstractmethod
    def show_problem(self, problem: ErpError | str) -> None:
        """Shows what went wrong, or that it is not known yet whether it did."""

    def refused(self, error: ErpError) -> None:
        """Says why it was not done; what was typed stays."""
        self.keys.flush(error.sentence(), shown=True)
        self.show_problem(error)

    @property
    def holds_work(self) -> bool:
        """What becomes of something confirmed is told here."""
        return self.busy or super().holds_work

    def send(self, intent: Intent) -> None:
        """Sends an intent, once: the same values again are the same intent, with its key."""
        kept = self._intent
        if kept is not None and _content(kept) == _content(intent):
            intent = kept
        else:
            self._let_go()
            # The draft has served once this is done, also where this screen is gone by then.
            intent = replace(intent, draft=self._draft_reference())
        self._intent = intent
        self.host.held.add(intent.key)
        self.busy = True
        self._send(intent)

    def _draft_reference(self) -> str:
        from erp_tui.core.kept.drafts import Copy

        if not isinstance(self, DraftingScreen):
            return ""
        return Copy(self.draft_name(), self.draft_copy()).reference

    def _let_go(self) -> None:
        """Forgets the intent of before; one that was never sent must not be sent behind a newer one's back."""
        kept, self._intent = self._intent, None
        if kept is not None:
            self.host.held.discard(kept.key)
            self.host.outbox.give_up(kept.key)

    def on_unmount(self) -> None:
        if self._intent is not None:
            self._let_go()
            self.host.outbox_changed()

    def work_failed(self, work: str, error: ErpError) -> bool:
        """The sending stopped at an error in the program: the screen is free again. What was confirmed is in the
        outbox, and sent again under its key is done once."""
        if work not in {self._send.__name__, self._learn.__name__}:
            return False
        self.busy = False
        self.host.outbox_changed()
        self.show_problem(error)
        return True

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _send(self, intent: Intent) -> None:
        try:
            result = await self.host.outbox.submit(intent)
        except OutcomeUnknown as unknown:
            self.host.outbox_changed()
            self.show_problem(unknown)
            self._learn(intent)
            return
        except ErpError as error:
            self.busy = False
            if isinstance(error, ApiError) and not isinstance(error, SignInRequired | ThrottledError):
                self._let_go()
            self.refused(error)
            return
        self._done(result)

    @work(group="settle", exit_on_error=False)
    async def _learn(self, intent: Intent) -> None:
        """Asks until it is known what became of the write; it is never called failed meanwhile."""
        from erp_tui.core.kept.outbox import State

        for pause in _pauses():
            await asyncio.sleep(pause)
            entry = await self.host.outbox.settle(intent.key)
            if entry is None or entry.state is State.SETTLED:
                self._done(_settled_result(intent, entry.result if entry else None))
                return
            if entry.state in {State.REFUSED, State.LAPSED}:
                self.busy = False
                self._let_go()
                self.host.outbox_changed()
                self.show_problem(
                    entry.problem or _("The server refused this. Correct it and send it again.")
                )
                return

    def _done(self, result: Any) -> None:
        self.busy = False
        self._let_go()
        self.host.outbox_changed()
        self.when_on_top(lambda: self.succeeded(result))


def _content(intent: Intent) -> tuple[Any, ...]:
    return (intent.kind, intent.target, dict(intent.body), intent.id, intent.version, intent.reason)


def _pauses() -> Iterator[float]:
    yield from CHECK_AGAIN_AFTER
    while True:
        yield CHECK_AGAIN_AFTER[-1]


def _settled_result(intent: Intent, result: Any) -> Any:
    """The answer of a settled intent as the model that `submit` would have returned."""
    from erp_tui.core.remote.models import JobStarted, OperationResult, Record

    if result is None:
        return None
    if intent.kind == "batch":
        from erp_tui.core.remote.batch_api import BatchDone

        return BatchDone.model_validate(result)
    if intent.kind != "operate":
        return Record.model_validate(result)
    return JobStarted.model_validate(result) if "job" in result else OperationResult.model_validate(result)
