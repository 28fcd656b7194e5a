"""How the file is read, and which of its columns goes into which field: recognised, shown with samples, changeable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.remote.models import Choice, FieldDescription
from erp_tui.core.transfer.importing import target_fields
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.table.columns import Column
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.text import server_text, visible

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportSession
    from erp_tui.core.remote.models import Description

DELIMITERS = {
    ",": marked(", comma"),
    ";": marked("; semicolon"),
    "\t": marked("tab"),
    "|": marked("| bar"),
    "^": marked("^ caret"),
}
QUOTES = {'"': marked('" double'), "'": marked("' single"), "~": marked("~ tilde"), "": marked("none")}
IF_THERE = {
    "upsert": marked("make or change"),
    "insert": marked("only make new"),
    "update": marked("only change"),
}
IF_TWICE = {"refuse": marked("refuse"), "skip": marked("skip"), "update": marked("last wins")}
DIALECT = ("encoding", "delimiter", "quote", "header_row")
OF_TEXT = ("encoding", "delimiter", "quote")
MODES = ("mode", "on_duplicate")
CELLS = {"encoding": 12, "delimiter": 13, "quote": 10, "header_row": 8, "mode": 18, "on_duplicate": 12}
SAMPLES = 3
ORIGINS = {
    "name": marked("its name"),
    "synonym": marked("a synonym"),
    "near": marked("a like name"),
    "content": marked("its contents"),
    "memory": marked("last time"),
    "document": marked("a file"),
    "hand": marked("you"),
}
"""How a field came to its column."""
FORMATS = {
    "delimited": marked("text in {encoding}"),
    "framed": marked("a drawn table in {encoding}"),
    "xlsx": marked("a workbook"),
    "xls": marked("an old workbook"),
    "json": marked("JSON"),
    "jsonl": marked("JSON lines"),
}
ORDERS = {"DMY": marked("day first"), "MDY": marked("month first"), "YMD": marked("year first")}
MARKS = {".": marked("decimal point"), ",": marked("decimal comma")}
SAID_ABOVE = frozenset({"known_file", "more_sheets"})
"""Problems that the head of the step says in its own words."""


class SettingsRow(Horizontal):
    """Encoding, delimiter, quote, header row, and what happens with rows that exist. Enter sends what changed."""

    DEFAULT_CSS: ClassVar[str] = """
    SettingsRow { height: 3; padding: 0 1; overflow-x: auto; scrollbar-size-horizontal: 0; }
    SettingsRow .settings--cell { height: 3; margin: 0 1 0 0; }
    SettingsRow .settings--title { height: 1; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
    SettingsRow .settings--cell:focus-within .settings--title { text-style: bold underline; }
    """

    class Changed(Message):
        """These settings shall be others: `{"dialect": {...}, "mode": …}`, only what differs."""

        def __init__(self, changes: Mapping[str, Any]) -> None:
            super().__init__()
            self.changes = changes

    class Completed(Message):
        """Enter on the last of them, or on one that did not change anything."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = {description.name: field_widget(description, bare=True) for description in _settings()}
        self._now: dict[str, Any] = {}
        self._text = True

    def compose(self) -> ComposeResult:
        for name, field in self.fields.items():
            cell = Vertical(
                Static(server_text(field.description.title), classes="settings--title"),
                field,
                classes="settings--cell",
            )
            cell.styles.width = CELLS[name]
            yield cell

    def show(self, session: ImportSession) -> None:
        """Shows the settings of a session."""
        dialect = session.dialect
        self._text = dialect.is_text
        self._now = {
            "encoding": dialect.encoding,
            "delimiter": dialect.delimiter or ",",
            "quote": dialect.quote or "",
            "header_row": dialect.header_row,
            "mode": session.mode,
            "on_duplicate": session.on_duplicate,
        }
        for name, field in self.fields.items():
            field.load(self._now[name])
            cell = field.parent
            if cell is not None and name in OF_TEXT:
                cell.display = dialect.is_text

    def changes(self) -> dict[str, Any]:
        """What was changed and is not sent yet, as the server takes it."""
        values = {name: field.value for name, field in self.fields.items()}
        changed = {
            name: value
            for name, value in values.items()
            if value is not None and value != self._now.get(name) and (self._text or name not in OF_TEXT)
        }
        changes: dict[str, Any] = {name: changed[name] for name in MODES if name in changed}
        dialect = {name: changed[name] for name in DIALECT if name in changed}
        if dialect:
            changes["dialect"] = dialect
        return changes

    def advance_from(self, field: FieldWidget) -> None:
        """Enter: sends what changed, or goes on."""
        if changes := self.changes():
            self.post_message(self.Changed(changes))
            return
        shown = [each for name, each in self.fields.items() if self._text or name not in OF_TEXT]
        following = shown[shown.index(field) + 1 :]
        if following:
            following[0].focus()
        else:
            self.post_message(self.Completed())


class MappingStep(Vertical):
    """A row for each field of the resource: the column or value that goes into it, and what that looks like."""

    DEFAULT_CSS: ClassVar[str] = """
    MappingStep > VerticalScroll { height: auto; max-height: 6; scrollbar-size-vertical: 1; }
    MappingStep .mapping--head { height: auto; padding: 0 1; }
    MappingStep > PagedTable { height: 1fr; }
    MappingStep > .mapping--rest { height: auto; max-height: 2; padding: 0 1; text-style: dim; }
    """

    class FieldChosen(Message):
        """Another column is wanted for this field."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self.step_title = _("Columns")
        self.session: ImportSession | None = None
        self.description: Description | None = None
        self.settings = SettingsRow()
        self._order: list[str] = []
        self._head = Static(classes="mapping--head")
        self._rest = Static(classes="mapping--rest")
        columns = [
            Column("title", _("field")),
            Column("source", _("comes from")),
            Column("origin", _("known by")),
            Column("samples", _("for example")),
        ]
        self.table = PagedTable(columns, local_fetch(self._rows))

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self._head
        yield self.settings
        yield self.table
        yield self._rest

    def show(self, session: ImportSession, description: Description) -> None:
        """Shows what the server recognised."""
        fresh = self.session is None or self.session.id != session.id
        self.session, self.description = session, description
        if fresh:
            self._order = [field.name for field in _sorted(session, description)]
        self.settings.show(session)
        self._head.update(server_text(_head(session), multiline=True))
        self._rest.update(server_text(_rest(session), multiline=True))
        self.table.window.clear()
        if fresh:
            self.table.start_over()
        else:
            self.table.reload()

    def _rows(self) -> Sequence[Row]:
        if self.session is None or self.description is None:
            return ()
        fields = {field.name: field for field in target_fields(self.description)}
        rows: list[Row] = []
        # In the order in which they were shown first: a field that has got its column stays under the cursor.
        for field in (fields[name] for name in self._order if name in fields):
            source, samples = _source(self.session, field)
            needed = _is_needed(self.session, field)
            rows.append(
                {
                    "id": field.name,
                    "title": f"{field.title}{' *' if needed else ''}",
                    "source": source or ("✗ " + _("choose: Enter") if needed else "–"),
                    "origin": _(ORIGINS.get(self.session.mapped_by.get(field.name, ""), ""))
                    if source
                    else "",
                    "samples": samples,
                }
            )
        return rows

    @on(PagedTable.Chosen)
    def _field_chosen(self, event: PagedTable.Chosen) -> None:
        event.stop()
        self.post_message(self.FieldChosen(str(event.row["id"])))

    @on(SettingsRow.Completed)
    def _settings_completed(self, event: SettingsRow.Completed) -> None:
        event.stop()
        self.table.focus()

    def focus_first(self) -> None:
        """The table: the settings are right more often than not."""
        self.table.focus()

    def check(self) -> bool:
        """Whether there is a session; what is missing in it the server says best."""
        return self.session is not None

    def dump(self) -> Mapping[str, Any]:
        """The server holds it."""
        return {}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """The server holds it: nothing of `draft` is needed."""


def _settings() -> Iterable[FieldDescription]:
    def choices(named: Mapping[str, str]) -> list[Choice]:
        return [Choice(value=value, title=_(title)) for value, title in named.items()]

    yield FieldDescription(name="encoding", title=_("Encoding"), type="text")
    yield FieldDescription(name="delimiter", title=_("Delimiter"), type="choice", choices=choices(DELIMITERS))
    yield FieldDescription(name="quote", title=_("Quotes"), type="choice", choices=choices(QUOTES))
    yield FieldDescription(name="header_row", title=_("Header"), type="integer", minimum=0)
    yield FieldDescription(name="mode", title=_("Records"), type="choice", choices=choices(IF_THERE))
    yield FieldDescription(
        name="on_duplicate", title=_("Twice in file"), type="choice", choices=choices(IF_TWICE)
    )


def _is_needed(session: ImportSession, field: FieldDescription) -> bool:
    """Whether the field must have a column or value: new records need it, or rows are told apart by it."""
    return (field.required and session.mode != "update") or field.name == session.match_on


def _sorted(session: ImportSession, description: Description) -> Sequence[FieldDescription]:
    """The fields that still need a column, those that have one, the others."""
    fields = target_fields(description)
    mapped = [field for field in fields if field.name in session.mapping]
    needed = [field for field in fields if _is_needed(session, field) and field not in mapped]
    others = [field for field in fields if field not in mapped and field not in needed]
    return (*needed, *mapped, *others)


def _source(session: ImportSession, field: FieldDescription) -> tuple[str, str]:
    """What a field is filled from, and some of its values."""
    source = session.mapping.get(field.name)
    if source is None:
        return "", ""
    if "constant" in source:
        return f"= {source['constant']}", _("the same in every row")
    column = next((each for each in session.columns if each.index == source.get("column")), None)
    if column is None:
        return _("column {number}").format(number=source.get("column")), ""
    shown = " · ".join(visible(each) for each in column.samples[:SAMPLES])
    return " · ".join([column_title(column.index, column.name), *_read_as(source)]), shown


def _read_as(source: Mapping[str, Any]) -> Iterable[str]:
    """What was said of how a column is read, in few words."""
    if source.get("by"):
        yield str(source["by"])
    if source.get("date_order"):
        yield _(ORDERS.get(source["date_order"], source["date_order"]))
    if source.get("decimal_mark"):
        yield _(MARKS.get(source["decimal_mark"], source["decimal_mark"]))
    said = sum(len(source.get(member) or ()) for member in ("values", "create", "skip"))
    if said:
        yield ngettext("{count} text settled", "{count} texts settled", said).format(count=said)


def column_title(index: int, name: str) -> str:
    """A column as a person knows it: by its heading, else by its place, counted from 1."""
    return name or _("column {number}").format(number=index + 1)


def _head(session: ImportSession) -> str:
    rows = ngettext("{count} row", "{count} rows", session.rows or 0).format(
        count=format_count(session.rows or 0)
    )
    dialect = session.dialect
    kind = _(FORMATS.get(dialect.format, dialect.format)).format(encoding=dialect.encoding)
    parts = [session.filename, rows, kind]
    if len(dialect.sheets) > 1:
        parts.append(
            _("sheet “{sheet}” of {count}, Ctrl+E for another").format(
                sheet=dialect.sheet, count=len(dialect.sheets)
            )
        )
    if dialect.skipped_rows:
        parts.append(
            ngettext(
                "{count} row left out, Ctrl+X shows which",
                "{count} rows left out, Ctrl+X shows which",
                dialect.skipped_rows,
            ).format(count=format_count(dialect.skipped_rows))
        )
    if session.fixed_cells:
        parts.append(
            ngettext("{count} cell corrected", "{count} cells corrected", session.fixed_cells).format(
                count=format_count(session.fixed_cells)
            )
        )
    lines = [" · ".join(parts)]
    if session.known_file:
        lines.append(_("! This very file was taken in before; taking it in again changes only what differs."))
    lines += [f"! {problem.message}" for problem in session.problems if problem.code not in SAID_ABOVE]
    return "\n".join(lines)


def _rest(session: ImportSession) -> str:
    used = {source.get("column") for source in session.mapping.values()}
    left = [column_title(column.index, column.name) for column in session.columns if column.index not in used]
    return _("Not taken in: {columns}").format(columns=", ".join(left)) if left else ""
