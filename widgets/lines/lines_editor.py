"""The lines of a document: a table of those entered, and under it one row of fields that grows it on Enter.

One row of fields serves any number of lines, so that a thousand lines are as light as one. Code, Enter,
quantity, Enter is a whole line where the rest can be filled in from what is known of the product.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.errors import ErpError, FieldError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from widgets.dialogs.paste_report import PasteReport, pasted_in_words
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.fields.lookup import Found, Lookups
from widgets.fields.lookup_field import LookupField
from widgets.lines.line_history import Line, LineHistory
from widgets.lines.line_totals import line_totals
from widgets.lines.pasted_lines import BlockReader, is_block
from widgets.shown import NUMBERS, UTC_ZONE
from widgets.table.columns import Column, column_of
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import LinesDescription

Fill = Callable[[Mapping[str, Any], str, Found], Awaitable[Mapping[str, Any]]]
"""Given the line so far, the name of a reference and the record found: values for other fields of the line."""

Finish = Callable[[Line, frozenset[str]], Line]
"""Given a line about to be taken in and the fields in it that were filled in, not typed: the line as it shall be."""

Totals = Callable[[Sequence[Line]], str]

CELLS = {"reference": 18, "code": 14, "date": 12, "datetime": 18, "choice": 12, "boolean": 12}
NUMBER_CELLS, TEXT_CELLS = 14, 20
ERROR_PATH = re.compile(r"\w+\[(\d+)\](?:\.(\w+))?")
NUMBER_COLUMN = "_number"


class LinesEditor(Vertical):
    """Lines from their description. `lines` holds them as the server takes them, display columns included."""

    DEFAULT_CSS: ClassVar[str] = """
    LinesEditor {
        height: 1fr;
        & > PagedTable { height: 1fr; min-height: 3; }
        & > .lines--entry { height: 2; overflow-x: auto; scrollbar-size-horizontal: 0; }
        & .lines--cell { height: 2; margin: 0 1 0 0; }
        & .lines--title { height: 1; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        & .lines--cell:focus-within .lines--title { text-style: bold underline; }
        & > .lines--note { height: auto; max-height: 3; min-height: 1; }
        & > .lines--totals { height: 1; text-align: right; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "to_lines", _("Lines entered"), show=False, id="lines.up"),
        Binding("delete", "remove", _("Remove the line"), show=False, id="lines.remove"),
        Binding("insert", "insert", _("Insert a line before this one"), show=False, id="lines.insert"),
        Binding("f2", "copy_above", _("Copy the line above"), show=False, id="lines.copy_above"),
        Binding("ctrl+r", "put_back", _("Take back the last change"), show=False, id="lines.put_back"),
    ]

    help_text = marked(
        "Enter goes to the next field and takes the line in; Enter on an empty line goes on. F2 copies the line "
        "above. Up goes into the lines entered: Enter changes one, Insert puts one before it, Delete removes it. "
        "Ctrl+R takes the last change back. Rows copied from a spreadsheet become lines when they are pasted."
    )

    class Changed(Message):
        """A line was entered, changed or removed, or something was typed: a draft is due."""

        def __init__(self, editor: LinesEditor) -> None:
            super().__init__()
            self.editor = editor

        @property
        def control(self) -> LinesEditor:
            """The editor that sent this."""
            return self.editor

    class Completed(Changed):
        """Enter was pressed on an empty entry row: there are no more lines."""

    def __init__(
        self,
        description: LinesDescription,
        *,
        lines: Sequence[Mapping[str, Any]] = (),
        lookups: Lookups | None = None,
        fill: Fill | None = None,
        finish: Finish | None = None,
        totals: Totals | None = None,
        zone: ZoneInfo = UTC_ZONE,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.description = description
        self.lines: list[Line] = [dict(line) for line in lines]
        self.fill = fill
        self.finish = finish
        self._totals = totals or (lambda lines: line_totals(lines, description.fields))
        self.editing: int | None = None
        self.fields: dict[str, FieldWidget] = {
            field.name: field_widget(field, lookups=lookups, zone=zone, bare=True)
            for field in description.fields
            if not field.read_only
        }
        self._filled: set[str] = set()
        self._problems: dict[int, dict[str, str]] = {}
        self._history = LineHistory()
        self._inserting: int | None = None
        columns = [Column(NUMBER_COLUMN, "#", "integer")]
        columns += [column_of(field.name, field, zone) for field in description.fields]
        self.table = PagedTable(
            columns,
            local_fetch(self._rows),
            empty=_("No lines yet. Type the first one below; Enter on an empty line goes on."),
        )
        self._note = Static(classes="lines--note")
        self._total_line = Static(classes="lines--totals")

    def compose(self) -> ComposeResult:
        yield self.table
        with Horizontal(classes="lines--entry"):
            for field in self.fields.values():
                cell = Vertical(
                    Static(server_text(field.description.title), classes="lines--title"),
                    field,
                    classes="lines--cell",
                )
                cell.styles.width = _cells_for(field.description.type)
                yield cell
        yield self._note
        yield self._total_line

    def on_mount(self) -> None:
        self._clear_entry()
        self._show_totals()

    # Values

    def values(self) -> list[Line]:
        """The lines to send: editable values, and the key of those that exist already."""
        kept = {"id", *self.fields}
        return [
            {name: value for name, value in line.items() if name in kept and value is not None}
            for line in self.lines
        ]

    def load(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Shows other lines and clears the entry row."""
        self.lines = [dict(line) for line in lines]
        self._problems = {}
        self._history.clear()
        self._clear_entry()
        self._redraw()

    def dump(self) -> dict[str, Any]:
        """Lines and what stands in the entry row, for a draft."""
        entry = {name: field.kept for name, field in self.fields.items() if field.kept_in_drafts}
        return {"lines": self.lines, "entry": entry, "editing": self.editing}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts a draft back, an unfinished entry row included."""
        self.load(draft.get("lines") or [])
        editing = draft.get("editing")
        self.editing = editing if isinstance(editing, int) and editing < len(self.lines) else None
        for name, kept in (draft.get("entry") or {}).items():
            if name in self.fields:
                self.fields[name].kept = kept

    @property
    def has_entry(self) -> bool:
        """Whether something stands in the entry row that is not a line yet."""
        return any(not field.is_empty and name not in self._defaults() for name, field in self.fields.items())

    @property
    def has_problems(self) -> bool:
        """Whether a line is marked as refused."""
        return bool(self._problems)

    def note(self, sentence: str) -> None:
        """Says something under the entry row."""
        self._note.update(server_text(sentence))

    def finish_entry(self) -> bool:
        """Takes a begun entry row in as a line. Returns False, with the reason shown, when it is not good."""
        return not self.has_entry or self._commit()

    def _rows(self) -> list[Line]:
        return [
            {**line, "id": index, NUMBER_COLUMN: f"{index + 1} ✗" if index in self._problems else index + 1}
            for index, line in enumerate(self.lines)
        ]

    def _defaults(self) -> dict[str, Any]:
        """Fields that stand at their default and thus do not make a line begun."""
        return {
            name: field.description.default
            for name, field in self.fields.items()
            if field.description.default is not None and field.value == field.description.default
        }

    # Entering

    def focus_entry(self) -> None:
        """Puts the cursor into the first field of the entry row."""
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.focus()

    def advance_from(self, field: FieldWidget) -> None:
        """Enter: the next field that still needs something, or the line is taken in."""
        names = list(self.fields)
        index = names.index(field.field_name)
        if index == 0 and not self.has_entry:
            self.post_message(self.Completed(self))
            return
        for name in names[index + 1 :]:
            following = self.fields[name]
            if following.description.required and name not in self._filled:
                following.focus()
                return
        self._commit()

    def _commit(self) -> bool:
        wrong = [field for field in self.fields.values() if not field.check()]
        if wrong:
            wrong[0].focus()
            self.app.bell()
            return False
        line = dict(self.lines[self.editing]) if self.editing is not None else {}
        for name, field in self.fields.items():
            line[name] = field.value
            if isinstance(field, LookupField) and field.found is not None:
                line |= field.display_of(field.found)
        if self.finish is not None:
            line = self.finish(line, frozenset(self._filled))
        warning = self._said_twice(line)
        if self.editing is None:
            shown = len(self.lines) if self._inserting is None else self._inserting
            self._history.keep(
                self.lines, _("Line {number} is taken out again.").format(number=shown + 1), shown
            )
            self.lines.insert(shown, line)
        else:
            shown = self.editing
            self._history.keep(
                self.lines, _("Line {number} is as it was before.").format(number=shown + 1), shown
            )
            self.lines[shown] = line
            self._problems.pop(shown, None)
        was_refused = self.editing is not None and bool(self._problems)
        self._clear_entry()
        self._redraw(shown)
        self.post_message(self.Changed(self))
        if was_refused:
            self._open_first_problem()
        else:
            self.focus_entry()
            self.note(warning)
        return True

    def _said_twice(self, line: Line) -> str:
        """A sentence where another line names the same record; empty where none does. It is no error: the same
        product may come at two prices."""
        names = [name for name, field in self.fields.items() if isinstance(field, LookupField)]
        if not names or line.get(names[0]) is None:
            return ""
        for index, other in enumerate(self.lines):
            if index != self.editing and all(other.get(name) == line.get(name) for name in names):
                title = str(line.get(self.fields[names[0]].description.display[0]) or line[names[0]])
                return _(
                    "! {title} is in line {number} too. It stays a line of its own; Ctrl+R takes it back."
                ).format(title=title, number=index + 1)
        return ""

    def _clear_entry(self) -> None:
        self.editing = None
        self._inserting = None
        self._filled.clear()
        for field in self.fields.values():
            field.load(field.description.default)

    def _redraw(self, cursor: int | None = None) -> None:
        self.table.window.clear()
        self.table.reload()
        if cursor is not None:
            self.table.show_row(cursor)
        self._show_totals()

    def _show_totals(self) -> None:
        self._total_line.update(server_text(self._totals(self.lines)))

    @on(LookupField.Resolved)
    def _reference_found(self, event: LookupField.Resolved) -> None:
        event.stop()
        if self.fill is not None:
            self._fill_in(self.fill, event.field.field_name, event.found)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _fill_in(self, fill: Fill, name: str, found: Found) -> None:
        line = {each: field.value for each, field in self.fields.items()}
        try:
            values = await fill(line, name, found)
        except ErpError as error:
            self._note.update(server_text(error.sentence()))
            return
        for each, value in values.items():
            field = self.fields.get(each)
            if field is not None and value is not None:
                field.load(value, values)
                self._filled.add(each)

    @on(LookupField.Outdated)
    def _reference_outdated(self, event: LookupField.Outdated) -> None:
        """A code that was taken from memory means nothing, or something else, by now: its lines are marked."""
        event.stop()
        name = event.field.field_name
        for index, line in enumerate(self.lines):
            if line.get(name) == event.known.id:
                self._problems.setdefault(index, {})[name] = event.sentence
        self._redraw()
        if self._problems and self.editing is None and not self.has_entry:
            self._open_first_problem()

    # The lines entered

    def action_to_lines(self) -> None:
        if self.lines:
            self.table.focus()
            self.table.cursor = len(self.lines) - 1

    @on(PagedTable.Chosen)
    def _edit(self, event: PagedTable.Chosen) -> None:
        event.stop()
        self.edit(int(event.row["id"]))

    def edit(self, index: int) -> None:
        """Takes a line into the entry row to be changed; a begun line is taken in first."""
        if self.editing is None and not self.finish_entry():
            return
        self._clear_entry()
        self.editing = index
        for name, field in self.fields.items():
            field.load(self.lines[index].get(name), self.lines[index])
            self._filled.add(name)
        for name, message in self._problems.get(index, {}).items():
            if name in self.fields:
                self.fields[name].set_error(message)
        self.focus_entry()
        if not self._problems.get(index):
            self._note.update(server_text(_("Changing line {number}.").format(number=index + 1)))

    def action_remove(self) -> None:
        """Removes the line under the cursor of the table."""
        if not self.table.has_focus or not self.lines:
            return
        index = self.table.cursor
        said = _("Line {number} is put back.").format(number=index + 1)
        self._history.keep(self.lines, said, index)
        del self.lines[index]
        self._problems = {}
        self.editing = None
        self._redraw(min(index, len(self.lines) - 1))
        self._note.update(
            server_text(_("Line {number} removed; Ctrl+R puts it back.").format(number=index + 1))
        )
        if not self.lines:
            self.focus_entry()
        self.post_message(self.Changed(self))

    def action_put_back(self) -> None:
        """Takes back the last change of the lines: one entered, changed, removed, or a whole block pasted."""
        step = self._history.take_back()
        if step is None:
            self.note(_("No change of the lines is left to take back."))
            self.app.bell()
            return
        self.lines = step.lines
        self.editing, self._inserting, self._problems = None, None, {}
        self._redraw(min(step.place, max(len(self.lines) - 1, 0)))
        self.note(step.said)
        self.post_message(self.Changed(self))

    def action_insert(self) -> None:
        """The next line goes before the one under the cursor."""
        if not self.table.has_focus or not self.lines or not self.finish_entry():
            return
        before = self.table.cursor
        self._clear_entry()
        self._inserting = before
        self.focus_entry()
        self.note(_("The next line goes before line {number}.").format(number=before + 1))

    def action_copy_above(self) -> None:
        """Fills the entry row with the line above: in the table the one under the cursor, else the last one."""
        if not self.lines or self.has_entry or self.editing is not None:
            self.note(
                _("There is no line above to copy.") if not self.lines else _("Finish this line first.")
            )
            self.app.bell()
            return
        last = len(self.lines) if self._inserting is None else self._inserting
        above = self.lines[self.table.cursor if self.table.has_focus else max(last - 1, 0)]
        for name, field in self.fields.items():
            field.load(above.get(name), above)
        self._filled.update(self.fields)
        self.focus_entry()
        self.note(_("Copied from the line above. Change what differs; Enter takes it in."))
        self.post_message(self.Changed(self))

    async def take_unit(self, field: FieldWidget, unit: str) -> bool:
        """`3 box`: the unit goes into the line's own field for it, if the server knows it."""
        names = {field.description.unit, "unit"}
        into = next(
            (
                each
                for each in self.fields.values()
                if isinstance(each, LookupField)
                and (each.field_name in names or names & {*each.description.display})
            ),
            None,
        )
        if into is None:
            field.set_error(_("No unit is chosen here. Enter the number alone."))
            return False
        into.text = unit.upper() if unit.islower() else unit
        self._filled.discard(into.field_name)
        if not await into.look_up():
            field.set_error(into.error)
            into.load(None)
            return False
        return True

    # Blocks from a spreadsheet

    def take_block(self, field: FieldWidget, text: str) -> bool:
        """A paste of several rows or columns becomes lines; what stands in the entry row stays."""
        if not is_block(text):
            return False
        self._take_block(field.field_name, text)
        return True

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _take_block(self, start: str, text: str) -> None:
        self.note(_("Reading what was pasted …"))
        try:
            pasted = await BlockReader(self.fields).read(text, start)
        except ErpError as error:
            self.note(_("Nothing was pasted. {problem}").format(problem=error.sentence()))
            self.app.bell()
            return
        if pasted.lines:
            at = len(self.lines) if self._inserting is None else self._inserting
            self._history.keep(self.lines, _("The pasted lines are taken out again."), at)
            finish, typed = self.finish, frozenset[str]()
            self.lines[at:at] = [finish(line, typed) if finish else line for line in pasted.lines]
            self._problems = {}
            self._redraw(at + len(pasted.lines) - 1)
            self.post_message(self.Changed(self))
        self.note(
            _("{report} Ctrl+R takes them back.").format(report=pasted_in_words(pasted))
            if pasted.lines
            else pasted_in_words(pasted)
        )
        if pasted.misfits:
            self.app.push_screen(PasteReport(pasted))

    # Errors

    def show_errors(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Marks the lines that the server refused and opens the first; returns the errors of no line here."""
        self._problems = {}
        homeless: list[FieldError] = []
        for error in errors:
            match = ERROR_PATH.fullmatch(error.field)
            if match is None or int(match[1]) >= len(self.lines):
                homeless.append(error)
            else:
                self._problems.setdefault(int(match[1]), {}).setdefault(match[2] or "", error.message)
        self._redraw()
        if self._problems:
            self.editing = None
            self._clear_entry()
            self._open_first_problem()
        return homeless

    @property
    def wrong(self) -> bool:
        """Whether a line that the server refused is still as it was."""
        return bool(self._problems)

    def _open_first_problem(self) -> None:
        """Takes the first refused line into the entry row, with the cursor in the field to be mended."""
        first = min(self._problems)
        self.edit(first)
        named = next((name for name in self._problems[first] if name in self.fields), None)
        if named is not None:
            self.fields[named].focus()
        self._note_problem(first)

    def _note_problem(self, index: int) -> None:
        messages = " ".join(self._problems[index].values())
        self._note.update(
            server_text(_("✗ Line {number}: {message}").format(number=index + 1, message=messages), "bold")
        )

    @on(FieldWidget.ErrorChanged)
    def _field_error(self, event: FieldWidget.ErrorChanged) -> None:
        event.stop()
        wrong = next((field for field in self.fields.values() if field.error), None)
        self._note.update(server_text(f"✗ {wrong.error}" if wrong else "", "bold"))

    @on(FieldWidget.Changed)
    def _field_changed(self, event: FieldWidget.Changed) -> None:
        event.stop()
        self._filled.discard(event.field.field_name)
        self.post_message(self.Changed(self))


def _cells_for(kind: str) -> int:
    return NUMBER_CELLS if kind in NUMBERS else CELLS.get(kind, TEXT_CELLS)
