"""Fields whose editor is one line of text: plain text and codes, and the base of numbers, dates and choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.widgets import Input

from erp_tui.core.i18n import _
from erp_tui.core.values import BadValue
from widgets.fields.base import FieldWidget
from widgets.text import UNSAFE

if TYPE_CHECKING:
    from erp_tui.core.models import FieldDescription

CELLS = {"code": 20, "text": 40, "date": 12, "datetime": 18, "integer": 12, "percent": 12}
NUMBER_CELLS = 20


class FieldInput(Input):
    """One line of input without a blinking cursor, which would send bytes over an idle line."""

    DEFAULT_CSS: ClassVar[str] = """
    FieldInput { width: 40; background: $panel; }
    """

    def __init__(
        self,
        width: int | None = None,
        *,
        max_length: int = 0,
        password: bool = False,
        disabled: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            compact=True, max_length=max_length, password=password, disabled=disabled, id=id, classes=classes
        )
        self.cursor_blink = False
        if width is not None:
            self.styles.width = width


class TextField(FieldWidget):
    """A line of text."""

    DEFAULT_CSS: ClassVar[str] = """
    TextField.-bare FieldInput { width: 1fr; }
    """

    def __init__(self, description: FieldDescription, *, bare: bool = False, suffix: str = "") -> None:
        super().__init__(description, bare=bare, suffix=suffix)
        limit = description.max_length or 0
        cells = None if bare else CELLS.get(description.type, NUMBER_CELLS)
        self.input = FieldInput(
            min(cells, limit + 1) if cells and limit else cells,
            max_length=limit,
            disabled=description.read_only,
        )
        self._loaded: tuple[str, Any] = ("", None)

    @property
    def editor(self) -> FieldInput:
        """The input."""
        return self.input

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.input.value

    @text.setter
    def text(self, text: str) -> None:
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.show_hint()

    def read(self) -> Any:
        """The value as the server takes it. Raises `BadValue`."""
        loaded_text, loaded_value = self._loaded
        if self.text == loaded_text:
            return loaded_value
        text = self.text.strip()
        return self.parse(text) if text else None

    def show(self, value: Any) -> None:
        """Puts a value of the server into the input."""
        self.text = "" if value is None else self.shown(value)
        self._loaded = (self.text, value)

    def parse(self, text: str) -> Any:
        """The value that a text without spaces around it means. Raises `BadValue`."""
        if UNSAFE.search(text):
            raise BadValue(_("There is a control character in this text. Type it anew."))
        return text

    def shown(self, value: Any) -> str:
        """The text that stands for a value; `parse` reads it back."""
        return str(value)

    def tidy(self) -> None:
        """Replaces what was typed by the plain form of what it means: `12*3` becomes 36."""
        value = self.value
        if value is not None:
            tidied = self.shown(value)
            if tidied != self.text:
                self.text = tidied

    def show_hint(self) -> None:
        """Shows beside the field what the text means, where that is not the text itself."""
        self.set_hint("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.set_error(None)
        self.show_hint()
        self.post_message(self.Changed(self))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.submit()

    def submit(self) -> None:
        """Enter: goes on when the value is good; else stays, with the text as it is and a sentence under it."""
        try:
            self.read()
        except BadValue as bad:
            self.set_error(bad.sentence())
            self.app.bell()
            return
        self.tidy()
        self.advance()

    def on_descendant_blur(self) -> None:
        try:
            self.read()
        except BadValue as bad:
            self.set_error(bad.sentence())
        else:
            self.tidy()
