"""The form of any resource, for a new record or an existing one, drawn from its description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual import on, work

from erp_tui.core.errors import ErpError, StaleError
from erp_tui.core.i18n import _
from screens.generic import routes
from screens.generic.edit_screen import EditScreen
from screens.generic.in_words import preview_in_words
from screens.generic.labels import label_of, titles_of
from widgets.form_panel import FormPanel
from widgets.lines_editor import LinesEditor
from widgets.preview_dialog import PreviewDialog
from widgets.stale_dialog import StaleDialog, changed_beside, conflicts_between
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.models import Description, FieldDescription, Record
    from erp_tui.core.outbox import Intent


class FormScreen(EditScreen):
    """F10 saves. Only what was changed is sent, with the version that it was changed from."""

    def __init__(
        self, resource: str, record: Record | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.resource = resource
        self.record = record
        self.initial = dict(initial or {})
        self.description: Description | None = None
        self.heading = resource.replace("-", " ").capitalize()

    def shown_word(self) -> str:
        """The resource's word, with `new` for a new record."""
        return self.resource if self.record else f"{self.resource} new"

    async def build(self) -> None:
        """The form from the present description."""
        description = await self.api.describe_resource(self.resource)
        self.description = description
        one = description.title_one or description.title
        if self.record is None:
            self.retitle(_("New: {one}").format(one=one))
            values: Mapping[str, Any] = self.initial
        else:
            self.retitle(f"{one} {label_of(description, self.record.data)}")
            values = self.record.data
        self.form = FormPanel(
            self._fields(description), values=values, lookups=self.lookups, zone=self.zone, id="form"
        )
        if description.lines is not None:
            self.lines = LinesEditor(
                description.lines,
                lines=values.get(description.lines.name) or (),
                lookups=self.lookups,
                zone=self.zone,
                id="lines",
            )

    def _fields(self, description: Description) -> Sequence[FieldDescription]:
        return [
            field
            for field in description.fields
            if not field.read_only and not (field.create_only and self.record is not None)
        ]

    def draft_name(self) -> str:
        """One draft for a new record of the resource, one for each existing record."""
        return f"{self.resource}/{self.record.id if self.record else 'new'}"

    # Sending

    def body(self) -> dict[str, Any]:
        """What is sent: all that is filled in for a new record, what differs for an existing one."""
        if self.form is None or self.description is None:
            return {}
        body = self.form.given() if self.record is None else self.form.changed()
        if self.lines is not None and self.description.lines is not None:
            lines, name = self.lines.values(), self.description.lines.name
            if self.record is None or lines != self._lines_before(name):
                body[name] = lines
        return body

    def _lines_before(self, name: str) -> list[dict[str, Any]]:
        kept = {"id", *(self.lines.fields if self.lines else ())}
        before = self.record.data.get(name) or [] if self.record else []
        return [{n: v for n, v in line.items() if n in kept and v is not None} for line in before]

    def intent(self) -> Intent:
        """The creation or the change."""
        from erp_tui.core.outbox import Intent

        etag = self.description.etag if self.description else None
        title = _("Save {record}").format(record=self.heading)
        if self.record is None:
            return Intent("create", self.resource, self.body(), title, description=etag)
        return Intent(
            "update",
            self.resource,
            self.body(),
            title,
            id=self.record.id,
            version=self.record.version,
            description=etag,
        )

    def succeeded(self, result: Any) -> None:
        """Shows the saved record; an existing one is shown by the screen beneath."""
        description = self.description
        name = label_of(description, result.data) if description and result is not None else self.heading
        self.notify(_("{record} is saved.").format(record=name))
        if self.record is not None or result is None:
            self.host.leave_screen()
            return
        self.app.switch_screen(routes.detail_screen(self.resource, result.id))

    def action_preview(self) -> None:
        """F8: what would change."""
        if not self.busy and self.form is not None and self.check():
            self._preview()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _preview(self) -> None:
        intent = self.intent()
        try:
            if self.record is None:
                preview = await self.api.create(
                    self.resource, intent.body, dry_run=True, description=intent.description
                )
            else:
                preview = await self.api.update(
                    self.resource,
                    self.record.id,
                    intent.body,
                    version=self.record.version,
                    dry_run=True,
                    description=intent.description,
                )
            preview = await preview_in_words(self.api, preview)
        except ErpError as error:
            self.refused(error)
            return

        def answered(do_it: bool | None) -> None:
            if do_it:
                self.send(intent)

        self.app.push_screen(PreviewDialog(self.heading, preview), answered)

    # Somebody else was faster

    def stale(self, error: StaleError) -> None:
        """Lets the person choose between their values and those of the other, field by field."""
        if self.record is None or error.version is None:
            super().stale(error)
            return
        record, current, version = self.record, dict(error.current), error.version
        sides = (titles_of(self.description), record.data, current, self.body())

        def chosen(values: dict[str, Any] | None) -> None:
            if values is None:
                return
            from erp_tui.core.models import Record

            self.record = Record(data=current, version=version)
            self._take_over(current, values)

        self.app.push_screen(
            StaleDialog(self.heading, conflicts_between(*sides), changed_beside(*sides)), chosen
        )

    def _take_over(self, current: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
        """Shows the present values with mine laid over them, and saves."""
        if self.form is None:
            return
        typed = self.form.dump()
        self.form.load(current)
        self.form.restore({name: text for name, text in typed.items() if name in mine})
        lines = self.description.lines if self.description else None
        if self.lines is not None and lines is not None and lines.name not in mine:
            self.lines.load(current.get(lines.name) or [])
        self.problem.clear()
        if self.body():
            self.action_submit()
        else:
            self._done(self.record)

    @on(FormPanel.Completed)
    def _form_completed(self) -> None:
        """Enter on the last field: on to the lines, or to the key that saves."""
        if self.lines is not None:
            self.lines.focus_entry()
        else:
            self.notify(_("F10 saves, F8 shows first what would change."))

    @on(LinesEditor.Completed)
    def _lines_completed(self) -> None:
        self.notify(_("F10 saves, F8 shows first what would change."))
