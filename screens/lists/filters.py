"""What a list is narrowed to: typed in the bar, declared by the resource, or kept under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import on, work

from erp_tui.core.commands.filter_completion import Suggestion, suggestions
from erp_tui.core.commands.filter_reading import BadFilter
from erp_tui.core.errors import ApiError, ErpError
from erp_tui.core.i18n import _
from screens.lists.filtering import Narrowing, as_typed, narrowing_of, reading_of
from screens.lists.table_screen import TableScreen
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.frame.filter_bar import FilterBar
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent

SAVED = "saved-filters"
KEEP = "keep"
NAMED, KEPT = "named:", "kept:"
MOST_KEPT = 200


class ListFilters(TableScreen):
    """F8 opens the bar, `=` the list of filters, `+` keeps the present one under a name."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.filter_bar = FilterBar()

    @property
    def narrowing(self) -> Narrowing:
        """What the filter bar says, days being what they are today."""
        if self.description is None:
            return Narrowing(q=self.typed_filter)
        try:
            return narrowing_of(self.typed_filter, self.description, self.zone)
        except BadFilter:
            # Typed while other conventions were in force; the server says what is wrong in it, if anything is.
            return Narrowing(filter=self.typed_filter, kept=self.typed_filter)

    def as_typed(self, filter: str) -> str:
        """A filter as it is kept, with its numbers written as the person types them."""
        return as_typed(filter, self.description, self.zone) if self.description else filter

    def narrow(self, text: str) -> None:
        """Lists what this text of the filter bar means."""
        self.typed_filter = text.strip()
        self.show_rows()

    # The bar

    def action_filter(self) -> None:
        """F8 and `/`."""
        self._open_bar(self.typed_filter)

    def _open_bar(self, text: str) -> None:
        self.filter_bar.open(text, self._suggest, self._understood)

    def refuse_unreadable(self) -> bool:
        """Whether the filter that a word brought along cannot be read; it is then put into the bar, to be corrected,
        and everything is listed meanwhile."""
        assert self.description is not None
        text = self.typed_filter
        try:
            narrowing_of(text, self.description, self.zone)
        except BadFilter as bad:
            self.typed_filter = ""
            self._open_bar(text)
            self._refuse(text, bad.sentence(), bad.position)
            return True
        return False

    def _refuse(self, text: str, sentence: str, position: int | None) -> None:
        """Says under the bar what is wrong in the filter; it was read without the spaces around it."""
        self.app.bell()
        self.filter_bar.refuse(
            sentence, None if position is None else position + len(text) - len(text.lstrip())
        )

    def _understood(self, text: str) -> str:
        """The days and numbers of a filter in words; empty while it is no whole one."""
        try:
            reading = reading_of(text, self.description, self.zone) if self.description else None
        except BadFilter:
            return ""
        return reading.said if reading is not None else ""

    def _suggest(self, text: str) -> Sequence[Suggestion]:
        return suggestions(self.description, text) if self.description else ()

    @on(FilterBar.Closed)
    def _bar_left(self) -> None:
        self.table.focus()

    @on(FilterBar.Entered)
    def _filter_entered(self, event: FilterBar.Entered) -> None:
        self._try(event.text)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _try(self, text: str) -> None:
        """Asks the server whether it can be read before anything that is shown goes away."""
        try:
            reading = reading_of(text, self.description, self.zone) if self.description else None
        except BadFilter as bad:
            self._refuse(text, bad.sentence(), bad.position)
            return
        if reading is not None and text.strip() != self.typed_filter:
            try:
                await self.api.list(self.resource, filter=reading.sent, fields=["id"], limit=1, count="none")
            except ErpError as error:
                position = error.extra.get("position") if isinstance(error, ApiError) else None
                wrong = reading.typed_position(position - 1) if isinstance(position, int) else None
                self._refuse(text, error.sentence(), wrong)
                return
        self.filter_bar.close()
        self.table.focus()
        self.narrow(text)

    # Filters by name

    def action_filters(self) -> None:
        """`=`."""
        if self.description is None:
            self.app.bell()
            return
        self._choose_filter()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _choose_filter(self) -> None:
        try:
            kept = await self.kept_filters()
        except ErpError as error:
            self.problem.show(error)
            return
        # The keys held for reading them are given free before the menu is shown.
        self.call_later(self._show_filters, kept)

    @work(group="filters", exit_on_error=False)
    async def _show_filters(self, kept: Sequence[dict[str, Any]]) -> None:
        nothing_to_keep = "" if self.typed_filter else _("nothing is filtered")
        items = [MenuItem(NAMED + each.name, each.title) for each in self._declared()]
        items += [MenuItem(f"{KEPT}{row['id']}", _kept_title(row)) for row in kept]
        items.append(MenuItem(KEEP, _("Keep the present filter under a name…"), nothing_to_keep))
        title = _("Filters of {list}").format(list=self.heading)
        chosen = await self.app.push_screen_wait(ActionMenu(title, items))
        if chosen == KEEP:
            self.action_keep_filter()
        elif chosen and chosen.startswith(NAMED):
            self.filter_bar.close()
            self.table.focus()
            self.narrow(chosen.removeprefix(NAMED))
        elif chosen:
            self.apply(next(row for row in kept if f"{KEPT}{row['id']}" == chosen))

    def _declared(self) -> Sequence[Any]:
        return self.description.filters if self.description else ()

    async def kept_filters(self) -> list[dict[str, Any]]:
        """The saved filters of this list, one's own before those that others share; none where the role sees none.

        Raises what the server answers otherwise.
        """
        try:
            page = await self.api.list(
                SAVED, filter=f"resource={self.resource}", ordering="name", limit=MOST_KEPT, count="none"
            )
        except ApiError as error:
            if error.status in (403, 404):
                return []
            raise
        return sorted(page.rows, key=lambda row: not self._is_own(row))

    def _is_own(self, row: dict[str, Any]) -> bool:
        return bool(row.get("owner_username") == self.host.status.user)

    def apply(self, row: dict[str, Any]) -> None:
        """Lists what was kept: the filter, the order and the columns."""
        self.filter_bar.close()
        self.table.focus()
        self.typed_filter = self.as_typed(row.get("filter") or "") or row.get("search") or ""
        self.table.ordering = row.get("ordering") or self.table.ordering
        self.show_named_columns([name for name in (row.get("columns") or "").split(",") if name])

    # Keeping one

    def action_keep_filter(self) -> None:
        """`+`."""
        if not self.typed_filter:
            self.app.bell()
            self.notify(_("Nothing is filtered; F8 filters the list first."), severity="warning")
            return
        self.bar.open(KEEP, _("Keep this filter as:"))

    def keep_as(self, name: str) -> None:
        """Keeps the filter, the order and the columns under a name."""
        if name:
            self._keep_as(name)

    @work(group="filters", exit_on_error=False)
    async def _keep_as(self, name: str) -> None:
        try:
            kept = await self.kept_filters()
            own = next((row for row in kept if row["name"] == name and self._is_own(row)), None)
            if own is not None and not await self._agrees_to_replace(name):
                return
            question = _("Share “{name}” with everybody who may see this list?").format(name=name)
            hint = _("Yes: all find it under =. No: it is yours alone.")
            dialog = ConfirmDialog(question, hint, undecided=_("do not keep it"))
            shared = await self.app.push_screen_wait(dialog)
            if shared is None:
                return
            await self.host.outbox.submit_once(self._intent(name, own, shared=shared))
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        text = _("Kept as “{name}”: = lists it, :{word} {name} opens it.")
        self.notify(text.format(name=name, word=self.resource))

    async def _agrees_to_replace(self, name: str) -> bool:
        question = _("You have a filter “{name}” already. Replace it?").format(name=name)
        agreed = await self.app.push_screen_wait(ConfirmDialog(question))
        return bool(agreed)

    def _intent(self, name: str, own: dict[str, Any] | None, *, shared: bool) -> Intent:
        from erp_tui.core.kept.outbox import Intent

        narrowing = self.narrowing
        body: dict[str, Any] = {
            "name": name,
            "search": narrowing.q,
            "filter": narrowing.kept,
            "ordering": self.table.ordering,
            "columns": ",".join(column.name for column in self.table.columns),
            "shared": shared,
        }
        title = _("Keep the filter {name}").format(name=name)
        if own is None:
            return Intent("create", SAVED, {**body, "resource": self.resource}, title=title)
        return Intent("update", SAVED, body, title=title, id=int(own["id"]), version=int(own["version"]))


def _kept_title(row: dict[str, Any]) -> str:
    said = row.get("filter") or row.get("search") or ""
    if row.get("shared"):
        return _("{name}   {filter}   (shared by {owner})").format(
            name=row["name"], filter=said, owner=row.get("owner_username") or "?"
        )
    return _("{name}   {filter}").format(name=row["name"], filter=said)
