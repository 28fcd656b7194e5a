"""A field with a few allowed values: type the start of one, or step through them with the arrow keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from erp_tui.core.entry.values import BadValue
from erp_tui.core.i18n import _
from widgets.fields.text_field import TextField

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

SEPARATOR = " · "


class ChoiceField(TextField):
    """One of the values of the description. A unique start of a title or value is enough."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+down", "step(1)", _("Next choice"), show=False, id="choice.next"),
        Binding("ctrl+up", "step(-1)", _("Previous choice"), show=False, id="choice.previous"),
        Binding("f4", "step(1)", _("Next choice"), show=False, id="choice.prompt"),
    ]

    def __init__(self, description: FieldDescription, *, bare: bool = False) -> None:
        self.choices = {str(choice.value): choice for choice in description.choices or ()}
        titles = SEPARATOR.join(choice.title or str(choice.value) for choice in self.choices.values())
        super().__init__(description, bare=bare, suffix=titles)

    def parse(self, text: str) -> Any:
        """The value whose code is the text, whose title is, or the only one that begins with it."""
        if text in self.choices:
            return self.choices[text].value
        wanted = text.casefold()
        titled = [choice for choice in self.choices.values() if choice.title.casefold() == wanted]
        begun = titled or [
            choice
            for value, choice in self.choices.items()
            if value.casefold().startswith(wanted) or choice.title.casefold().startswith(wanted)
        ]
        if len(begun) == 1:
            return begun[0].value
        if begun:
            named = ", ".join(choice.title for choice in begun)
            raise BadValue(_("'{text}' could be {named}. Type more of it.").format(text=text, named=named))
        raise BadValue(_("'{text}' is none of: {named}.").format(text=text, named=self.suffix))

    def shown(self, value: Any) -> str:
        """The title of a value."""
        choice = self.choices.get(str(value))
        return choice.title if choice is not None and choice.title else str(value)

    def action_step(self, step: int) -> None:
        """Takes the choice after or before the present one."""
        if self.description.read_only or not self.choices:
            return
        values = [choice.value for choice in self.choices.values()]
        now = self.value
        index = (values.index(now) + step) % len(values) if now in values else 0
        self.text = self.shown(values[index])
        self.set_error(None)
        self.post_message(self.Changed(self))
