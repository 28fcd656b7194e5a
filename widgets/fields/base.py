"""What every field of a form is: a label, an editor, a unit or a hint beside it, an error under it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from erp_tui.core.entry.values import BadValue
from erp_tui.core.i18n import _
from widgets.fields.entry_help import entry_help, why_read_only
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

VALUE = "value"
REQUIRED_MARK = "*"
ERROR_MARK = "✗"


@runtime_checkable
class FieldGroup(Protocol):
    """Whatever holds fields and knows which comes next."""

    def advance_from(self, field: FieldWidget) -> None:
        """Enter was pressed in this field and its value is good: go on."""


class FieldMessage(Message):
    """What a field tells the form that holds it."""

    def __init__(self, field: FieldWidget) -> None:
        super().__init__()
        self.field = field

    @property
    def control(self) -> FieldWidget:
        """The field that sent this."""
        return self.field


class FieldWidget(Vertical):
    """A field over one description. What was typed is never thrown away: a text that cannot be read stays.

    `bare` leaves the label out, for use as a cell of a table of lines.
    """

    DEFAULT_CSS: ClassVar[str] = """
    FieldWidget {
        height: auto;
        width: 1fr;
        & > .field--row { height: auto; width: 1fr; }
        & .field--label { width: 22; height: 1; padding: 0 1 0 0; text-overflow: ellipsis; text-wrap: nowrap; }
        & .field--hint { width: 1fr; height: 1; padding: 0 0 0 1; text-style: dim; text-overflow: ellipsis;
                         text-wrap: nowrap; }
        & > .field--error { display: none; height: auto; padding: 0 0 0 22; color: $error; text-style: bold; }
        &:focus-within .field--label { text-style: bold underline; }
        &.-wrong > .field--error { display: block; }
        &.-read-only .field--label { text-style: dim; }
        &.-read-only FieldInput, &.-read-only TextArea, &.-read-only Toggle { background: $surface; }
        &.-bare {
            & .field--label { display: none; }
            & .field--hint { display: none; }
            &.-wrong > .field--error { display: none; }
        }
    }
    """

    kept_in_drafts: ClassVar[bool] = True
    """Whether what was typed may be written to the disk."""

    class Changed(FieldMessage):
        """What the field holds has changed by typing."""

    class ErrorChanged(FieldMessage):
        """The sentence under the field has changed; a bare field has no room of its own for it."""

    class Entered(FieldMessage):
        """Enter was pressed on a good value, and no group around it took it."""

    def __init__(self, description: FieldDescription, *, bare: bool = False, suffix: str = "") -> None:
        super().__init__(classes="-bare" if bare else None)
        self.set_class(description.read_only, "-read-only")
        self.description = description
        self.bare = bare
        self.suffix = suffix
        self.error: str | None = None
        self.beside: Mapping[str, Any] = {}
        self._hint = Static(server_text(suffix), classes="field--hint")
        self._error_line = Static(classes="field--error")

    def compose(self) -> ComposeResult:
        title = self.description.title
        mark = f" {REQUIRED_MARK}" if self.description.required else ""
        with Horizontal(classes="field--row"):
            yield Static(server_text(title + mark), classes="field--label")
            yield self.editor
            yield self._hint
        yield self._error_line

    # What a kind of field provides

    @property
    @abstractmethod
    def editor(self) -> Widget:
        """The widget that takes the focus."""

    @property
    @abstractmethod
    def text(self) -> str:
        """What stands in the field, readable or not: this is what a draft keeps."""

    @text.setter
    @abstractmethod
    def text(self, text: str) -> None: ...

    @property
    def kept(self) -> Any:
        """What a draft keeps of the field: a text, or `{"value": …}` where a terminal that writes numbers and days
        another way would read the text as something else."""
        return self.text

    @kept.setter
    def kept(self, kept: Any) -> None:
        value = kept.get(VALUE) if isinstance(kept, Mapping) else None
        self.text = self.shown(value) if value is not None else str(kept)

    def shown(self, value: Any) -> str:
        """The text that stands for a value here."""
        return str(value)

    @abstractmethod
    def read(self) -> Any:
        """The value as the server takes it, None for an empty field. Raises `BadValue`."""

    @abstractmethod
    def show(self, value: Any) -> None:
        """Puts a value of the server into the editor; `self.beside` is the row that it came with."""

    # What every field does

    @property
    def help_text(self) -> str:
        """What F1 says of the field: what it is for and what may be typed."""
        return entry_help(self.description)

    @property
    def field_name(self) -> str:
        """The name of the field in the description."""
        return self.description.name

    @property
    def value(self) -> Any:
        """The value as the server takes it; None when the field is empty or cannot be read."""
        try:
            return self.read()
        except BadValue:
            return None

    @value.setter
    def value(self, value: Any) -> None:
        self.load(value)

    def load(self, value: Any, row: Mapping[str, Any] | None = None) -> None:
        """Shows a value of the server; `row` holds the display columns of a reference."""
        self.beside = row or {}
        self.show(value)
        self.set_error(None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in the field."""
        return not self.text.strip()

    def check(self) -> bool:
        """Whether the value is good to send; says under the field why not."""
        try:
            self.read()
        except BadValue as bad:
            self.set_error(bad.sentence())
            return False
        if self.description.required and self.is_empty:
            self.set_error(_("Fill in {title}.").format(title=self.description.title))
            return False
        self.set_error(None)
        return True

    def set_error(self, message: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""
        if message == self.error:
            return
        self.error = message
        self._error_line.update(server_text(f"{ERROR_MARK} {message}" if message else "", multiline=True))
        self.set_class(message is not None, "-wrong")
        if self.is_attached:
            self.post_message(self.ErrorChanged(self))

    def say_read_only(self) -> None:
        """Typing was refused: says why, for as long as the cursor stays."""
        self.set_error(why_read_only(self.description))
        self.app.bell()

    def set_hint(self, hint: str) -> None:
        """Shows a word beside the editor: a unit, a name, a result; empty shows the unit again."""
        self._hint.update(server_text(hint or self.suffix))

    def set_suffix(self, suffix: str) -> None:
        """Sets the unit or currency that stands beside the editor."""
        self.suffix = suffix
        self.set_hint("")

    def focus(self, scroll_visible: bool = True) -> FieldWidget:
        """Puts the cursor into the field."""
        self.editor.focus(scroll_visible)
        return self

    def advance(self) -> None:
        """Goes on to the next field. Done in one step and not by message, so that a key typed ahead cannot
        slip in between."""
        for ancestor in self.ancestors:
            if isinstance(ancestor, FieldGroup):
                ancestor.advance_from(self)
                return
        self.post_message(self.Entered(self))
