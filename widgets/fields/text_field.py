"""Fields whose editor is one line of text: plain text and codes, and the base of numbers, dates and choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual import events, on
from textual.message import Message
from textual.widgets import Input

from erp_tui.core.entry.values import BadValue, format_count
from erp_tui.core.i18n import _
from widgets.fields.base import FieldWidget
from widgets.text import UNSAFE

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

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

    class BlockPasted(Message):
        """Several rows or columns were pasted: more than one line of input can hold. Nothing was taken."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    locked = False
    """Whether what stands here may be looked at and copied, and not be changed by typing."""

    class Refused(Message):
        """A key or a paste would have changed what is locked."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Every change by typing comes through here."""
        self._refused_whole = False
        if self.locked:
            self.post_message(self.Refused())
        else:
            super().replace(text, start, end)

    _refused_whole = False
    """Whether all of the text is selected because it was refused."""

    def select_refused(self) -> None:
        """Selects a code that names nothing: the next scan, or what is typed, takes its place instead of growing
        it, and Backspace or an arrow goes on correcting it."""
        self.select_all()
        self._refused_whole = bool(self.value)

    def action_delete_left(self) -> None:
        """Backspace takes one character of a refused code, not the whole."""
        if self._refused_whole and self.selected_text == self.value:
            self.cursor_position = len(self.value)
        super().action_delete_left()

    whole_pastes = False
    """Whether a paste goes in whole or not at all; else its first line does."""

    def _on_paste(self, event: events.Paste) -> None:
        """One line goes in where the cursor is; what is more, or too long, never goes in cut."""
        if not self.whole_pastes or self.locked:
            return  # Textual goes on to the handler of its own class
        event.stop()
        event.prevent_default()
        text = event.text.rstrip("\r\n")
        selected = len(self.selected_text)
        too_long = self.max_length and len(self.value) - selected + len(text) > self.max_length
        if too_long or any(mark in text for mark in ("\n", "\r", "\t")):
            self.post_message(self.BlockPasted(event.text))
        elif text:
            self.replace(text, *self.selection)


@runtime_checkable
class BlockTaker(Protocol):
    """Whatever makes lines of a block that was pasted into one of its fields."""

    def take_block(self, field: FieldWidget, text: str) -> bool:
        """Whether the block is taken; told that it is not, the field says so itself."""


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
        )
        self.input.whole_pastes = True
        self.input.locked = description.read_only
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

    @on(FieldInput.Refused)
    def _refused(self, event: FieldInput.Refused) -> None:
        event.stop()
        self.say_read_only()

    @on(FieldInput.BlockPasted)
    def _block_pasted(self, event: FieldInput.BlockPasted) -> None:
        """Gives a block to the table of lines around; where there is none, says that nothing was taken."""
        event.stop()
        for ancestor in self.ancestors:
            if isinstance(ancestor, BlockTaker) and ancestor.take_block(self, event.text):
                return
        self.app.bell()
        lines = event.text.splitlines()
        if len(lines) > 1:
            said = _("{count} lines were pasted and this field takes one. Nothing of it was taken in.")
        else:
            said = _("{length} characters were pasted and they do not fit. Nothing of it was taken in.")
        self.set_error(said.format(count=format_count(len(lines)), length=format_count(len(event.text))))

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
        if self.description.read_only:
            self.set_error(None)
            return
        try:
            self.read()
        except BadValue as bad:
            self.set_error(bad.sentence())
        else:
            self.tidy()
