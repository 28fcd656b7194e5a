"""What every row of the file would do, before anything is done: counts, rows, and what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _
from erp_tui.core.transfer.wholeness import will_go
from widgets.change_preview import shown_side
from widgets.shown import shown_value
from widgets.table.columns import Column
from widgets.table.local_rows import LocalPage, local_fetch
from widgets.table.paged_table import Fetch, PagedTable
from widgets.table.paging import PageRequest, PageResult, Row
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.import_models import ImportCounts, ImportRow, ImportSession
    from erp_tui.core.remote.models import FieldDescription

REFUSED = "refused"
ALSO_OPEN = "also_open"
MOST_AT_ONCE = 1000
AS_LISTED = frozenset({"quantity", "money", "unit_price", "rate", "percent", "integer", "date"})
"""Types of values that the server writes with all their digits, or in one order, and lists show shorter."""


@dataclass
class SessionRows:
    """Rows of a session for a paged table. The server leads from page to page by row number alone."""

    api: Api
    session: ImportSession
    status: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, FieldDescription] = field(default_factory=dict)
    known: dict[int, ImportRow] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows there are, as the validation counted them."""
        counts = self.session.counts
        if self.status is not None and counts is not None:
            return int(getattr(counts, self.status))
        return self.session.rows or 0

    def fetch(self) -> Fetch:
        """What a `PagedTable` asks."""

        async def fetch(request: PageRequest) -> PageResult:
            after = int(request.after) if request.after is not None else None
            start = request.offset or 0
            if request.last:
                start = max(0, self.count - request.limit)
            if after is None and start:
                after = await self._row_before(start)
            page = await self.api.import_rows(
                self.session.id, status=self.status, after_row=after, limit=request.limit
            )
            self.known |= {row.row: row for row in page.rows}
            return LocalPage(
                [_as_row(row, self.titles, self.fields) for row in page.rows],
                self.count,
                str(page.next) if page.next is not None else None,
                None,
            )

        return fetch

    async def _row_before(self, start: int) -> int | None:
        """The file's number of the row before the one at this place: asked for page by page."""
        after: int | None = None
        while start > 0:
            page = await self.api.import_rows(
                self.session.id, status=self.status, after_row=after, limit=min(start, MOST_AT_ONCE)
            )
            if not page.rows:
                return after
            after = page.rows[-1].row
            start -= len(page.rows)
        return after


