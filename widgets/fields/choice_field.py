"""A field with a few allowed values: type the start of one, choose from the list, or step through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from erp_tui.core.entry.values import BadValue
from erp_tui.core.i18n import _
from widgets.dialogs.choice_dialog import ChoiceDialog
from widgets.fields.text_field import TextField

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

SEPARATOR = " · "


class ChoiceField(TextField):
    """One of the values of the description. A unique start of a title or value is enough."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+down", "step(1)", _("Next choice"), show=False, id="choice.next"),
        Binding("ctrl+up", "step(-1)", _("Previous choice"), show=False, id="choice.previous"),
        Binding("f4", "prompt", _("Choose from the list"), id="choice.prompt"),
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
        self._take(values[index])

    def _take(self, value: Any) -> None:
        self.text = self.shown(value)
        self.set_error(None)
        self.post_message(self.Changed(self))

    def action_prompt(self) -> None:
        """F4: the list of all values, narrowed to what was typed unless that is one of them."""
        if self.description.read_only:
            self.say_read_only()
            return
        if not self.choices:
            self.app.bell()
            return
        now = self.value
        known = str(now) in self.choices

        def chosen(value: str | None) -> None:
            if value is not None:
                self._take(self.choices[value].value)
                self.advance()

        self.app.push_screen(
            ChoiceDialog(
                self.description.title,
                [(value, choice.title or value) for value, choice in self.choices.items()],
                now=str(now) if known else "",
                text="" if known else self.text.strip(),
            ),
            chosen,
        )
