"""Where a list goes as a file: its format and its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from erp_tui.core.transfer.export_formats import FORMATS, format_of
from erp_tui.core.transfer.typed_path import typed_path
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class ExportPlace(NamedTuple):
    """A format and a path; with `lines` a document has a row for each of its lines."""

    format: str
    path: Path
    lines: bool = False


def format_titles() -> Mapping[str, str]:
    """What each format is for."""
    return {
        "csv": _("CSV: a table for any program"),
        "xlsx": _("XLSX: a workbook, numbers as numbers"),
        "json": _("JSON: for programs, names instead of titles"),
        "jsonl": _("JSON lines: the same, a row a line"),
    }


class ExportDialog(ModalScreen[ExportPlace | None]):
    """Gives back the format and the place, or None. Enter twice takes what is proposed."""

    DEFAULT_CSS: ClassVar[str] = """
    ExportDialog {
        align: center middle;
        & > Vertical { width: 72; max-width: 95%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList, & OptionList:focus { height: auto; border: none; padding: 0; background: $surface; }
        & FieldInput { width: 1fr; }
        & .export--title { height: auto; text-style: bold; }
        & .export--line { height: auto; }
        & .export--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="export.leave"),
        Binding("f10", "take", _("Export"), id="export.take"),
        Binding("f6", "lines", _("A row a line"), id="export.lines"),
    ]

    def __init__(
        self, title: str, content: str, path: Path, *, refused: str = "", lines: bool | None = None
    ) -> None:
        """`lines` is how it is asked first whether a document has a row a line; None where there are no lines."""
        super().__init__()
        self.lines = lines
        self._lines = Static(classes="export--line")
        self.heading = title
        self.content_line = content
        self.refused = refused
        self.given = path
        self._formats = OptionList(
            *(Option(server_text(title), id=name) for name, title in format_titles().items())
        )
        self._path = FieldInput()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.heading), classes="export--title")
            yield Static(server_text(self.content_line, multiline=True), classes="export--line")
            yield self._formats
            if self.lines is not None:
                yield self._lines
            yield Static(server_text(_("Into the file:")), classes="export--line")
            yield self._path
            yield Static(server_text(self.refused), classes="export--line")
            keys = _("↑ ↓ format · Enter goes on, in the last line exports · Esc back")
            yield Static(server_text(keys), classes="export--keys")

    def on_mount(self) -> None:
        self._path.value = str(self.given)
        self._path.select_on_focus = False
        self._formats.highlighted = FORMATS.index(format_of(self.given) or "csv")
        self._tell_lines()
        (self._path if self.refused else self._formats).focus()

    def _tell_lines(self) -> None:
        said = _("F6 ✓ a row for each line of a document, its head in each; so it can be taken in again")
        if not self.lines:
            said = _("F6 · a row for each document, without its lines")
        self._lines.update(server_text(said))

    def action_lines(self) -> None:
        """F6: a row for each line, or for each document."""
        if self.lines is None:
            self.app.bell()
            return
        self.lines = not self.lines
        self._tell_lines()

    @property
    def format(self) -> str:
        """The format under the cursor."""
        return FORMATS[self._formats.highlighted or 0]

    @on(OptionList.OptionHighlighted)
    def _another_format(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        path = Path(self._path.value)
        if self._path.value and format_of(path) and format_of(path) != self.format:
            self._path.value = str(path.with_suffix(f".{self.format}"))

    @on(OptionList.OptionSelected)
    def _format_chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._path.focus()
        self._path.cursor_position = len(self._path.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """A name that ends in a format chooses it."""
        event.stop()
        typed = format_of(Path(event.value)) if event.value else None
        if typed and typed != self.format:
            self._formats.highlighted = FORMATS.index(typed)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Enter in the last line, or F10."""
        text = self._path.value.strip()
        if not text:
            self.app.bell()
            self._path.focus()
            return
        self.dismiss(ExportPlace(self.format, typed_path(text), bool(self.lines)))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
