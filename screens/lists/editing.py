"""Changing values in the list itself: F2 opens the cell, Enter saves and goes down a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work

from erp_tui.core.errors import ErpError, InvalidError, StaleError
from erp_tui.core.i18n import _
from screens.forms.lookups import ApiLookups
from screens.generic.labels import titles_of
from screens.lists.table_screen import TableScreen
from widgets.dialogs.stale_dialog import StaleDialog
from widgets.fields.factory import field_widget
from widgets.lines.conflict import changed_beside, conflicts_between
from widgets.table.cell_editor import CellEditor
from widgets.table.columns import Column
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription, Record

UNFIT_TYPES = frozenset({"long_text", "json", "secret"})
"""What has no room in a cell."""


class ListEditing(TableScreen):
    """The record is read when its cell is opened, so that the version is that of now and its state is known."""

    DEFAULT_CSS: ClassVar[str] = """
    ListEditing { layers: base above; }
    """

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.editor: CellEditor | None = None
        self._edited: Record | None = None
        self._edited_column = ""

    @property
    def holds_work(self) -> bool:
        """A value that is being changed."""
        return self.editor is not None or super().holds_work

    def why_not_edited(self) -> str:
        """Why no value of this list can be changed here, as a sentence; empty where one can."""
        description = self.description
        if description is None:
            return _("the list is not read yet.")
        if not description.may.update:
            return _("your role does not allow it.")
        if not self._editable(description):
            return _("every column that is shown is read only; F10 or 2 change the others.")
        return ""

    def _editable(self, description: Description) -> list[tuple[Column, FieldDescription]]:
        """The columns whose values can be changed, from left to right."""
        found = []
        for column in self.table.columns:
            field = description.field(column.name) or next(
                (each for each in description.fields if each.display and each.display[0] == column.name), None
            )
            if field and not field.read_only and not field.create_only and field.type not in UNFIT_TYPES:
                found.append((column, field))
        return found

    def action_edit_cell(self) -> None:
        """F2."""
        row = self.table.current_row
        if row is not None and self.editor is None:
            self._open_cell(int(row["id"]), self._edited_column)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open_cell(self, record_id: int, column: str) -> None:
        try:
            record = await self.api.get(self.resource, record_id)
        except ErpError as error:
            self.problem.show(error)
            return
        state = record.actions.get("update")
        if state is not None and not state.enabled:
            self.app.bell()
            await self._close()
            self.problem.show(state.reason)
            return
        self.problem.clear()
        await self._show_cell(record, column)

    async def _show_cell(self, record: Record, name: str) -> None:
        description = self.description
        if description is None:
            return
        editable = self._editable(description)
        # The code is what others know the record by: it is changed by whoever goes there, never by the first key.
        first = next((pair for pair in editable if pair[1].name != description.key), editable[0])
        column, field = next((pair for pair in editable if pair[0].name == name), first)
        await self._close()
        self._edited, self._edited_column = record, column.name
        widget = field_widget(field, lookups=ApiLookups(self.api, self.zone), zone=self.zone, bare=True)
        self.editor = CellEditor(widget, record.data.get(field.name), record.data)
        self.table.show_column(column)
        self._place(column)
        await self.mount(self.editor)

    def _place(self, column: Column) -> None:
        if self.editor is not None:
            self.editor.place(self.table.cell_region(self.table.cursor, column), self.table.region)

    async def _close(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            await editor.remove()
            self.table.focus()

    # Keys of the editor

    @on(CellEditor.Left)
    async def _left(self) -> None:
        await self._close()

    @on(CellEditor.Turned)
    def _turned(self, event: CellEditor.Turned) -> None:
        editor = self.editor
        if editor is None or self.description is None:
            return
        names = [column.name for column, _field in self._editable(self.description)]
        place = names.index(self._edited_column) + event.step
        if not 0 <= place < len(names):
            self.app.bell()
        elif editor.is_changed:
            if editor.field.check():
                self._save(names[place], down=False)
        elif self._edited is not None:
            self._turn_to(self._edited, names[place])

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _turn_to(self, record: Record, column: str) -> None:
        await self._show_cell(record, column)

    @on(CellEditor.Entered)
    def _entered(self) -> None:
        editor = self.editor
        if editor is not None and editor.field.check():
            self._save(self._edited_column, down=True)

    # Saving

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _save(self, then: str, *, down: bool) -> None:
        editor, record = self.editor, self._edited
        if editor is None or record is None:
            return
        if editor.is_changed:
            name = editor.field.field_name
            saved = await self._written(record, {name: editor.field.value})
            if saved is None:
                return
            record = saved
            self.table.replace_row(saved.data)
        if not down:
            await self._show_cell(record, then)
            return
        await self._close()
        if self.table.cursor + 1 >= self.table.total:
            return
        self.table.action_move(1)
        rows = await self.table.read_rows(range(self.table.cursor, self.table.cursor + 1))
        if rows:
            self._open_cell(int(rows[0]["id"]), then)

    async def _written(self, record: Record, values: dict[str, Any]) -> Record | None:
        """The record as it was saved; None where it was not, which the editor says."""
        from erp_tui.core.kept.outbox import Intent
        from erp_tui.core.remote.models import Record

        description = self.description
        title = _("Save {record}").format(record=self.label(record.data))
        intent = Intent(
            "update",
            self.resource,
            values,
            title,
            id=record.id,
            version=record.version,
            description=description.etag if description else None,
        )
        try:
            saved = await self.host.outbox.submit_once(intent)
        except StaleError as error:
            self._stale(record, error, values)
            return None
        except ErpError as error:
            self._say(error)
            return None
        return saved if isinstance(saved, Record) else None

    def _say(self, error: ErpError) -> None:
        self.app.bell()
        sentence = error.sentence()
        if isinstance(error, InvalidError) and error.errors:
            sentence = " ".join(each.message for each in error.errors)
        if self.editor is not None:
            self.editor.say(sentence)
        self.keys.flush(sentence, shown=True)

    def _stale(self, record: Record, error: StaleError, values: dict[str, Any]) -> None:
        """Somebody else changed the record meanwhile: mine or theirs."""
        if error.version is None:
            self._say(error)
            return
        current, version = dict(error.current), error.version
        sides = (titles_of(self.description), record.data, current, values)

        def chosen(kept: dict[str, Any] | None) -> None:
            from erp_tui.core.remote.models import Record

            if kept is not None:
                self._take_over(Record(data=current, version=version), kept)

        self.app.push_screen(
            StaleDialog(self.label(record.data), conflicts_between(*sides), changed_beside(*sides)), chosen
        )

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _take_over(self, current: Record, kept: dict[str, Any]) -> None:
        saved = await self._written(current, kept) if kept else current
        if saved is not None:
            self.table.replace_row(saved.data)
            await self._close()
