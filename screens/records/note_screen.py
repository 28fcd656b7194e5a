"""`note suppliers ACME`: a note on any record, typed as every form is: kept as a draft, sent once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from erp_tui.core.errors import ErpError, StaleError
from erp_tui.core.i18n import _
from screens.forms.edit_screen import EditScreen
from screens.forms.lookups import ApiLookups
from screens.generic.labels import label_of
from screens.records.in_words import preview_in_words
from widgets.dialogs.preview_dialog import PreviewDialog
from widgets.form_panel import FormPanel
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.annotations import Note

WORD = "note"
LONGEST = 10_000


class NoRecord(ErpError):
    """A note hangs on a record, and none was named."""

    def sentence(self) -> str:
        """How one is named."""
        return _("Say on which record: note suppliers ACME. On the record itself press N.")


class NoteScreen(EditScreen):
    """`ref` is the record's key or `code:ACME`; with `number`, that note of it is changed."""

    word: ClassVar[str] = WORD
    DEFAULT_CSS: ClassVar[str] = """
    NoteScreen LongTextField, NoteScreen LongTextField TextArea { height: 12; }
    """

    def __init__(self, resource: str, ref: int | str, number: int | None = None) -> None:
        super().__init__()
        self.resource = resource
        self.ref = ref
        self.number = number
        self.record: int | None = None
        self.note: Note | None = None
        self.heading = _("Note")

    def shown_word(self) -> str:
        """The word with what it takes."""
        if not self.resource:
            return WORD
        words = [WORD, self.resource, str(self.record or str(self.ref).removeprefix("code:"))]
        return " ".join([*words, str(self.number)] if self.number else words)

    def draft_name(self) -> str:
        """One draft for a new note on each record, one for each note that is changed."""
        return self.shown_word().replace(f"{WORD} ", f"{WORD}/", 1)

    async def build(self) -> None:
        """The text and whether it is pinned."""
        from erp_tui.core.remote.models import FieldDescription

        if not self.resource:
            raise NoRecord
        description = await self.api.describe_resource(self.resource)
        found = await self.api.get(self.resource, self.ref)
        self.record = found.id
        one = description.title_one or description.title
        record_name = f"{one} {label_of(description, found.data)}"
        if self.number is not None:
            self.note = await self.api.note(self.resource, found.id, self.number)
        may = self.note is None or self.note.may_change
        heading = _("New note: {record}") if self.note is None else _("Note: {record}")
        self.retitle(heading.format(record=record_name))
        if not may and self.note is not None:
            self.problem.show(self.note.why_not)
        self.form = FormPanel(
            [
                FieldDescription(
                    name="text",
                    title=_("Text"),
                    type="long_text",
                    required=True,
                    max_length=LONGEST,
                    read_only=not may,
                ),
                FieldDescription(
                    name="pinned",
                    title=_("Pinned"),
                    help=_("A pinned note stands before all others."),
                    type="boolean",
                    read_only=not may,
                ),
            ],
            values={"text": self.note.text, "pinned": self.note.pinned} if self.note else {"pinned": False},
            lookups=self.lookups or ApiLookups(self.api, self.zone),
            zone=self.zone,
            id="form",
        )

    def why_not(self, action_id: str) -> str:
        """A note of somebody else is only read."""
        if action_id in {"submit", "preview"} and self.note is not None and not self.note.may_change:
            return self.note.why_not
        return super().why_not(action_id)

    def intent(self) -> Intent:
        """The new note, or what was changed of it."""
        from erp_tui.core.kept.outbox import Intent
        from erp_tui.core.remote.annotation_api import hanging

        assert self.form is not None
        target = hanging(self.resource, self.record or 0, "notes")
        if self.note is None:
            return Intent("create", target, self.form.given(), self.heading)
        return Intent(
            "update",
            target,
            self.form.changed(),
            self.heading,
            id=self.note.id,
            version=self.note.version,
        )

    def succeeded(self, result: Any) -> None:
        """Back to the record."""
        self.notify(_("The note is kept."))
        self.host.leave_screen()

    def stale(self, error: StaleError) -> None:
        """The other text is shown; what was typed stays, and is sent over it when F10 is pressed again."""
        if self.note is None or error.version is None:
            super().stale(error)
            return
        self.note = self.note.model_copy(update={"version": error.version})
        self.problem.show(
            _(
                "Somebody changed this note meanwhile to: {text}\nF10 again puts yours in its place, Esc leaves theirs."
            ).format(text=str(error.current.get("text", "")))
        )

    def action_preview(self) -> None:
        """F8."""
        if not self.busy and self.form is not None and self.check():
            self._preview()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _preview(self) -> None:
        intent = self.intent()
        try:
            if self.note is None:
                preview = await self.api.create(intent.target, intent.body, dry_run=True)
            else:
                preview = await self.api.update(
                    intent.target, self.note.id, intent.body, version=self.note.version, dry_run=True
                )
            preview = await preview_in_words(self.api, preview)
        except ErpError as error:
            self.refused(error)
            return
        self.app.push_screen(
            PreviewDialog(self.heading, preview), lambda answer: self.send(intent) if answer else None
        )


def open_word(arguments: Sequence[str]) -> NoteScreen:
    """`note suppliers ACME`, `note suppliers 17 5`; alone it says what it wants to know."""
    if len(arguments) < 2:
        return NoteScreen("", 0)
    ref: int | str = int(arguments[1]) if arguments[1].isdecimal() else f"code:{arguments[1]}"
    number = int(arguments[2]) if len(arguments) > 2 and arguments[2].isdecimal() else None
    return NoteScreen(arguments[0], ref, number)