class CheckStep(Vertical):
    """The counts, the rows, and under them all about the row with the cursor. Enter mends a row."""

    DEFAULT_CSS: ClassVar[str] = """
    CheckStep > .check--counts { height: auto; padding: 0 1; text-style: bold; }
    CheckStep > PagedTable { height: 1fr; }
    CheckStep > .check--row { height: 6; padding: 0 1; background: $panel; }
    """

    class RowChosen(Message):
        """This row shall be mended."""

        def __init__(self, row: ImportRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self.step_title = _("Check")
        self.session: ImportSession | None = None
        self.only_bad = False
        self.rows: SessionRows | None = None
        self.titles: Mapping[str, str] = {}
        self.fields: Mapping[str, FieldDescription] = {}
        self.atomic: bool | None = None
        self._counts = Static(classes="check--counts")
        self._row = Static(classes="check--row")
        self.table = PagedTable()

    def compose(self) -> ComposeResult:
        yield self._counts
        yield self.table
        yield self._row

    def show(
        self,
        api: Api,
        session: ImportSession,
        key: str,
        titles: Mapping[str, str],
        atomic: bool | None = None,
    ) -> None:
        """Shows the outcome of a validation; `key` is the field by which a row is known, `atomic` what was chosen."""
        self.session, self.titles, self.atomic = session, titles, atomic
        if session.counts is not None and not session.counts.refused:
            self.only_bad = False
        self.rows = SessionRows(api, session, REFUSED if self.only_bad else None, titles, self.fields)
        self._counts.update(server_text(self._counted(session), multiline=True))
        self._row.update("")
        empty = _("No row is refused.") if self.only_bad else _("The file has no rows.")
        self.table.show(self._columns(key), self.rows.fetch(), empty=empty)

    def _columns(self, key: str) -> list[Column]:
        return [
            Column("id", _("row"), "integer"),
            Column("status", "", choices=self._words()),
            Column("key", self.titles.get(key, key), fields=(f"value.{key}",)),
            Column("what", _("what it does, or why not")),
        ]

    def show_first(self, rows: Sequence[ImportRow], key: str, titles: Mapping[str, str]) -> None:
        """Shows what the first rows would do, while the others are still being checked."""
        self.titles = titles
        self.table.show(
            self._columns(key), local_fetch(lambda: [_as_row(row, titles, self.fields) for row in rows])
        )

    def wait(self, sentence: str) -> None:
        """Says what goes on meanwhile."""
        self._counts.update(server_text(sentence, multiline=True))

    def toggle_bad(self, api: Api, key: str) -> None:
        """Only the refused rows, or all of them again."""
        self.only_bad = not self.only_bad
        if self.session is not None:
            self.show(api, self.session, key, self.titles, self.atomic)
            self.table.focus()

    @staticmethod
    def _words() -> dict[str, str]:
        return {
            "created": _("+ new"),
            "updated": _("~ changed"),
            "unchanged": _("= same"),
            "refused": _("✗ refused"),
        }

    def _counted(self, session: ImportSession) -> str:
        counts = session.counts
        if counts is None:
            return _("Not checked yet.")
        line = counted(counts)
        for problem in session.problems:
            if problem.code == ALSO_OPEN:
                line += f"\n! {problem.message}"
        if session.state == "validated" and (counts.created or counts.updated):
            line += "\n" + will_go(session, chosen=self.atomic)
        if counts.refused:
            line += "\n" + _("Enter corrects the row under the cursor · F6 unknown texts · Ctrl+W as a file")
        if self.only_bad:
            line += "\n" + _("Only refused rows are shown; F8 shows all.")
        return line

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        row = self.rows.known.get(int(event.row["id"])) if self.rows and event.row else None
        self._row.update(self._explained(row) if row is not None else "")

    def _explained(self, row: ImportRow) -> Content:
        lines = []
        for issue in row.issues:
            where = self.titles.get(issue.field, issue.field)
            mark = "✗" if issue.level == "error" else "!"
            # Most sentences quote the value themselves.
            quoted = issue.value and issue.value not in issue.message
            head = f"{mark} {where} “{issue.value}”: " if quoted else f"{mark} {where}: "
            lines.append(server_text(f"{head}{issue.message} {issue.remedy or ''}".rstrip(), "bold"))
        for name, old in row.old.items():
            lines.append(server_text(_change(row, name, old, self.titles, self.fields)))
        if not lines:
            values = ", ".join(
                f"{self.titles.get(name, name)} {_shown(value, self.fields.get(name))}"
                for name, value in row.values.items()
                if value
            )
            lines.append(server_text(values))
        return Content("\n").join(lines)

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        event.stop()
        row = self.rows.known.get(int(event.row["id"])) if self.rows else None
        if row is not None:
            self.post_message(self.RowChosen(row))

    def focus_first(self) -> None:
        """The rows."""
        self.table.focus()

    def check(self) -> bool:
        """Whether the file has been validated."""
        return self.session is not None and self.session.state == "validated"

    def dump(self) -> Mapping[str, Any]:
        """The server holds it."""
        return {}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """The server holds it: nothing of `draft` is needed."""


def counted(counts: ImportCounts) -> str:
    """`12 new · 5 changed · 580 the same · 3 refused`, and the warnings where there are any."""
    parts = [
        _("{count} new").format(count=format_count(counts.created)),
        _("{count} changed").format(count=format_count(counts.updated)),
        _("{count} the same").format(count=format_count(counts.unchanged)),
        _("{count} refused").format(count=format_count(counts.refused)),
    ]
    if counts.warnings:
        parts.append(_("{count} with a warning").format(count=format_count(counts.warnings)))
    return " · ".join(parts)


def _shown(value: Any, field: FieldDescription | None) -> str:
    """A value as the lists show it: a price without the digits that say nothing. A text stays as it is."""
    if field is None or field.type not in AS_LISTED or value in (None, ""):
        return shown_side(value)
    return shown_value(value, field.type)


def _change(
    row: ImportRow, name: str, old: Any, titles: Mapping[str, str], fields: Mapping[str, FieldDescription]
) -> str:
    field = fields.get(name)
    return f"{titles.get(name, name)}: {_shown(old, field)} → {_shown(row.values.get(name), field)}"


def _as_row(row: ImportRow, titles: Mapping[str, str], fields: Mapping[str, FieldDescription]) -> Row:
    if row.issues and row.status == REFUSED:
        what = "; ".join(f"{titles.get(issue.field, issue.field)}: {issue.message}" for issue in row.issues)
    elif row.old:
        what = ", ".join(_change(row, name, old, titles, fields) for name, old in row.old.items())
    else:
        what = "; ".join(issue.message for issue in row.issues)
    return {
        "id": row.row,
        "status": row.status,
        "what": what,
        **{f"value.{name}": value for name, value in row.values.items()},
    }
