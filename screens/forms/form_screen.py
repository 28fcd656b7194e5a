"""The form of any resource, for a new record or an existing one, drawn from its description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual import on, work

from erp_tui.core.entry.values import today_in
from erp_tui.core.errors import ErpError, StaleError
from erp_tui.core.i18n import _
from screens.forms.copy_of import copied
from screens.forms.edit_screen import EditScreen
from screens.generic import routes
from screens.generic.labels import label_of, titles_of
from screens.records.in_words import preview_in_words
from widgets.dialogs.preview_dialog import PreviewDialog
from widgets.dialogs.stale_dialog import StaleDialog
from widgets.fields.lookup import Made
from widgets.fields.lookup_field import LookupField
from widgets.form_panel import FormPanel
from widgets.lines.conflict import changed_beside, conflicts_between
from widgets.lines.lines_editor import LinesEditor
from widgets.lines.stale_lines import LineSides
from widgets.table.columns import column_of
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.models import Description, FieldDescription, Record


class FormScreen(EditScreen):
    """F10 saves. Only what was changed is sent, with the version that it was changed from."""

    def __init__(
        self,
        resource: str,
        record: Record | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        like: Record | None = None,
    ) -> None:
        """`record` is the one to change, `like` one that the new record begins as a copy of."""
        super().__init__()
        self.resource = resource
        self.record = record
        self.initial = dict(initial or {})
        self.like = like
        self.begins_anew = like is not None
        self.made: Made | None = None
        """Takes the new record instead of its being shown, where another form waits for it."""
        self.description: Description | None = None
        self.heading = resource.replace("-", " ").capitalize()

    def shown_word(self) -> str:
        """The resource's word, with `new` for a new record, the code and `edit` for one that there is."""
        if self.record is None:
            return f"{self.resource} new"
        label = self.description.label if self.description is not None else ()
        code = next((str(self.record.data[name]) for name in label if self.record.data.get(name)), "")
        return f"{self.resource} {code or f'id:{self.record.id}'} {routes.EDIT}"

    async def build(self) -> None:
        """The form from the present description."""
        description = await self.api.describe_resource(self.resource)
        self.description = description
        one = description.title_one or description.title
        if self.record is None:
            values: Mapping[str, Any] = self.initial
            title = _("New: {one}").format(one=one)
            if self.like is not None:
                values = copied(description, self.like.data, today_in(self.zone)) | self.initial
                like = label_of(description, self.like.data)
                title = _("New: {one}, copied from {like}").format(one=one, like=like)
            self.retitle(title)
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
        """What may be typed into, then what is only shown; of a new record there is nothing to show yet."""
        fields = [
            field.model_copy(update={"read_only": True, "required": False})
            if field.create_only and self.record is not None
            else field
            for field in description.fields
        ]
        shown = [field for field in fields if field.read_only] if self.record is not None else []
        return [*(field for field in fields if not field.read_only), *shown]

    def draft_name(self) -> str:
        """One draft for a new record of the resource, one for each existing record."""
        return f"{self.resource}/{self.record.id if self.record else 'new'}"

    def dump(self) -> dict[str, Any]:
        """Of an existing record only what was changed, with what it was changed from: the rest is not this
        person's, and somebody else may change it before the draft is gone on with."""
        data = super().dump()
        if self.record is None or self.form is None:
            return data
        changed = self.body()
        data["form"] = {name: text for name, text in data["form"].items() if name in self.form.changed()}
        if self.lines is not None and not self.lines.has_entry and self._line_member() not in changed:
            del data["lines"]
        base = {name: self.record.data.get(name) for name in changed}
        return {**data, "version": self.record.version, "base": base}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts a draft back. Where the record was saved by somebody else since, saving asks whose values to keep."""
        version = data.get("version")
        if self.record is not None and isinstance(version, int) and version != self.record.version:
            base = {**self.record.data, **(data.get("base") or {})}
            self.record = self.record.model_copy(update={"data": base, "version": version})
        super().restore(data)

    def _line_member(self) -> str:
        lines = self.description.lines if self.description else None
        return lines.name if lines is not None else ""

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
        from erp_tui.core.kept.masking import secrets_among
        from erp_tui.core.kept.outbox import Intent

        secrets = secrets_among(self.description.fields) if self.description else ()
        etag = self.description.etag if self.description else None
        title = _("Save {record}").format(record=self.heading)
        if self.record is None:
            return Intent("create", self.resource, self.body(), title, description=etag, secrets=secrets)
        return Intent(
            "update",
            self.resource,
            self.body(),
            title,
            id=self.record.id,
            version=self.record.version,
            description=etag,
            secrets=secrets,
        )

    def succeeded(self, result: Any) -> None:
        """Shows the saved record; an existing one is shown by the screen beneath."""
        description = self.description
        name = label_of(description, result.data) if description and result is not None else self.heading
        self.notify(_("{record} is saved.").format(record=name))
        if self.record is not None or result is None:
            self.host.leave_screen()
            return
        if self.made is not None:
            self.host.leave_screen()
            self.made(result.data)
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
        lines, body = self._line_sides(current), self.body()
        name = lines.name if lines is not None else ""
        titles = {each: title for each, title in titles_of(self.description).items() if each != name}
        sides = (
            titles,
            self._said(record.data, titles),
            self._said(current, titles),
            self._said(
                {**record.data, **body, **self._references()}, [each for each in body if each != name]
            ),
        )
        conflicts, beside = conflicts_between(*sides), changed_beside(*sides)
        if lines is not None:
            conflicts += lines.conflicts()
            beside += lines.added_elsewhere()
        dialog = StaleDialog(self.heading, conflicts, beside)

        def chosen(values: dict[str, Any] | None) -> None:
            if values is None:
                return
            from erp_tui.core.remote.models import Record

            self.record = Record(data=current, version=version)
            together = lines.together(dialog.keep_mine) if lines is not None else None
            self._take_over(current, values, together)

        self.app.push_screen(dialog, chosen)

    def _said(self, row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        """The values of these fields as the lists show them."""
        known = {field.name: field for field in self.description.fields} if self.description else {}
        return {
            name: column_of(name, known[name], self.zone).text(row) if row.get(name) is not None else None
            for name in names
            if name in known
        }

    def _references(self) -> dict[str, Any]:
        """The codes and names of the records that are named in the form now."""
        shown: dict[str, Any] = {}
        for field in self.form.fields.values() if self.form is not None else ():
            if isinstance(field, LookupField) and field.found is not None:
                shown |= field.display_of(field.found)
        return shown

    def _line_sides(self, current: Mapping[str, Any]) -> LineSides | None:
        """The lines of the three sides; None where this person changed none."""
        described = self.description.lines if self.description else None
        if self.lines is None or described is None or self.record is None:
            return None
        if described.name not in self.body():
            return None
        fields = [field for field in described.fields if field.name in self.lines.fields]
        return LineSides(
            described.name,
            {field.name: column_of(field.name, field, self.zone) for field in fields},
            {field.name: field.display for field in fields},
            self.record.data.get(described.name) or [],
            current.get(described.name) or [],
            self.lines.lines,
        )

    def _take_over(
        self, current: Mapping[str, Any], mine: Mapping[str, Any], together: list[dict[str, Any]] | None
    ) -> None:
        """Shows the present values with mine laid over them, and saves."""
        if self.form is None:
            return
        typed = self.form.dump()
        self.form.load(current)
        self.form.restore({name: text for name, text in typed.items() if name in mine})
        lines = self.description.lines if self.description else None
        if self.lines is not None and lines is not None:
            self.lines.load(current.get(lines.name) or [] if together is None else together)
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
