"""Where does this field come from: a column, the same value in every row, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from screens.imports.mapping_step import SAMPLES, column_title
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportColumn

NOTHING = "nothing"


class SourceDialog(ModalScreen[dict[str, Any] | None]):
    """Gives back `{"column": 3}`, `{"constant": "KG"}`, `{}` to leave the field out, or None to change nothing."""

    DEFAULT_CSS: ClassVar[str] = """
    SourceDialog {
        align: center middle;
        & > Vertical { width: 70; max-width: 95%; height: auto; max-height: 85%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList { height: auto; max-height: 12; border: none; padding: 0; background: $surface; }
        & .source--title { height: auto; text-style: bold; }
        & .source--label { height: 1; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="source.leave"),
    ]

    def __init__(self, field: str, columns: Sequence[ImportColumn], now: Mapping[str, Any] | None) -> None:
        super().__init__()
        self._field = field
        self._columns = list(columns)
        self._now = now or {}
        self._constant = FieldInput()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                server_text(_("What goes into {field}?").format(field=self._field)), classes="source--title"
            )
            options = [Option(server_text(_("nothing: leave the field as it is")), id=NOTHING)]
            for column in self._columns:
                samples = " · ".join(column.samples[:SAMPLES])
                title = column_title(column.index, column.name)
                options.append(Option(server_text(f"{title}   {samples}"), id=str(column.index)))
            yield OptionList(*options)
            yield Static(
                server_text(_("or the same value in every row, then Enter:")), classes="source--label"
            )
            yield self._constant

    def on_mount(self) -> None:
        menu = self.query_one(OptionList)
        self._constant.value = str(self._now.get("constant", ""))
        column = self._now.get("column")
        known = [each.index for each in self._columns]
        menu.highlighted = known.index(column) + 1 if column in known else 0
        menu.focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss({} if event.option.id == NOTHING else {"column": int(str(event.option.id))})

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss({"constant": event.value.strip()} if event.value.strip() else {})

    def action_leave(self) -> None:
        self.dismiss(None)
