"""Fields in a column, drawn from descriptions: the body of every form, operation and wizard step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from erp_tui.core.errors import FieldError
from erp_tui.core.i18n import _
from widgets.fields.base import FieldWidget
from widgets.fields.factory import field_widget
from widgets.fields.lookup import Lookups
from widgets.fields.lookup_field import LookupField
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription


class FormPanel(VerticalScroll, can_focus=False):
    """Fields from top to bottom. Enter goes to the next field and, on the last one, sends `Completed`."""

    DEFAULT_CSS: ClassVar[str] = """
    FormPanel { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", _("Next field"), show=False, id="form.next"),
        Binding("up", "step(-1)", _("Previous field"), show=False, id="form.previous"),
    ]

    class Changed(Message):
        """Something was typed: a draft is due."""

        def __init__(self, panel: FormPanel, field: FieldWidget) -> None:
            super().__init__()
            self.panel = panel
            self.field = field

        @property
        def control(self) -> FormPanel:
            """The panel that sent this."""
            return self.panel

    class Completed(Message):
        """Enter was pressed on the last field."""

        def __init__(self, panel: FormPanel) -> None:
            super().__init__()
            self.panel = panel

        @property
        def control(self) -> FormPanel:
            """The panel that sent this."""
            return self.panel

    def __init__(
        self,
        fields: Sequence[FieldDescription],
        *,
        values: Mapping[str, Any] | None = None,
        lookups: Lookups | None = None,
        zone: ZoneInfo = UTC_ZONE,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.fields: dict[str, FieldWidget] = {
            field.name: field_widget(field, lookups=lookups, zone=zone) for field in fields
        }
        self._first_values = dict(values or {})
        self._clean: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield from self.fields.values()

    def on_mount(self) -> None:
        self.load(self._first_values, defaults=True)

    # Values

    def load(self, row: Mapping[str, Any], *, defaults: bool = False) -> None:
        """Shows a row of the server; with `defaults`, fields that it does not name take their default."""
        for name, field in self.fields.items():
            if name in row:
                field.load(row[name], row)
            elif defaults:
                field.load(field.description.default, row)
        self._show_suffixes(row)
        self._clean = {name: field.text for name, field in self._editable()}

    def values(self) -> dict[str, Any]:
        """Every editable value as the server takes it; a field that cannot be read counts as empty."""
        return {name: field.value for name, field in self._editable()}

    def given(self) -> dict[str, Any]:
        """The values to send when something new is made: those that are filled in."""
        return {name: value for name, value in self.values().items() if value is not None}

    def changed(self) -> dict[str, Any]:
        """The values to send when something is changed: those that differ from what was loaded."""
        return {
            name: field.value for name, field in self._editable() if field.text != self._clean.get(name, "")
        }

    @property
    def is_changed(self) -> bool:
        """Whether anything was typed since the last load."""
        return bool(self.changed())

    def dump(self) -> dict[str, Any]:
        """What stands in every field, readable or not, for a draft; passwords are left out."""
        return {name: field.kept for name, field in self._editable() if field.kept_in_drafts}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts a draft back into the fields."""
        for name, kept in draft.items():
            field = self.fields.get(name)
            if field is not None and not field.description.read_only and field.kept != kept:
                field.kept = kept

    def _editable(self) -> Iterable[tuple[str, FieldWidget]]:
        return ((name, field) for name, field in self.fields.items() if not field.description.read_only)

    def _show_suffixes(self, row: Mapping[str, Any]) -> None:
        """A unit or a currency stands in another member of the row."""
        for field in self.fields.values():
            beside = field.description.unit or field.description.currency
            if beside and row.get(beside) is not None:
                field.set_suffix(str(row[beside]))

    # Errors

    async def look_up(self) -> bool:
        """Asks for every record that is named and not known yet; the cursor goes to the first that there is not."""
        for field in self.fields.values():
            if isinstance(field, LookupField) and not await field.look_up():
                field.focus()
                return False
        return True

    def first_wrong(self) -> FieldWidget | None:
        """The first field that says what is wrong with it."""
        return next((field for field in self.fields.values() if field.error), None)

    def check(self) -> bool:
        """Whether every value can be sent; puts the cursor into the first field that cannot."""
        wrong = [field for _name, field in self._editable() if not field.check()]
        if wrong:
            wrong[0].focus()
        return not wrong

    def show_errors(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Shows the server's errors under their fields, the cursor in the first; returns those of no field here."""
        homeless: list[FieldError] = []
        placed: dict[str, str] = {}
        for error in errors:
            if error.field in self.fields:
                placed.setdefault(error.field, error.message)
            else:
                homeless.append(error)
        for name, field in self.fields.items():
            field.set_error(placed.get(name))
        first = next((self.fields[name] for name in self.fields if name in placed), None)
        if first is not None:
            first.focus()
        return homeless

    # Moving

    def focus_first(self) -> None:
        """Puts the cursor into the first field that can be typed into."""
        first = next((field for _name, field in self._editable()), None)
        if first is not None:
            first.focus()

    def advance_from(self, field: FieldWidget) -> None:
        """Enter in a field: the next one, or `Completed` after the last."""
        fields = list(self.fields.values())
        after = fields[fields.index(field) + 1 :]
        following = next((each for each in after if not each.description.read_only), None)
        if following is not None:
            following.focus()
        else:
            self.post_message(self.Completed(self))

    def action_step(self, step: int) -> None:
        """Up and down: the field above or below, those that are only shown included. Where fields stand in two
        columns, it is the one in the same column."""
        fields = list(self.fields.values())
        index = next((i for i, field in enumerate(fields) if field.has_focus_within), None)
        if index is None or not 0 <= index + step < len(fields):
            raise SkipAction
        here = fields[index].region
        onward = fields[index + 1 :] if step > 0 else reversed(fields[:index])
        in_line = (
            each for each in onward if each.region.y != here.y and each.region.x <= here.x < each.region.right
        )
        next(in_line, fields[index + step]).focus()

    @on(FieldWidget.Changed)
    def _field_changed(self, event: FieldWidget.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self, event.field))

    @on(LookupField.Resolved)
    def _field_resolved(self, event: LookupField.Resolved) -> None:
        """A chosen record brings its unit and currency along."""
        row = {**event.found.row, event.field.field_name: event.found.id}
        self._show_suffixes(row)
