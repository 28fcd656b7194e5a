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
from widgets.columns import Column, column_of
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.line_totals import line_totals
from widgets.local_rows import local_fetch
from widgets.lookup import Found, Lookups
from widgets.lookup_field import LookupField
from widgets.paged_table import PagedTable
from widgets.shown import NUMBERS, UTC_ZONE
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.models import LinesDescription

Line = dict[str, Any]
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
        Binding("ctrl+r", "put_back", _("Put the removed line back"), show=False, id="lines.put_back"),
    ]

    help_text = _(
        "Enter goes to the next field and takes the line in; Enter on an empty line goes on. Up goes into the "
        "lines entered: Enter changes one, Delete removes it, Ctrl+R puts it back."
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
        self._removed: tuple[int, Line] | None = None
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
        self._clear_entry()
        self._redraw()

    def dump(self) -> dict[str, Any]:
        """Lines and what stands in the entry row, for a draft."""
        texts = {name: field.text for name, field in self.fields.items()}
        return {"lines": self.lines, "entry": texts, "editing": self.editing}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts a draft back, an unfinished entry row included."""
        self.load(draft.get("lines") or [])
        editing = draft.get("editing")
        self.editing = editing if isinstance(editing, int) and editing < len(self.lines) else None
        for name, text in (draft.get("entry") or {}).items():
            if name in self.fields:
                self.fields[name].text = text

    @property
    def has_entry(self) -> bool:
        """Whether something stands in the entry row that is not a line yet."""
        return any(not field.is_empty and name not in self._defaults() for name, field in self.fields.items())

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
                line |= _display(field, field.found)
        if self.finish is not None:
            line = self.finish(line, frozenset(self._filled))
        if self.editing is None:
            self.lines.append(line)
            shown = len(self.lines) - 1
        else:
            shown = self.editing
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
        return True

    def _clear_entry(self) -> None:
        self.editing = None
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
        self._removed = (index, self.lines.pop(index))
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
        """Puts the line removed last back in its place."""
        if self._removed is None:
            self.app.bell()
            return
        index, line = self._removed
        self._removed = None
        self.lines.insert(index, line)
        self._redraw(index)
        self._note.update("")
        self.post_message(self.Changed(self))

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


def _display(field: LookupField, found: Found) -> Line:
    """The display columns of a reference, as the server would list them beside its key."""
    shown = (found.code, found.name)
    return dict(zip(field.description.display, shown, strict=False))


def _cells_for(kind: str) -> int:
    return NUMBER_CELLS if kind in NUMBERS else CELLS.get(kind, TEXT_CELLS)
