"""All texts of the file that stand for nothing known, each once: what each of them means is said here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.transfer.importing import target_field
from screens.forms.lookups import ApiLookups
from screens.imports.new_record_dialog import NewRecordDialog
from screens.imports.unknown_values import Decisions, in_words
from screens.imports.value_dialog import Said, ValueDialog
from widgets.table.columns import Column
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.import_models import UnknownValue
    from erp_tui.core.remote.models import Choice, Description

SEND, KEEP = "send", "keep"


class ValuesDialog(ModalScreen[str]):
    """Gives back `SEND` or `KEEP`; what was said stands in the `decisions` either way."""

    DEFAULT_CSS: ClassVar[str] = """
    ValuesDialog {
        align: center middle;
        & > Vertical { width: 100%; height: 100%; border: heavy $primary; background: $surface; padding: 0 1; }
        & PagedTable { height: 1fr; }
        & .values--title { height: auto; text-style: bold; }
        & .values--problem { height: auto; }
        & .values--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="values.leave"),
        Binding("f10", "take", _("Take"), id="values.take"),
    ]

    def __init__(self, decisions: Decisions, description: Description, api: Api, problem: str = "") -> None:
        super().__init__()
        self.decisions = decisions
        self._description = description
        self._api = api
        self._lookups = ApiLookups(api)
        self._problem = problem
        self._told = Static(classes="values--problem")
        columns = [
            Column("title", _("field")),
            Column("text", _("in the file")),
            Column("rows", _("rows"), "integer"),
            Column("means", _("means")),
        ]
        self.table = PagedTable(columns, local_fetch(self._rows))
        self.table.empty = _("Every reference and every choice stands for something known.")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self._title()), classes="values--title")
            yield self._told
            yield self.table
            keys = _("Enter says what it means · Space marks several · F10 sends all and checks again · Esc")
            yield Static(server_text(keys), classes="values--keys")

    def on_mount(self) -> None:
        self._tell(self._problem)
        self.table.focus()

    def _title(self) -> str:
        said = _("What do these texts of the file mean?")
        if self.decisions.more:
            said += " " + ngettext(
                "{count} further text follows once these are settled.",
                "{count} further texts follow once these are settled.",
                self.decisions.more,
            ).format(count=format_count(self.decisions.more))
        return said

    def _tell(self, problem: str) -> None:
        self._told.display = bool(problem)
        self._told.update(server_text(f"✗ {problem}", multiline=True) if problem else "")

    def _rows(self) -> Sequence[Row]:
        return [
            {
                "id": number,
                "title": value.title or value.field,
                "text": value.text,
                "rows": value.rows or None,
                "means": self.decisions.shown(value),
            }
            for number, value in enumerate(self.decisions.values)
        ]

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        event.stop()
        value = self.decisions.values[int(event.row["id"])]
        marked = [self.decisions.values[int(str(row_id))] for row_id in self.table.marked]
        together = [each for each in marked if each.field == value.field and each is not value]
        alike = [each for each in self.decisions.spelled_alike(value) if each not in together]
        dialog = ValueDialog(
            value,
            self._choices(value),
            [each.text for each in alike],
            self._lookups if value.kind == "reference" else None,
            settled=(value.field, value.text) in self.decisions.settled,
            others=len(together),
        )

        def answered(said: Said | None) -> None:
            if said is None:
                return
            values = [value, *together, *(alike if said.alike else ())]
            if said.new:
                self._new(value, values)
            else:
                self._say(values, said.decision, said.named)

        self.app.push_screen(dialog, answered)

    def _choices(self, value: UnknownValue) -> Sequence[Choice]:
        field = target_field(self._description, value.field)
        return (field.choices or ()) if field is not None and value.kind == "choice" else ()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _new(self, value: UnknownValue, values: Sequence[UnknownValue]) -> None:
        try:
            described = await self._api.describe_resource(str(value.resource))
        except ErpError as error:
            self._tell(error.sentence())
            return

        def answered(record: dict[str, Any] | None) -> None:
            if record is not None:
                decision = {"create": record}
                self._say(values, decision, in_words(decision))

        begun = (self.decisions.get(value) or {}).get("create", value.create)
        self.app.push_screen(NewRecordDialog(described, value.text, begun, self._lookups), answered)

    def _say(self, values: Sequence[UnknownValue], decision: dict[str, Any], named: str) -> None:
        self.decisions.say(values, decision, named)
        self.table.action_unmark()
        self.table.reload()
        self.table.cursor += 1

    def action_take(self) -> None:
        """F10."""
        self.dismiss(SEND)

    def action_leave(self) -> None:
        """Esc: back to the rows; what was said stays until it is sent or the screen is left."""
        self.dismiss(KEEP)
