"""`:outbox`: what was confirmed on this machine and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.screen import Screen

from erp_tui.core.entry.values import format_age
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.generic import routes
from screens.registry import UnknownWord
from screens.system.drafts_screen import form_screen
from screens.system.kept_list import KeptListScreen
from widgets.frame.status_line import Status
from widgets.table.columns import Column
from widgets.table.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Entry, Intent
    from erp_tui.core.remote.api import Api

OPEN, SEEN, AGAIN = "2", "4", "5"


class OutboxScreen(KeptListScreen):
    """Enter shows all of a refusal; 2 opens what it came from; 5 asks again; 4 takes away what cannot be lost by it."""

    word: ClassVar[str] = "outbox"

    def __init__(self) -> None:
        super().__init__(
            _("Outbox"),
            _("Everything that you confirmed is settled."),
            {OPEN: _("Open"), SEEN: _("Seen, or give up"), AGAIN: _("Try again")},
        )
        self._seen: tuple[object, ...] = ()

    @property
    def help_text(self) -> str:
        """For F1."""
        return _(
            "Here stands what you confirmed and what has no answer yet, or was refused.\n"
            "Nothing here is lost, and nothing is done twice: each is sent again with its own key, by itself, as "
            "soon as the server answers. What was never sent, or refused, can be taken away; what was sent and "
            "has no answer cannot, because it may have been done."
        )

    def columns(self) -> Sequence[Column]:
        """What it was, when, for how long, and how it stands."""
        return (
            Column("title", _("Confirmed")),
            Column("made_at", _("When"), "datetime", zone=self.zone),
            Column("age", _("Since")),
            Column("state", _("State")),
            Column("problem", _("Problem")),
        )

    def rows(self) -> list[Row]:
        """What was not acknowledged yet, the oldest first."""
        now = datetime.now(UTC)
        return [_row(entry, now, away=self.host.status.grave) for entry in self.host.outbox.entries()]

    def show_status(self, status: Status) -> None:
        """The server went, came back, or something was settled: the list tells it without being asked."""
        super().show_status(status)
        seen = (status.unsettled, status.connection, status.grave)
        if self.is_mounted and seen != self._seen:
            self._seen = seen
            self.read()

    def chosen(self, row: Row) -> None:
        """Enter: the whole sentence, which the column cuts."""
        self.problem.show(str(row["problem"] or row["state"]))

    def option_entered(self, option: str, row: Row) -> None:
        """2 opens the form or record, 5 asks the server again.

        4 forgets, unless it was sent and its outcome is open: that one can only be waited for.
        """
        if option == OPEN:
            self._open(row["intent"])
        elif option == AGAIN:
            self._try_again(str(row["id"]), str(row["title"]))
        elif option == SEEN and not self.host.outbox.give_up(str(row["id"])):
            self.problem.show(
                _("{title} was sent and its outcome is being checked; it cannot be given up now.").format(
                    title=row["title"]
                )
            )
        self.host.outbox_changed()

    def action_refresh(self) -> None:
        """F5: asks the server once more, then shows how things stand."""
        super().action_refresh()
        self._ask_all()

    @work(group="outbox-again", exit_on_error=False)
    async def _ask_all(self) -> None:
        await self._settled()

    async def _settled(self) -> None:
        """Everything was asked about once, what is done is told and gone, and the list shows the rest."""
        work = self.host.settle_outbox()
        if work is not None:
            await work.wait()
        self.read()

    @work(group="outbox-again", exit_on_error=False)
    async def _try_again(self, key: str, title: str) -> None:
        """Asks what became of one; one whose form is open is that form's to send."""
        if key in self.host.held:
            self.problem.show(_("{title}: its form is open, and asks by itself.").format(title=title))
            return
        entry = await self.host.outbox.settle(key)
        if entry is None or entry.state.value == "settled":
            self.problem.clear()
            await self._settled()
            return
        self.host.outbox_changed()
        self.read()
        if entry.state.value in {"pending", "sent"}:
            said = _("{title} is still open: {state}.").format(title=title, state=_words(entry, away=False))
            self.problem.show(said)
        else:
            self.problem.clear()

    @work(group="open", exit_on_error=False)
    async def _open(self, intent: Intent) -> None:
        try:
            screen = await screen_of(self.api, intent)
        except (ErpError, UnknownWord) as error:
            self.problem.show(error if isinstance(error, ErpError) else str(error))
            return
        self.problem.clear()
        self.app.push_screen(screen)


async def screen_of(api: Api, intent: Intent) -> Screen[Any]:
    """The form that an intent was made on, with its draft where there is one, else the record that it is about.

    Raises `ErpError` where that cannot be read, and `UnknownWord` where no screen answers to it.
    """
    from erp_tui.core.kept.drafts import Copy

    if intent.draft:
        form, copy = Copy.named(intent.draft)
        return await form_screen(api, form, copy)
    if intent.kind == "create":
        return routes.new_screen(intent.target)
    if intent.kind != "operate":
        return routes.detail_screen(intent.target, intent.id or 0)
    target = (await api.describe_operation(intent.target)).target
    record = intent.body.get(target.parameter) if target else None
    if target is None or record is None:
        return routes.operation_screen(intent.target)
    return routes.detail_screen(target.resource, record if isinstance(record, int) else f"code:{record}")


def _row(entry: Entry, now: datetime, *, away: bool) -> Row:
    return {
        "id": entry.intent.key,
        "intent": entry.intent,
        "title": entry.intent.title or entry.intent.target,
        "made_at": entry.intent.made_at,
        "age": format_age(datetime.fromisoformat(entry.intent.made_at), now),
        "state": _words(entry, away=away),
        "problem": entry.problem,
    }


def _words(entry: Entry, *, away: bool) -> str:
    """How it stands. Nothing is called failed while it is unknown."""
    if entry.state.value == "pending":
        return _("waits for the server") if away else _("not sent yet")
    if entry.state.value == "sent":
        return _("sent, not known yet") if away else _("sent, being checked")
    return {"refused": _("refused"), "lapsed": _("to be done again")}.get(entry.state.value, _("done"))


def open_outbox(_arguments: Sequence[str]) -> OutboxScreen:
    """The outbox; what follows the word is ignored."""
    return OutboxScreen()
