"""Any operation, drawn from its description: parameters, what would happen, confirmation, what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.widgets import Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.forms.edit_screen import EditScreen
from screens.generic.labels import as_question, inverse_of
from screens.generic.routes import reference
from screens.records.in_words import in_words, preview_in_words
from widgets.change_preview import ChangePreview
from widgets.dialogs.preview_dialog import PreviewDialog
from widgets.form_panel import FormPanel
from widgets.lines.lines_editor import LinesEditor
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.models import JobStarted, OperationDescription, OperationResult, Preview, Record

DESTROYING = frozenset({"destroys", "critical"})


class OperationScreen(EditScreen):
    """F10 shows what would happen, F10 again does it. Nothing is done unseen unless it only reads."""

    DEFAULT_CSS: ClassVar[str] = """
    OperationScreen .operation--result { height: auto; padding: 1 2; text-style: bold; }
    """

    def __init__(self, operation: str, record: Record | str | None = None) -> None:
        """`record` is the one that it works on, or its code, or `id:7`."""
        super().__init__()
        self.operation = operation
        self.record = record if not isinstance(record, str) else None
        self._named = record if isinstance(record, str) else ""
        self._code = self._named
        self.heading = operation
        self.description: OperationDescription | None = None
        self.done = False

    def shown_word(self) -> str:
        """The operation's own name, with the code of the record that it works on."""
        return " ".join(filter(None, (self.operation.replace(".", " "), self._code)))

    async def build(self) -> None:
        """The form of the parameters; the record that it works on is given, not asked for."""
        description = await self.api.describe_operation(self.operation)
        self.description = description
        label = ""
        if self._named and description.target is None:
            self._named = self._code = ""
            self.notify(
                _("{operation} works on no record.").format(operation=description.title), markup=False
            )
        if description.target is not None and (self.record is not None or self._named):
            resource = description.target.resource
            self.record = self.record or await self.api.get(resource, reference(self._named))
            target = await self.api.describe_resource(resource)
            said = [str(self.record.data[name]) for name in target.label if self.record.data.get(name)]
            label, self._code = " ".join(said), said[0] if said else f"id:{self.record.id}"
        self.retitle(f"{description.title} {label}".strip())
        given = description.target.parameter if description.target and self.record else None
        parameters = [field for field in description.parameters if field.name != given]
        self.form = FormPanel(parameters, lookups=self.lookups, zone=self.zone, id="form")
        if description.lines is not None:
            self.lines = LinesEditor(description.lines, lookups=self.lookups, zone=self.zone, id="lines")

    def ready(self) -> None:
        """An operation without parameters shows at once what it would do."""
        if self.form is not None and not self.form.fields and self.lines is None:
            self.action_submit()

    def draft_name(self) -> str:
        """One draft for each operation and record."""
        return f"{self.operation}/{self.record.id if self.record else ''}"

    # Sending

    def parameters(self) -> dict[str, Any]:
        """The flat body of the operation."""
        parameters = self.form.given() if self.form else {}
        description = self.description
        if description is not None and description.target is not None and self.record is not None:
            parameters[description.target.parameter] = self.record.id
        if description is not None and description.lines is not None and self.lines is not None:
            lines = self.lines.values()
            if lines:
                parameters[description.lines.name] = lines
        return parameters

    def intent(self) -> Intent:
        """The operation with its parameters."""
        from erp_tui.core.kept.masking import secrets_among
        from erp_tui.core.kept.outbox import Intent

        return Intent(
            "operate",
            self.operation,
            self.parameters(),
            self.heading,
            version=self.record.version if self.record else None,
            description=self.description.etag if self.description else None,
            secrets=secrets_among(self.description.parameters) if self.description else (),
        )

    def action_submit(self) -> None:
        """F10: what would happen; what only reads is run at once."""
        if self.done:
            self.host.leave_screen()
        elif self.busy or self.description is None or not self.check():
            return
        elif self.description.kind == "reads":
            self.send(self.intent())
        else:
            self._preview(self.intent())

    def why_not(self, action_id: str) -> str:
        """What is done is not looked at beforehand again; F10 then leaves."""
        if self.done and action_id == "preview":
            return _("it is done.")
        return super().why_not(action_id)

    def action_preview(self) -> None:
        """F8: the same question as F10."""
        self.action_submit()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _preview(self, intent: Intent) -> None:
        try:
            preview = await self.api.operate(
                self.operation,
                intent.body,
                version=intent.version,
                dry_run=True,
                description=intent.description,
            )
            preview = await preview_in_words(self.api, preview)
            inverse = await inverse_of(self.api, self.description) if self.description else ""
        except ErpError as error:
            self.refused(error)
            return
        self.problem.clear()
        question = self._question(preview, inverse)
        self.app.push_screen(question, lambda answer: self.send(intent) if answer else None)

    def _question(self, preview: Preview, inverse: str) -> PreviewDialog:
        description = self.description
        typed = note = ""
        if description is not None:
            if description.confirm == "typed" or description.kind in DESTROYING:
                typed = description.name.rpartition(".")[2]
            back = (
                _("It can be taken back: {inverse}.").format(inverse=inverse)
                if inverse
                else description.rollback or _("It cannot be taken back.")
            )
            note = " ".join(filter(None, (description.risks, back)))
        return PreviewDialog(as_question(self.heading), preview, typed=typed, note=note)

    # What happened

    def succeeded(self, result: OperationResult | JobStarted | None) -> None:
        """Shows the sentence and the changes, or follows the job."""
        from erp_tui.core.remote.models import JobStarted, OperationResult

        self.done = True
        self.refresh_keys()
        if isinstance(result, JobStarted):
            self._follow(result)
        elif isinstance(result, OperationResult):
            self._show_result(result)
        else:
            self.host.leave_screen()

    @work(group="result", exit_on_error=False)
    async def _show_result(self, result: OperationResult) -> None:
        sentence = Static(server_text(f"✓ {result.message}", multiline=True), classes="operation--result")
        try:
            said = await in_words(self.api, result.changes)
        except ErpError as error:
            # It is done; only its words could not be read.
            self.problem.show(error)
            said = result.changes
        changes = ChangePreview(said, result.warnings)
        changes.can_focus = True
        await self._body.remove_children()
        await self._body.mount(sentence, changes)
        changes.focus()

    @work(group="job", exit_on_error=False)
    async def _follow(self, started: JobStarted) -> None:
        from erp_tui.core.remote.jobs import follow

        line = Static(server_text(started.message), classes="operation--result")
        await self._body.remove_children()
        await self._body.mount(line)
        try:
            async for job in follow(self.api, started.job):
                of = f" {job.current}/{job.total}" if job.current is not None and job.total else ""
                line.update(server_text(f"{job.state}{of}  {job.error or job.message}".strip()))
        except ErpError as error:
            self.problem.show(error)

    def action_back(self) -> None:
        """Esc: nothing is left to lose once it is done."""
        if self.done:
            self.host.leave_screen()
        else:
            super().action_back()

    @on(FormPanel.Completed)
    def _form_completed(self) -> None:
        if self.lines is not None:
            self.lines.focus_entry()
        else:
            self.action_submit()

    @on(LinesEditor.Completed)
    def _lines_completed(self) -> None:
        self.action_submit()
