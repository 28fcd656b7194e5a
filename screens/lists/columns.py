"""Which columns a list shows: the usual ones, or those that this person has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import work

from erp_tui.core.i18n import _
from erp_tui.core.kept.list_views import ListView, ListViews
from screens.lists.table_screen import TableScreen
from widgets.dialogs.column_chooser import ColumnChoice, ColumnChooser, ColumnsChosen
from widgets.table.columns import Column, columns_of, natural_widths, possible_columns

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description

NEVER_ASKED = frozenset({"id", "version"})
"""Every row has these."""


class ListColumns(TableScreen):
    """Ctrl+W chooses the columns; the choice is kept for this person and this list."""

    list_view = ListView()

    @property
    def views(self) -> ListViews:
        """What this person has chosen, in files."""
        from erp_tui.core.kept.scope import Scope

        status = self.host.status
        return ListViews(Scope(self.api.base_url, status.user, status.organization))

    def chosen_columns(self, description: Description, names: Iterable[str] = ()) -> list[Column]:
        """The columns to show: those asked for, else the person's own choice, else the usual ones."""
        possible = possible_columns(description)
        self.list_view = self.views.load(self.resource).among(possible)
        wanted = [name for name in names if name in possible] or self.list_view.columns
        return columns_of(description, self.zone, names=wanted, widths=self.list_view.widths)

    def show_named_columns(self, names: Sequence[str]) -> None:
        """Lists from the first row with these columns; without names, with the person's own or the usual ones."""
        if self.description is not None:
            self.show_rows(self.chosen_columns(self.description, names))

    def fields_needed(self, columns: Sequence[Column]) -> list[str]:
        """What the server has to send for these columns, and for naming, sorting and changing their rows."""
        description = self.description
        if description is None:
            return []
        known = {field.name: field for field in description.fields}
        owners = {name: field for field in description.fields for name in field.display}
        wanted: list[str] = []
        for column in columns:
            wanted += column.fields or (column.name,)
        for name in [*wanted, *description.label]:
            field = known.get(name) or owners.get(name)
            if field is not None:
                wanted += (field.name, *field.display, field.currency or "", field.unit or "")
        sendable = {*known, *owners, *description.columns}
        return [name for name in dict.fromkeys(wanted) if name in sendable and name not in NEVER_ASKED]

    def action_choose_columns(self) -> None:
        """Ctrl+W."""
        if self.description is None:
            self.app.bell()
            return
        self._choose(self.description)

    @work(group="columns", exit_on_error=False)
    async def _choose(self, description: Description) -> None:
        title = _("Columns of {list}").format(list=description.title)
        chosen = await self.app.push_screen_wait(ColumnChooser(title, self._choices(description)))
        if chosen is not None:
            self._keep(description, chosen)

    def _choices(self, description: Description) -> list[ColumnChoice]:
        """Those that are shown in their order, then the others."""
        shown = [column.name for column in self.table.columns]
        others = [name for name in possible_columns(description) if name not in shown]
        columns = columns_of(description, self.zone, names=[*shown, *others], widths=self.list_view.widths)
        held = (self.table.window.row(number) for number in self.table.rows_in_view())
        natural = natural_widths(columns, [row for row in held if row is not None])
        return [
            ColumnChoice(column.name, column.title, column.name in shown, column.width, cells)
            for column, cells in zip(columns, natural, strict=True)
        ]

    def _keep(self, description: Description, chosen: ColumnsChosen) -> None:
        usual = not chosen.widths and list(chosen.names) == list(description.columns)
        view = ListView() if usual else ListView(chosen.names, dict(chosen.widths))
        try:
            self.views.save(self.resource, view)
        except OSError as error:
            reason = error.strerror or str(error)
            text = _("The columns are shown, but could not be kept for the next time: {reason}.")
            self.notify(text.format(reason=reason), severity="warning")
        self.list_view = view
        self.show_rows(columns_of(description, self.zone, names=view.columns, widths=view.widths))
