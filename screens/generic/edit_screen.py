"""What every screen that sends something has in common: drafts while typing, one write at a time, errors in place."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.containers import Vertical
from textual.timer import Timer

from erp_tui.core.errors import (
    ApiError,
    ConflictError,
    ErpError,
    InvalidError,
    OutcomeUnknown,
    StaleError,
)
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.generic.lookups import ApiLookups
from screens.generic.zone import zone_of
from widgets.confirm_dialog import ConfirmDialog
from widgets.form_panel import FormPanel
from widgets.lines_editor import LinesEditor
from widgets.lookup_field import LOOK_UP_GROUP
from widgets.problem_panel import ProblemPanel
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.outbox import Intent

DRAFT_AFTER = 0.5
"""Seconds of rest in the typing after which a draft is written; at most a second is lost (promise P9)."""

CHECK_AGAIN_AFTER = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between attempts to learn what became of a write that nobody answered."""


class EditScreen(ErpScreen[Any]):
    """A form panel, a lines editor where there are lines, and what sends them.

    A subclass builds its body in `build` and says in `intent` what F10 sends and in `succeeded` what then.
    """

    scope: ClassVar[str] = "form"
    DEFAULT_CSS: ClassVar[str] = """
    EditScreen > .edit--body { height: 1fr; }
    EditScreen .edit--body.-lined > FormPanel { height: auto; max-height: 50%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.problem = ProblemPanel()
        self.form: FormPanel | None = None
        self.lines: LinesEditor | None = None
        self.lookups: ApiLookups | None = None
        self.zone = UTC_ZONE
        self.busy = False
        self._body = Vertical(classes="edit--body")
        self._draft_timer: Timer | None = None
        self._intent: Intent | None = None
        self._touched = False
        self._offering = False

    def compose_body(self) -> Iterable[Any]:
        """The problem, if any, above the form."""
        yield self.problem
        yield self._body

    def on_mount(self) -> None:
        self._open()

    # What a subclass provides

    @abstractmethod
    async def build(self) -> None:
        """Asks for the description and makes `form` and `lines`. May raise `ErpError`."""

    @abstractmethod
    def draft_name(self) -> str:
        """The name under which the draft of this form is kept."""

    @abstractmethod
    def intent(self) -> Intent:
        """What F10 sends."""

    @abstractmethod
    def succeeded(self, result: Any) -> None:
        """Goes on after the server has done it."""

    # Opening

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self) -> None:
        try:
            self.zone = await zone_of(self.api)
            self.lookups = ApiLookups(self.api, self.zone)
            await self.build()
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        await self._body.mount(*(part for part in (self.form, self.lines) if part is not None))
        self._body.set_class(self.lines is not None, "-lined")
        self.host.draft_sources.add(self)
        if self.form is not None:
            self.form.focus_first()
        draft = await asyncio.to_thread(self.host.drafts.load, self.draft_name())
        if draft is not None:
            self._offer(draft.data)
        self.ready()

    def ready(self) -> None:
        """Called when the form stands; a subclass may go on from here."""

    def _offer(self, data: Mapping[str, Any]) -> None:
        self._offering = True

        def answered(go_on: bool | None) -> None:
            self._offering = False
            if go_on:
                self.restore(self._without_typed(data))
            else:
                self.host.drafts.delete(self.draft_name())
            self._draft_due()

        question = _("Go on with what you typed here before?")
        body = _("It was not sent. With n it is thrown away and the form starts anew.")
        self.host.interrupt(ConfirmDialog(question, body), answered)

    def _without_typed(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """A draft without the fields that were typed into before it was offered: neither typing is lost."""
        typed = self.form.changed() if self.form else {}
        form = {name: text for name, text in (draft.get("form") or {}).items() if name not in typed}
        begun = self.lines is not None and (self.lines.has_entry or self.lines.lines)
        return {"form": form, "lines": None if begun and self._touched else draft.get("lines")}

    # Drafts

    def dump(self) -> dict[str, Any]:
        """All that was typed."""
        return {
            "form": self.form.dump() if self.form else {},
            "lines": self.lines.dump() if self.lines else {},
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts a draft back into the fields."""
        if self.form is not None:
            self.form.restore(data.get("form") or {})
        if self.lines is not None and data.get("lines"):
            self.lines.restore(data["lines"])
        self._touched = True

    def save_draft(self) -> None:
        """Writes the draft at once; called from a signal handler too."""
        if self._touched and not self._offering:
            self.host.drafts.save_now(self.draft_name(), self.dump(), self.heading)

    def on_form_panel_changed(self) -> None:
        self._typed()

    def on_lines_editor_changed(self) -> None:
        self._typed()

    def _typed(self) -> None:
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

    def forget_draft(self) -> None:
        """The draft has served."""
        self._touched = False
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None
        self.host.drafts.delete(self.draft_name())

    # Sending

    def check(self) -> bool:
        """Whether everything can be sent; shows why not where it is."""
        if self.form is not None and not self.form.check():
            self.app.bell()
            return False
        return self.lines is None or self.lines.finish_entry()

    def action_submit(self) -> None:
        """F10."""
        if self.busy or self.form is None or not self.check():
            return
        self.send(self.intent())

    def send(self, intent: Intent) -> None:
        """Sends an intent, once: the same values again are the same intent, with its key."""
        kept = self._intent
        if kept is not None and _content(kept) == _content(intent):
            intent = kept
        self._intent = intent
        self.busy = True
        self._send(intent)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _send(self, intent: Intent) -> None:
        try:
            result = await self.host.outbox.submit(intent)
        except OutcomeUnknown as unknown:
            self.problem.show(unknown)
            self._learn(intent)
            return
        except ErpError as error:
            self.busy = False
            if isinstance(error, ApiError):
                self._intent = None
            self.refused(error)
            return
        self._done(result)

    @work(group="settle", exit_on_error=False)
    async def _learn(self, intent: Intent) -> None:
        """Asks until it is known what became of the write; it is never called failed meanwhile."""
        from erp_tui.core.outbox import State

        for pause in _pauses():
            await asyncio.sleep(pause)
            entry = await self.host.outbox.settle(intent.key)
            if entry is None or entry.state is State.SETTLED:
                self.host.outbox.acknowledge(intent.key)
                self._done(_settled_result(intent, entry.result if entry else None))
                return
            if entry.state is State.REFUSED:
                self.host.outbox.acknowledge(intent.key)
                self.busy = False
                self._intent = None
                self.problem.show(
                    entry.problem or _("The server refused this. Correct it and send it again.")
                )
                return

    def _done(self, result: Any) -> None:
        self.busy = False
        self._intent = None
        self.problem.clear()
        self.forget_draft()
        self.succeeded(result)

    def refused(self, error: ErpError) -> None:
        """Shows an error where it belongs: under its fields, as a choice of values, or above the form."""
        self.keys.flush(error.sentence())
        if isinstance(error, InvalidError):
            self._show_invalid(error)
        elif isinstance(error, StaleError):
            self.stale(error)
        elif isinstance(error, ConflictError) and error.code == "description_changed":
            self.problem.show(error)
            self._rebuild()
        else:
            self.problem.show(error)

    def stale(self, error: StaleError) -> None:
        """Somebody else changed the record meanwhile."""
        self.problem.show(error)

    def _show_invalid(self, error: InvalidError) -> None:
        homeless = list(error.errors)
        if self.lines is not None:
            homeless = self.lines.show_errors(homeless)
        if self.form is not None:
            homeless = self.form.show_errors(homeless)
        if homeless or not error.errors:
            messages = " ".join(f"{each.field}: {each.message}".lstrip(": ") for each in homeless)
            self.problem.show(messages or error.sentence())
        else:
            self.problem.clear()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _rebuild(self) -> None:
        """Draws the form from the new description with everything that was typed."""
        typed = self.dump()
        try:
            await self.build()
        except ErpError as error:
            self.problem.show(error)
            return
        await self._body.remove_children()
        await self._body.mount(*(part for part in (self.form, self.lines) if part is not None))
        self.restore(typed)

    # Leaving

    @property
    def is_changed(self) -> bool:
        """Whether anything was typed that is not sent."""
        return self._touched

    def action_refresh(self) -> None:
        """F5: draws the form from the server's present description; what was typed stays."""
        if self.form is None:
            self._open()
        else:
            self._rebuild()

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


def _content(intent: Intent) -> tuple[Any, ...]:
    return (intent.kind, intent.target, dict(intent.body), intent.id, intent.version, intent.reason)


def _pauses() -> Iterable[float]:
    yield from CHECK_AGAIN_AFTER
    while True:
        yield CHECK_AGAIN_AFTER[-1]


def _settled_result(intent: Intent, result: Any) -> Any:
    """The answer of a settled intent as the model that `submit` would have returned."""
    from erp_tui.core.models import JobStarted, OperationResult, Record

    if result is None:
        return None
    if intent.kind != "operate":
        return Record.model_validate(result)
    return JobStarted.model_validate(result) if "job" in result else OperationResult.model_validate(result)
