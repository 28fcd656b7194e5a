"""What would happen, before it does: the changes of a dry run, and a key to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from erp_tui.core.i18n import _
from widgets.change_preview import ChangePreview
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Preview


class PreviewDialog(ModalScreen[bool]):
    """Gives back whether to do it. With `typed`, that word has to be typed first: for what destroys."""

    DEFAULT_CSS: ClassVar[str] = """
    PreviewDialog {
        align: center middle;
        & > Vertical { width: 90%; height: 85%; border: heavy $primary; background: $surface; padding: 0 1; }
        & .preview--title { height: auto; text-style: bold; margin: 0 0 1 0; }
        & .preview--asked { height: auto; margin: 1 0 0 0; }
        & .preview--keys { height: 1; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "answer(False)", _("Back to the form"), id="preview.back"),
        Binding("f10", "confirm", _("Do it"), id="preview.do"),
    ]

    def __init__(self, title: str, preview: Preview, *, typed: str = "", note: str = "") -> None:
        super().__init__()
        self.question = title
        self.typed = typed
        self.note = note
        self.changes = ChangePreview(preview.changes, preview.warnings)
        self.changes.can_focus = True
        self._asked = Static(classes="preview--asked")
        self._input = FieldInput()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                server_text(f"{self.question}\n{self.note}".strip(), multiline=True), classes="preview--title"
            )
            yield self.changes
            if self.typed:
                asked = _("This is not done by a slip: type {word} here, then Enter or F10.")
                self._asked.update(server_text(asked.format(word=self.typed)))
                yield self._asked
                yield self._input
                keys = _("Enter or F10 does it once {word} is typed · Esc goes back").format(word=self.typed)
            else:
                keys = self.keys_said()
            yield Static(server_text(keys), classes="preview--keys")

    def keys_said(self) -> str:
        """The keys, where no word has to be typed."""
        return _("F10 does it · Esc goes back")

    def on_mount(self) -> None:
        if self.typed:
            self._input.focus()
        else:
            self.changes.focus()

    @on(Input.Submitted)
    def _word_typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_confirm()

    def action_confirm(self) -> None:
        """Does it; where a word is asked for and is not there, goes there and says so."""
        given = self._input.value.strip()
        if self.typed and given != self.typed:
            self.app.bell()
            self._asked.update(server_text(not_the_word(self.typed, given), "bold"))
            self._input.focus()
            return
        self.dismiss(result=True)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


def not_the_word(word: str, given: str) -> str:
    """What to type instead of what was given, and that nothing is done yet."""
    if not given:
        return _("✗ Nothing is done yet: type {word} here first.").format(word=word)
    return _("✗ Nothing is done yet: “{given}” is not {word}. Type {word} here.").format(
        given=given, word=word
    )
