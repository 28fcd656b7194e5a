"""A yes-or-no field: space turns it over, y and n set it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from erp_tui.core.i18n import _
from widgets.fields.base import FieldWidget

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

YES, NO = "yes", "no"


class Toggle(Widget, can_focus=True):
    """`[x] yes`, `[ ] no`, or `[-]` while nothing is chosen."""

    DEFAULT_CSS: ClassVar[str] = """
    Toggle { width: 12; height: 1; background: $panel; &:focus { text-style: reverse; } }
    """
    state: reactive[bool | None] = reactive(None)

    def render(self) -> Content:
        if self.state is None:
            return Content("[-]")
        return Content("[x] " + _("yes") if self.state else "[ ] " + _("no"))


class BooleanField(FieldWidget):
    """Yes, no, or, where the description is nullable, neither."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", _("Turn over"), show=False, id="boolean.turn"),
        Binding("y", "choose(True)", _("Yes"), show=False, id="boolean.yes"),
        Binding("n", "choose(False)", _("No"), show=False, id="boolean.no"),
        Binding("enter", "enter", _("Next field"), show=False, id="boolean.enter"),
    ]

    def __init__(self, description: FieldDescription, *, bare: bool = False) -> None:
        super().__init__(description, bare=bare)
        self.toggle = Toggle()

    @property
    def editor(self) -> Toggle:
        """The box."""
        return self.toggle

    @property
    def text(self) -> str:
        """`yes`, `no` or empty, in no language, since a draft keeps it."""
        return {True: YES, False: NO, None: ""}[self.toggle.state]

    @text.setter
    def text(self, text: str) -> None:
        self.toggle.state = {YES: True, NO: False}.get(text)

    def read(self) -> Any:
        """True, False or None."""
        return self.toggle.state

    def show(self, value: Any) -> None:
        """Puts a value of the server into the box."""
        self.toggle.state = None if value is None else bool(value)

    def action_turn(self) -> None:
        self.action_choose(not self.toggle.state)

    def action_choose(self, state: bool) -> None:
        if self.description.read_only:
            self.say_read_only()
            return
        self.toggle.state = state
        self.set_error(None)
        self.post_message(self.Changed(self))

    def action_enter(self) -> None:
        self.advance()
