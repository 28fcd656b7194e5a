"""One action on many records: asked for once, previewed as one list, confirmed once, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.content import Content
from textual.widgets import Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from screens.forms.edit_screen import EditScreen
from screens.generic.labels import as_question, inverse_of, label_of
from screens.records.in_words import preview_in_words
from widgets.dialogs.batch_dialog import BatchDialog, refusals_in_words
from widgets.form_panel import FormPanel
from widgets.table.paging import Row
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.batch_api import BatchDone, RecordOutcome
    from erp_tui.core.remote.models import Description, FieldDescription, OperationDescription, Preview

UPDATE, DELETE = "update", "delete"
DESTROYING = frozenset({"destroys", "critical"})
Told = Callable[[Mapping[int, str], Sequence[Row]], None]


class BatchScreen(EditScreen):
    """`action` is `update` with a `field`, `delete`, or an operation. `done` hears what was refused, by id, and
    the rows that were tried, so that the list keeps the marks of those."""

    DEFAULT_CSS: ClassVar[str] = """
    BatchScreen .batch--result { height: 1fr; padding: 0 2; overflow-y: auto; }
    """

    def __init__(
        self,
        resource: str,
        action: str,
        title: str,
        rows: Sequence[Row],
        *,
        field: str = "",
        done: Told | None = None,
    ) -> None:
        super().__init__()
        self.resource = resource
        self.action = action
        self.action_title = title
        self.rows = list(rows)
        self.field = field
        self.heading = title
        self.description: Description | None = None
        self.operation: OperationDescription | None = None
        self.done = False
        self._tell = done
        self._inverse = ""
        self._pages: list[list[Row]] = []
        self._outcomes: list[RecordOutcome] = []

    def shown_word(self) -> str:
        """The resource's own word: this screen has none."""
        return self.resource

    async def build(self) -> None:
        """The form of what all records share: the parameters of the operation, or the field to change."""
        self.description = await self.api.describe_resource(self.resource)
        if self.action not in (UPDATE, DELETE):
            self.operation = await self.api.describe_operation(self.action)
            self._inverse = await inverse_of(self.api, self.operation)
        count = len(self.rows)
        what = (
            label_of(self.description, self.rows[0])
            if count == 1
            else ngettext("{count} record", "{count} records", count).format(count=format_count(count))
        )
        self.retitle(f"{self.action_title}: {self.description.title}, {what}")
        self.form = FormPanel(self._fields(self.description), lookups=self.lookups, zone=self.zone, id="form")

    def _fields(self, description: Description) -> list[FieldDescription]:
        if self.operation is not None:
            given = self.operation.target.parameter if self.operation.target else ""
            return [field for field in self.operation.parameters if field.name != given]
        field = description.field(self.field) if self.action == UPDATE else None
        return [field] if field is not None else []

    def ready(self) -> None:
        """Where nothing is asked for, what would happen is shown at once."""
        if self.form is not None and not self.form.fields:
            self.action_submit()

    def draft_name(self) -> str:
        """One draft for each action on many records of the resource."""
        return f"{self.resource}/many/{self.action}{self.field}"

    # What would happen

    def body(self, rows: Sequence[Row]) -> dict[str, Any]:
        """One page of the batch as the server takes it."""
        from erp_tui.core.remote.batch_api import records_of

        values: dict[str, Any] = {}
        if self.form is not None:
            values = self.form.values() if self.action == UPDATE else self.form.given()
        return {"action": self.action, "records": records_of(rows), "values": values}

    def intent(self) -> Intent:
        """The next page."""
        from erp_tui.core.kept.masking import secrets_among
        from erp_tui.core.kept.outbox import Intent

        return Intent(
            "batch",
            self.resource,
            self.body(self._pages[0]),
            self.heading,
            description=self.description.etag if self.description else None,
            secrets=secrets_among(self.operation.parameters) if self.operation else (),
        )

    def action_submit(self) -> None:
        """F10: what would become of each record; once it is done, back to the list."""
        if self.done:
            self.host.leave_screen()
        elif not self.busy and self.form is not None and self.check():
            self._preview()

    def action_preview(self) -> None:
        """F8: the same question as F10."""
        self.action_submit()

    def why_not(self, action_id: str) -> str:
        """What is done is not looked at beforehand again; F10 then leaves."""
        if self.done and action_id == "preview":
            return _("it is done.")
        return super().why_not(action_id)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _preview(self) -> None:
        from erp_tui.core.remote.batch_api import outcomes_of

        previews, outcomes = [], []
        try:
            for rows in self._paged():
                preview = await self.api.batch(
                    self.resource,
                    self.body(rows),
                    dry_run=True,
                    description=self.description.etag if self.description else None,
                )
                previews.append(await preview_in_words(self.api, preview))
                outcomes += outcomes_of(preview).results
                self._show_progress(len(outcomes))
        except ErpError as error:
            self.refused(error)
            return
        self.problem.clear()
        self.app.push_screen(self._question(previews, outcomes), self._answered)

    def _paged(self) -> list[list[Row]]:
        from erp_tui.core.remote.batch_api import PAGE_RECORDS

        return [self.rows[start : start + PAGE_RECORDS] for start in range(0, len(self.rows), PAGE_RECORDS)]

    def _show_progress(self, so_far: int) -> None:
        if len(self.rows) > so_far:
            self.problem.show(
                _("{done} of {all} so far …").format(
                    done=format_count(so_far), all=format_count(len(self.rows))
                )
            )

    def _question(self, previews: Sequence[Preview], outcomes: Sequence[RecordOutcome]) -> BatchDialog:
        whole = previews[0].model_copy(
            update={
                "changes": [change for preview in previews for change in preview.changes],
                "warnings": list(dict.fromkeys(text for preview in previews for text in preview.warnings)),
            }
        )
        typed = ""
        operation = self.operation
        if operation is not None and (operation.confirm == "typed" or operation.kind in DESTROYING):
            typed = operation.name.rpartition(".")[2]
        note = ""
        if operation is not None:
            note = (
                _("It can be taken back: {inverse}.").format(inverse=self._inverse)
                if self._inverse
                else _("It cannot be taken back.")
            )
        will = sum(outcome.status == "done" for outcome in outcomes)
        changed = {(change.resource, change.id) for change in whole.changes}
        same = will - len(changed) if self.action == UPDATE else 0
        return BatchDialog(
            as_question(self.heading),
            whole,
            self._refusals(outcomes),
            will=will,
            same=same,
            typed=typed,
            note=note,
        )

    def _refusals(self, outcomes: Sequence[RecordOutcome]) -> list[tuple[str, str]]:
        """The refused records by what a person calls them, each with its reason."""
        names = {row["id"]: label_of(self.description, row) for row in self.rows} if self.description else {}
        return [
            (names.get(outcome.id, f"id:{outcome.id}"), outcome.message)
            for outcome in outcomes
            if outcome.status == "refused"
        ]

    # Doing it

    def _answered(self, do_it: bool | None) -> None:
        if do_it:
            self._pages = self._paged()
            self.send(self.intent())
        elif self.form is not None and not self.form.fields:
            self.host.leave_screen()

    def succeeded(self, result: BatchDone | None) -> None:
        """One page is done: on to the next, or to what became of all."""
        if result is not None:
            self._outcomes += result.result.results
        self._pages.pop(0)
        if self._pages:
            self._show_progress(len(self._outcomes))
            self.send(self.intent())
            return
        self.done = True
        refusals = self._refusals(self._outcomes)
        if self._tell is not None:
            refused = {each.id: each.message for each in self._outcomes if each.status == "refused"}
            self._tell(refused, self.rows)
        done = len(self._outcomes) - len(refusals)
        sentence = ngettext("{count} record is done.", "{count} records are done.", done).format(
            count=format_count(done)
        )
        if not refusals:
            self.notify(f"{self.action_title}: {sentence}")
            self.host.leave_screen()
            return
        self._show_result(sentence, refusals)

    @work(group="result", exit_on_error=False)
    async def _show_result(self, sentence: str, refusals: Sequence[tuple[str, str]]) -> None:
        self.refresh_keys()
        said = Content("\n").join(
            [
                refusals_in_words(refusals, f"✓ {sentence}"),
                Content(""),
                Content(_("F10 or Esc goes back to the list.")),
            ]
        )
        result = Static(said, classes="batch--result")
        result.can_focus = True
        await self._body.remove_children()
        await self._body.mount(result)
        result.focus()

    def action_back(self) -> None:
        """Esc: nothing is left to lose once it is done."""
        if self.done:
            self.host.leave_screen()
        else:
            super().action_back()

    @on(FormPanel.Completed)
    def _form_completed(self) -> None:
        self.action_submit()
