"""Which rows of the file are data: what is left out and why, and how to say it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.remote.models import Choice, FieldDescription
from erp_tui.core.transfer.row_numbers import MOST_SKIPPED, named_rows, rows_named
from widgets.form_panel import FormPanel
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import Dialect

REASONS: Final = {
    "title": marked("above the headings"),
    "blank": marked("empty"),
    "total": marked("a total"),
    "note": marked("a note below the table"),
    "declared": marked("you said so"),
}
NUMBERS: Final = ("header_row", "header_rows", "footer_rows")
NAMED: Final = frozenset({"json", "jsonl"})
"""Formats whose columns have names without a row of headings."""


class LeftOutDialog(ModalScreen[dict[str, Any] | None]):
    """Gives back the members of the dialect that were changed, or None."""

    DEFAULT_CSS: ClassVar[str] = """
    LeftOutDialog {
        align: center middle;
        & > Vertical { width: 76; max-width: 98%; height: auto; max-height: 95%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & VerticalScroll { height: auto; max-height: 7; scrollbar-size-vertical: 1; }
        & FormPanel { height: auto; max-height: 9; padding: 0; margin: 1 0 0 0; }
        & .left--title { height: auto; text-style: bold; }
        & .left--rows { height: auto; }
        & .left--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="left.leave"),
        Binding("f10", "take", _("Take"), id="left.take"),
    ]

    def __init__(self, dialect: Dialect, *, documents: bool = False) -> None:
        """With `documents` it is also asked what a row is that names none: rows are lines of documents then."""
        super().__init__()
        self._dialect = dialect
        self.form = FormPanel(_asked(dialect, documents=documents), values=_values(dialect))

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self._told()), classes="left--title")
            with VerticalScroll(can_focus=False):
                yield Static(server_text(self._rows(), multiline=True), classes="left--rows")
            yield self.form
            keys = _("Enter goes on, on the last line reads the file so · F10 at once · Esc back")
            yield Static(server_text(keys), classes="left--keys")

    def on_mount(self) -> None:
        self.form.focus_first()

    def _told(self) -> str:
        count = self._dialect.skipped_rows
        if not count:
            return _("Every row below the headings is taken as data.")
        return _("Rows that are left out: {count}").format(count=format_count(count))

    def _rows(self) -> str:
        lines = []
        told = 0
        for each in self._dialect.skipped:
            told += each.rows
            last = each.row + each.rows - 1
            where = str(each.row) if each.rows == 1 else f"{each.row}-{last}"
            lines.append(f"{where:>9}  {_(REASONS.get(each.reason, each.reason))}  {each.text}".rstrip())
        if told < self._dialect.skipped_rows:
            more = format_count(self._dialect.skipped_rows - told)
            lines.append(_("… and {count} more").format(count=more))
        return "\n".join(lines)

    @on(FormPanel.Completed)
    def action_take(self) -> None:
        """Hands over what was changed."""
        changed = self.form.changed()
        if "skip_rows" in changed:
            rows = rows_named(str(changed["skip_rows"] or ""))
            if rows is None:
                self.form.fields["skip_rows"].set_error(
                    _("Write the numbers of rows: 3, 7-9. At most {most} of them.").format(
                        most=format_count(MOST_SKIPPED)
                    )
                )
                self.form.fields["skip_rows"].focus()
                self.app.bell()
                return
            changed["skip_rows"] = rows
        if any(not field.check() for field in self.form.fields.values()):
            self.app.bell()
            return
        if "clear_mark" in changed:
            changed["clear_mark"] = changed["clear_mark"] or ""
        self.dismiss({name: value for name, value in changed.items() if value is not None})

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)


def _values(dialect: Dialect) -> Mapping[str, Any]:
    return {
        **{name: getattr(dialect, name) for name in NUMBERS},
        "skip_rows": named_rows(dialect.skip_rows),
        "empty": dialect.empty,
        "clear_mark": dialect.clear_mark,
        "empty_head": dialect.empty_head,
    }


def _asked(dialect: Dialect, *, documents: bool) -> list[FieldDescription]:
    fields = [
        FieldDescription(name="header_row", title=_("Last row of headings"), type="integer", minimum=0),
        FieldDescription(name="header_rows", title=_("Rows of headings"), type="integer", minimum=0),
        FieldDescription(name="footer_rows", title=_("Rows below the data"), type="integer", minimum=0),
        FieldDescription(name="skip_rows", title=_("Leave out rows too"), type="text"),
    ]
    if dialect.format in NAMED:
        del fields[:2]
    choices = [
        Choice(value="leave", title=_("leaves the field as it is")),
        Choice(value="clear", title=_("empties the field")),
    ]
    fields += [
        FieldDescription(
            name="empty", title=_("An empty cell"), type="choice", choices=choices, required=True
        ),
        FieldDescription(name="clear_mark", title=_("What empties a field"), type="text"),
    ]
    if documents:
        heads = [
            Choice(value="refuse", title=_("is refused")),
            Choice(value="above", title=_("goes on with the one above")),
        ]
        fields.append(
            FieldDescription(
                name="empty_head",
                title=_("A row without a key"),
                type="choice",
                choices=heads,
            )
        )
    return fields
