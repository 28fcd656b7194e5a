"""`:drafts`: what was typed on any terminal and not sent, to go on with or to throw away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.screen import Screen

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.forms.drafting import DraftingScreen
from screens.generic import routes
from screens.generic.words import MODULE as GENERIC
from screens.records.gist import gist_of
from screens.registry import SCREENS, UnknownWord
from screens.system.kept_list import KeptListScreen
from widgets.table.columns import Column
from widgets.table.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.kept.drafts import Draft
    from erp_tui.core.remote.api import Api

OPEN, THROW_AWAY = "2", "4"


class DraftsScreen(KeptListScreen):
    """Enter or 2 opens a draft's form with what was typed; 4 throws the draft away, on every terminal."""

    word: ClassVar[str] = "drafts"

    def __init__(self) -> None:
        super().__init__(
            _("Drafts"),
            _("There is no draft: everything that you typed was sent or thrown away."),
            {OPEN: _("Open"), THROW_AWAY: _("Throw away")},
        )
        self._elsewhere: Sequence[Draft] = ()

    def columns(self) -> Sequence[Column]:
        """Title, beginning, place and time."""
        return (
            Column("title", _("Form")),
            Column("gist", _("Begins")),
            Column("terminal", _("Terminal")),
            Column("saved_at", _("Typed"), "datetime", zone=self.zone),
        )

    async def ask(self) -> None:
        """What other terminals hold; without the server those of this one are listed alone."""
        sync = self.host.draft_sync
        self._elsewhere = await sync.elsewhere() if sync is not None else ()

    def rows(self) -> list[Row]:
        """The drafts of every terminal, the latest first; of those elsewhere it is not known yet what is in them."""
        newer = {(draft.form, draft.copy) for draft in self._elsewhere}
        own = [draft for draft in self.host.drafts.all() if (draft.form, draft.copy) not in newer]
        drafts = sorted([*own, *self._elsewhere], key=lambda draft: draft.saved_at, reverse=True)
        return [
            {
                "id": f"{draft.form} {draft.copy}",
                "draft": draft,
                "title": draft.title or draft.form,
                "gist": gist_of(draft.data, self.zone),
                "terminal": draft.terminal or _("this one"),
                "saved_at": draft.saved_at.isoformat(),
            }
            for draft in drafts
        ]

    def chosen(self, row: Row) -> None:
        """Enter opens."""
        self.open_draft(row["draft"])

    def option_entered(self, option: str, row: Row) -> None:
        """2 opens, 4 throws away."""
        if option == THROW_AWAY:
            self.throw_away(row["draft"])
        elif option == OPEN:
            self.open_draft(row["draft"])

    @work(group="draft", exit_on_error=False)
    async def throw_away(self, draft: Draft) -> None:
        """Forgets a draft here at once, and on the server now or as soon as it can be reached."""
        if draft.revision and self.host.draft_sync is not None:
            try:
                await self.host.draft_sync.throw_away(draft)
            except ErpError as error:
                self.problem.show(error)
                return
        else:
            self.host.drafts.delete(draft.form, draft.copy)
            self.host.drafts_due()
        self.read()

    @work(group="draft", exit_on_error=False)
    async def open_draft(self, draft: Draft) -> None:
        """Opens the form of a draft, or says why it cannot be opened."""
        try:
            screen = await form_screen(self.api, draft.form, draft.copy)
        except (ErpError, UnknownWord) as error:
            self.problem.show(error if isinstance(error, ErpError) else str(error))
            return
        self.problem.clear()
        self.app.push_screen(screen)


async def form_screen(api: Api, form: str, copy: str | None = None) -> Screen[Any]:
    """The screen that a draft was typed on; it puts the draft back without asking, the latest where no `copy` is
    named.

    `form` is the name of the draft: `suppliers/new`, `suppliers/17`, `inventory.adjust/17` or a screen's own
    word with its argument, `receive/10023`. Raises `ErpError` where the record cannot be read, and
    `UnknownWord` where no screen answers to the name.
    """
    target, _slash, ref = form.partition("/")
    if "." in target:
        screen = await _operation(api, target, ref)
    elif ref == "new":
        screen = routes.new_screen(target)
    else:
        screen = await _of_word(api, target, ref)
    if isinstance(screen, DraftingScreen):
        screen.goes_on, screen.wanted_copy = True, copy
    return screen


async def _operation(api: Api, operation: str, ref: str) -> Screen[Any]:
    description = await api.describe_operation(operation)
    target = description.target
    record = await api.get(target.resource, int(ref)) if target and ref.isdigit() else None
    return routes.operation_screen(operation, record)


async def _of_word(api: Api, word: str, ref: str) -> Screen[Any]:
    entry, _rest = SCREENS.resolve(word)
    if ref.isdigit() and entry.target.startswith(f"{GENERIC}:"):
        return routes.edit_screen(word, await api.get(word, int(ref)))
    return entry.open(ref.split())


def open_drafts(_arguments: Sequence[str]) -> DraftsScreen:
    """The drafts; what follows the word is ignored."""
    return DraftsScreen()
