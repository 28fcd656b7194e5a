"""`:drafts`: what was typed and not sent, to go on with or to throw away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.screen import Screen

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.generic import routes
from screens.generic.drafting import DraftingScreen
from screens.generic.words import MODULE as GENERIC
from screens.registry import SCREENS, UnknownWord
from screens.system.kept_list import KeptListScreen
from widgets.columns import Column
from widgets.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.api import Api

OPEN, THROW_AWAY = "2", "4"


class DraftsScreen(KeptListScreen):
    """Enter or 2 opens a draft's form with what was typed; 4 throws the draft away."""

    word: ClassVar[str] = "drafts"

    def __init__(self) -> None:
        super().__init__(
            _("Drafts"),
            _("There is no draft: everything that you typed was sent or thrown away."),
            {OPEN: _("Open"), THROW_AWAY: _("Throw away")},
        )

    def columns(self) -> Sequence[Column]:
        """Title and time."""
        return (
            Column("title", _("Form")),
            Column("saved_at", _("Typed"), "datetime", zone=self.zone),
        )

    def rows(self) -> list[Row]:
        """The drafts, the latest first."""
        return [
            {"id": draft.form, "title": draft.title or draft.form, "saved_at": draft.saved_at.isoformat()}
            for draft in self.host.drafts.all()
        ]

    def chosen(self, row: Row) -> None:
        """Enter opens."""
        self.open_draft(str(row["id"]))

    def option_entered(self, option: str, row: Row) -> None:
        """2 opens, 4 throws away."""
        if option == THROW_AWAY:
            self.host.drafts.delete(str(row["id"]))
        elif option == OPEN:
            self.open_draft(str(row["id"]))

    @work(group="draft", exit_on_error=False)
    async def open_draft(self, form: str) -> None:
        """Opens the form of a draft, or says why it cannot be opened."""
        try:
            screen = await form_screen(self.api, form)
        except (ErpError, UnknownWord) as error:
            self.problem.show(error if isinstance(error, ErpError) else str(error))
            return
        self.problem.clear()
        self.app.push_screen(screen)


async def form_screen(api: Api, form: str) -> Screen[Any]:
    """The screen that a draft was typed on; it puts the draft back without asking.

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
        screen.goes_on = True
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
