"""How the file is read: which sheet, which rows, by what rows find their records, how a column is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on, work

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.import_mapping import match_title
from erp_tui.core.transfer.importing import target_field
from screens.imports.how_read import AS_FOUND, asked_of, member_of, question_for
from screens.imports.left_out_dialog import LeftOutDialog
from screens.imports.mapping_step import MappingStep, SettingsRow
from screens.imports.session_screen import SessionScreen
from screens.imports.source_dialog import SourceDialog
from widgets.dialogs.pick_dialog import PickDialog
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription


class Reading(SessionScreen):
    """What may be said at the columns; each has the server read and map the file anew as far as need be."""

    def why_not(self, action_id: str) -> str:
        """What does not fit the step or the file."""
        session = self.session
        if action_id in {"import_sheet", "import_left_out", "import_match"} or (
            action_id == "import_how" and not self.on_check
        ):
            if session is None or not self.on_columns:
                return _("it belongs to the columns; F7 goes back to them.")
            if action_id == "import_sheet" and len(session.dialect.sheets) < 2:
                return _("the file has one sheet.")
            if action_id == "import_match" and len(session.may_match_on) < 2:
                return _("rows find their records by one field alone.")
        return super().why_not(action_id)

    @on(SettingsRow.Changed)
    def _settings_changed(self, event: SettingsRow.Changed) -> None:
        event.stop()
        self.patch(event.changes)

    @on(MappingStep.FieldChosen)
    def _field_chosen(self, event: MappingStep.FieldChosen) -> None:
        event.stop()
        session, description = self.session, self.description
        if session is None or description is None:
            return
        name, field = event.name, target_field(description, event.name)
        now = session.mapping.get(name)

        def chosen(source: dict[str, Any] | None) -> None:
            # The same column again keeps what was said of its texts.
            if source is None or source == {
                member: (now or {}).get(member) for member in source if member in (now or {})
            }:
                return
            mapping = {key: value for key, value in session.mapping.items() if key != name}
            self.patch({"mapping": {**mapping, name: source} if source else mapping})

        title = field.title if field is not None else name
        self.app.push_screen(SourceDialog(title, session.columns, now), chosen)

    def action_import_sheet(self) -> None:
        """Ctrl+E: another sheet of the workbook."""
        session = self.session
        if session is None or self.why_not("import_sheet"):
            return
        sheets = [
            (sheet.name, _("{name} (hidden)").format(name=sheet.name) if sheet.hidden else sheet.name)
            for sheet in session.dialect.sheets
        ]

        def chosen(name: str | None) -> None:
            if name is not None and name != session.dialect.sheet:
                self.patch({"dialect": {"sheet": name}})

        title = _("Which sheet of {filename}?").format(filename=session.filename)
        self.app.push_screen(PickDialog(title, sheets, now=session.dialect.sheet), chosen)

    def action_import_left_out(self) -> None:
        """Ctrl+X: which rows are data."""
        session = self.session
        if session is None or self.why_not("import_left_out"):
            return

        def chosen(changes: dict[str, Any] | None) -> None:
            if changes:
                self.patch({"dialect": changes})

        documents = self.description is not None and self.description.lines is not None
        self.app.push_screen(LeftOutDialog(session.dialect, documents=documents), chosen)

    def action_import_match(self) -> None:
        """Ctrl+U: by which field a row finds its record."""
        session = self.session
        if session is None or self.why_not("import_match"):
            return
        titles = self.titles
        fields = [(name, match_title(name, titles)) for name in session.may_match_on]

        def chosen(name: str | None) -> None:
            if name is not None and name != session.match_on:
                self.patch({"match_on": name})

        title = _("By which field does a row find its record?")
        self.app.push_screen(PickDialog(title, fields, now=session.match_on), chosen)

    def action_import_how(self) -> None:
        """F2: how the column of the field under the cursor is read; at the rows, how the file goes in."""
        if self.on_check:
            self.ask_way()
            return
        session, description, row = self.session, self.description, self.columns.table.current_row
        if session is None or description is None or row is None or self.why_not("import_how"):
            return
        field = target_field(description, str(row["id"]))
        if field is None or not asked_of(field) or "column" not in session.mapping.get(field.name, {}):
            self.app.bell()
            self.notify(
                _(
                    "{title}: there is nothing to choose. It is for references, dates and numbers from a column."
                ).format(title=self.titles.get(str(row["id"]), row["title"]))
            )
            return
        self._ask_how(field)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _ask_how(self, field: FieldDescription) -> None:
        session = self.session
        if session is None:
            return
        try:
            target = await self.api.describe_resource(field.reference) if field.reference else None
        except ErpError as error:
            self.refused(error)
            return
        source = session.mapping[field.name]

        def chosen(answer: str | None) -> None:
            wanted = None if answer == AS_FOUND else answer
            if answer is not None and wanted != source.get(member_of(field)):
                self.patch(self.source_with(field.name, **{member_of(field): wanted}))

        self.app.push_screen(question_for(field, target, source), chosen)
