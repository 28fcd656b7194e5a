"""How the file is read, and which of its columns goes into which field: recognised, shown with samples, changeable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.i18n import _, ngettext
from erp_tui.core.models import Choice, FieldDescription
from widgets.columns import Column
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.local_rows import local_fetch
from widgets.paged_table import PagedTable
from widgets.paging import Row
from widgets.text import server_text, visible

if TYPE_CHECKING:
    from erp_tui.core.models import Description, ImportSession

DELIMITERS = {",": ", comma", ";": "; semicolon", "\t": "tab", "|": "| bar", "^": "^ caret"}
QUOTES = {'"': '" double', "'": "' single", "~": "~ tilde", "": "none"}
DIALECT = ("encoding", "delimiter", "quote", "header_row")
MODES = ("mode", "on_duplicate")
CELLS = {"encoding": 12, "delimiter": 13, "quote": 10, "header_row": 8, "mode": 18, "on_duplicate": 12}
SAMPLES = 3
UNIMPORTABLE = frozenset({"json"})


def target_fields(description: Description) -> list[FieldDescription]:
    """The fields that a file may fill, in the order of the form."""
    return [field for field in description.fields if not field.read_only and field.type not in UNIMPORTABLE]


class SettingsRow(Horizontal):
    """Encoding, delimiter, quote, header row, and what happens with rows that exist. Enter sends what changed."""

    DEFAULT_CSS: ClassVar[str] = """
    SettingsRow { height: 3; padding: 0 1; }
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

    def changes(self) -> dict[str, Any]:
        """What was changed and is not sent yet, as the server takes it."""
        values = {name: field.value for name, field in self.fields.items()}
        changed = {
            name: value
            for name, value in values.items()
            if value is not None and value != self._now.get(name)
        }
        changes: dict[str, Any] = {name: changed[name] for name in MODES if name in changed}
        dialect = {name: changed[name] for name in DIALECT if name in changed}
        if "quote" in dialect:
            dialect["quote"] = dialect["quote"] or None
        if dialect:
            changes["dialect"] = dialect
        return changes

    def advance_from(self, field: FieldWidget) -> None:
        """Enter: sends what changed, or goes on."""
        if changes := self.changes():
            self.post_message(self.Changed(changes))
            return
        following = list(self.fields.values())[list(self.fields.values()).index(field) + 1 :]
        if following:
            following[0].focus()
        else:
            self.post_message(self.Completed())


class MappingStep(Vertical):
    """A row for each field of the resource: the column or value that goes into it, and what that looks like."""

    DEFAULT_CSS: ClassVar[str] = """
    MappingStep > .mapping--head { height: auto; padding: 0 1; }
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
        self._head = Static(classes="mapping--head")
        self._rest = Static(classes="mapping--rest")
        columns = [
            Column("title", _("field")),
            Column("source", _("comes from")),
            Column("samples", _("for example")),
        ]
        self.table = PagedTable(columns, local_fetch(self._rows))

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.settings
        yield self.table
        yield self._rest

    def show(self, session: ImportSession, description: Description) -> None:
        """Shows what the server recognised."""
        fresh = self.session is None or self.session.id != session.id
        self.session, self.description = session, description
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
        fields = target_fields(self.description)
        mapped = [field for field in fields if field.name in self.session.mapping]
        needed = [field for field in fields if field.required and field not in mapped]
        others = [field for field in fields if field not in mapped and field not in needed]
        rows: list[Row] = []
        for field in (*needed, *mapped, *others):
            source, samples = _source(self.session, field)
            rows.append(
                {
                    "id": field.name,
                    "title": f"{field.title}{' *' if field.required else ''}",
                    "source": source or ("✗ " + _("choose: Enter") if field.required else "–"),
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
        return [Choice(value=value, title=title) for value, title in named.items()]

    modes = {"upsert": _("make or change"), "insert": _("only make new"), "update": _("only change")}
    duplicates = {"refuse": _("refuse"), "skip": _("skip"), "update": _("last wins")}
    yield FieldDescription(name="encoding", title=_("Encoding"), type="text")
    yield FieldDescription(name="delimiter", title=_("Delimiter"), type="choice", choices=choices(DELIMITERS))
    yield FieldDescription(name="quote", title=_("Quotes"), type="choice", choices=choices(QUOTES))
    yield FieldDescription(name="header_row", title=_("Header"), type="integer", minimum=0)
    yield FieldDescription(name="mode", title=_("Records"), type="choice", choices=choices(modes))
    yield FieldDescription(
        name="on_duplicate", title=_("Twice in file"), type="choice", choices=choices(duplicates)
    )


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
    return column_title(column.index, column.name), " · ".join(
        visible(each) for each in column.samples[:SAMPLES]
    )


def column_title(index: int, name: str) -> str:
    """A column as a person knows it: by its heading, else by its place, counted from 1."""
    return name or _("column {number}").format(number=index + 1)


def _head(session: ImportSession) -> str:
    rows = ngettext("{count} row", "{count} rows", session.rows or 0).format(count=f"{session.rows or 0:,}")
    parts = [session.filename, rows]
    if not session.dialect.encoding_sure:
        parts.append(_("the encoding is a guess, look at the samples"))
    lines = [" · ".join(parts)]
    if session.known_file:
        lines.append(_("! This very file was taken in before; taking it in again changes only what differs."))
    lines += [f"! {problem.message}" for problem in session.problems]
    return "\n".join(lines)


def _rest(session: ImportSession) -> str:
    used = {source.get("column") for source in session.mapping.values()}
    left = [column_title(column.index, column.name) for column in session.columns if column.index not in used]
    return _("Not taken in: {columns}").format(columns=", ".join(left)) if left else ""
